/** What stands above the page until it is answered: the browser's own, which keeps the focus inside and gives it back. */

import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface DialogProps {
  label: string
  close: () => void
  children: ComponentChildren
}

export function Dialog({ label, close, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null
    element.current?.showModal()
    return () => before?.focus()
  }, [])
  return (
    <dialog ref={element} aria-label={label} onClose={close} onCancel={close}>
      {children}
    </dialog>
  )
}
