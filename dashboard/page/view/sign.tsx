/** Small things that stand in many places: signs, moments, buttons with a sign. */

import type { ComponentChildren } from 'preact'
import { ago, exact } from '../time/words.ts'
import { useModel } from './context.ts'

/** A sign of 16 by 16; the word stands beside it or in the name of what it belongs to. */
export function Sign({ path, class: name = '' }: { path: string; class?: string }) {
  return (
    <svg class={`sign ${name}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={path} />
    </svg>
  )
}

/** Relative, and exact when pointed at. */
export function When({ at }: { at: string | number }) {
  const { state } = useModel()
  const time = typeof at === 'number' ? at : Date.parse(at)
  if (Number.isNaN(time)) return null
  return (
    <time dateTime={new Date(time).toISOString()} title={exact(time)}>
      {ago(time, state.now.value)}
    </time>
  )
}

/** Relative and exact, both to be read. */
export function WhenBoth({ at }: { at: string | number }) {
  const { state } = useModel()
  const time = typeof at === 'number' ? at : Date.parse(at)
  if (Number.isNaN(time)) return null
  return (
    <time dateTime={new Date(time).toISOString()}>
      {exact(time)} <span class="dim">({ago(time, state.now.value)})</span>
    </time>
  )
}

interface SignButtonProps {
  path: string
  label: string
  onClick: () => void
  pressed?: boolean
  disabled?: boolean
  children?: ComponentChildren
}

/** A button that shows a sign; its name is told and shown when pointed at. */
export function SignButton({ path, label, onClick, pressed, disabled, children }: SignButtonProps) {
  return (
    <button
      type="button"
      class="sign-button"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      <Sign path={path} />
      {children}
    </button>
  )
}

/** A share of the width, as SVG and CSS take it. */
export const percent = (share: number): string => `${(share * 100).toFixed(3)}%`

interface AtProps {
  /** As SVG takes them: `12%`, or pixels. */
  x: string
  y?: number
  class?: string
  width?: string
  height?: number
  children: ComponentChildren
}

/** A place inside a drawing, which as a whole has a name or is hidden. */
export function At({ children, ...place }: AtProps) {
  return (
    <svg aria-hidden="true" {...place}>
      {children}
    </svg>
  )
}
