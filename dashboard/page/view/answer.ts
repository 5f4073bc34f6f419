/** An answer of the server for what is selected: asked for again when that changes, and now and then while it is live. */

import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { keepSame } from '../same.ts'
import { useModel } from './context.ts'

/** Between two questions for the same. */
const againMs = 1_000

export interface Answer<T> {
  value: T | undefined
  error: string | undefined
}

/**
 * @param key what the answer is about; another key, another answer
 * @param version changes when the answer may have changed
 */
export function useAnswer<T>(
  key: string,
  version: number | undefined,
  ask: (signal: AbortSignal) => Promise<T>,
): Answer<T> {
  const { ports } = useModel()
  const answer = useSignal<Answer<T> & { key: string }>({ key, value: undefined, error: undefined })
  const asked = useRef({ key: '', at: 0 })
  useEffect(() => {
    const abort = new AbortController()
    const run = () => {
      asked.current = { key, at: ports.now() }
      ask(abort.signal).then(
        (value) => {
          if (abort.signal.aborted) return
          const before = answer.peek().key === key ? answer.peek().value : undefined
          answer.value = { key, value: keepSame(before, value), error: undefined }
        },
        (error: Error) => {
          if (!abort.signal.aborted) answer.value = { key, value: undefined, error: error.message }
        },
      )
    }
    const again = asked.current.key === key
    const wait = again ? Math.max(0, asked.current.at + againMs - ports.now()) : 0
    const cancel = wait > 0 ? ports.later(wait, run) : run()
    return () => {
      cancel?.()
      abort.abort()
    }
  }, [key, version])
  const { value, error } = answer.value
  // What was answered about something else is not shown for this.
  return answer.value.key === key ? { value, error } : { value: undefined, error: undefined }
}

/** What is selected: a Deployment, perhaps one of its pods, now or at a revision. */
export interface Selected {
  namespace: string
  deployment: string
  pod?: string
  revision?: number
}

/** An answer about what is selected, and whether that is a pod. */
export function useSelected<T>(
  ask: (selected: Selected, signal: AbortSignal) => Promise<T>,
): Answer<T> & { pod: string | undefined } {
  const { state } = useModel()
  const [namespace, deployment, revision] = [
    state.namespace.value,
    state.deployment.value,
    state.at.value,
  ]
  const selection = state.selection.value
  const pod = selection.kind === 'Pod' ? selection.name : undefined
  const key = `${namespace}/${deployment}/${pod ?? ''}@${revision ?? ''}`
  const selected = { namespace, deployment, ...(pod && { pod }), ...(revision && { revision }) }
  const answer = useAnswer(key, state.view.value?.moment.revision, (signal) =>
    ask(selected, signal),
  )
  return { ...answer, pod }
}
