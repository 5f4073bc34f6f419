/**
 * Holds an object back until its controller has cleaned up after it: adds a finalizer before anything is made for the
 * object, and takes it away when `finalize` has ended with nothing. Never the other way round, and never from another
 * object of that name.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { JsonPatchOperation } from './cluster.ts'
import type { Kind } from './kind.ts'

/** `GROUP/NAME`: finalizers must be qualified by a domain. */
export function finalizerName({ group, kind }: Kind<never> | Kind, controller: string): string {
  if (group.includes('.')) return `${group}/${controller}`
  throw new Error(
    `a finalizer on ${kind} needs a domain of your own: .finalize(run, { finalizer: 'example.com/${controller}' })`,
  )
}

/** What comes before a run of `reconcile`. */
export type Hold =
  /** Nothing is in the way: run. */
  | 'run'
  /** The finalizer must be stored first. */
  | 'add'
  /** It is being deleted and is ours to clean up after. */
  | 'finalize'
  /** It is being deleted, and not ours (any more). */
  | 'leave'

export function holdOf(finalizer: string, { metadata }: KubernetesObject): Hold {
  const held = metadata.finalizers?.includes(finalizer) === true
  if (metadata.deletionTimestamp) return held ? 'finalize' : 'leave'
  return held ? 'run' : 'add'
}

/** Refused when the object is another by now, is being deleted, or its finalizers are others. */
export function addition(finalizer: string, { metadata }: KubernetesObject): JsonPatchOperation[] {
  const { uid, resourceVersion, finalizers = [] } = metadata
  const guard: JsonPatchOperation = { op: 'test', path: '/metadata/uid', value: uid }
  return finalizers.length > 0
    ? [
        guard,
        { op: 'test', path: '/metadata/finalizers', value: finalizers },
        { op: 'add', path: '/metadata/finalizers/-', value: finalizer },
      ]
    : [
        guard,
        // An `add` of the whole list would take away what somebody has added meanwhile.
        { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
        { op: 'add', path: '/metadata/finalizers', value: [finalizer] },
      ]
}

/** `undefined` when it is not there. Refused when the object is another by now or the finalizer stands elsewhere. */
export function removal(
  finalizer: string,
  { metadata }: KubernetesObject,
): JsonPatchOperation[] | undefined {
  const at = metadata.finalizers?.indexOf(finalizer) ?? -1
  if (at < 0) return undefined
  const path = `/metadata/finalizers/${at}`
  return [
    { op: 'test', path: '/metadata/uid', value: metadata.uid },
    { op: 'test', path, value: finalizer },
    { op: 'remove', path },
  ]
}
