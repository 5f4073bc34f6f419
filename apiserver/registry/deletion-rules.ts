/**
 * What DELETE does to an object, decided without I/O: it goes at once, it lingers for a grace period or for its
 * finalizers, or it was on its way already.
 */

import type { KubernetesObject, ObjectMeta } from '../../api/object.ts'
import type { Namespace } from '../../api/types.ts'
import { type Clock, time } from '../../ports/clock.ts'
import type { Resource } from '../resources/resource.ts'
import type { DeleteOptions } from './registry.ts'

export const orphanFinalizer = 'orphan'
export const foregroundFinalizer = 'foregroundDeletion'

/** `lingers`: store `object`, a changed copy. `pending`: it is on its way, nothing to do. */
export type Deletion =
  | { type: 'goes' }
  | { type: 'lingers'; object: KubernetesObject }
  | { type: 'pending' }

/** Namespaces have a second list of finalizers, which the namespace controller empties. */
const isNamespace = ({ kind, apiVersion }: KubernetesObject) =>
  kind === 'Namespace' && apiVersion === 'v1'

const holdsContent = (object: KubernetesObject) =>
  isNamespace(object) && ((object as unknown as Namespace).spec?.finalizers ?? []).length > 0

/** Whether an update of a dying object has taken the last thing that held it. */
export function isDueForRemoval(object: KubernetesObject, old: KubernetesObject): boolean {
  if (old.metadata.deletionTimestamp === undefined) return false
  if ((object.metadata.finalizers ?? []).length > 0 || holdsContent(object)) return false
  return isNamespace(object) || old.metadata.deletionGracePeriodSeconds === 0
}

/** Whether the options say what becomes of dependents. */
export const saysPropagation = ({ propagationPolicy, orphanDependents }: DeleteOptions): boolean =>
  propagationPolicy !== undefined || orphanDependents !== undefined

/**
 * The finalizers that the options ask for; what they leave open stays as it is.
 * @param orphans dependents stay where nothing is said, neither now nor by a finalizer.
 */
export function finalizersFor(
  finalizers: readonly string[] = [],
  options: DeleteOptions,
  orphans = false,
): string[] {
  if (!saysPropagation(options)) {
    const said = finalizers.includes(orphanFinalizer) || finalizers.includes(foregroundFinalizer)
    return orphans && !said ? [...finalizers, orphanFinalizer] : [...finalizers]
  }
  const policy = options.propagationPolicy ?? (options.orphanDependents ? 'Orphan' : undefined)
  const others = finalizers.filter(
    (finalizer) => finalizer !== orphanFinalizer && finalizer !== foregroundFinalizer,
  )
  if (policy === 'Orphan') others.push(orphanFinalizer)
  if (policy === 'Foreground') others.push(foregroundFinalizer)
  return others
}

export function decideDeletion(
  resource: Resource,
  old: KubernetesObject,
  options: DeleteOptions,
  clock: Clock,
): Deletion {
  const metadata: ObjectMeta = { ...old.metadata }
  const object: KubernetesObject = { ...old, metadata }
  const asked = options.gracePeriodSeconds
  const requested = asked !== undefined && asked < 0 ? 1 : asked
  if (isNamespace(old)) return decideNamespace(object, options, clock)
  if (metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds !== undefined)
    return decideAgain(object, requested)
  if (metadata.deletionTimestamp === undefined) resource.strategy.beginDeletion?.(object, { clock })
  const orphans = resource.strategy.orphansByDefault !== undefined
  const finalizers = finalizersFor(metadata.finalizers, options, orphans)
  setFinalizers(metadata, finalizers)
  const grace = resource.strategy.gracePeriodSeconds?.(old, requested) ?? 0
  if (grace === 0 && finalizers.length === 0) return { type: 'goes' }
  mark(metadata, clock, grace)
  return { type: 'lingers', object }
}

/** A second DELETE may only shorten the wait. */
function decideAgain(object: KubernetesObject, requested: number | undefined): Deletion {
  const { metadata } = object
  const { deletionTimestamp, deletionGracePeriodSeconds: before = 0 } = metadata
  const held = (metadata.finalizers ?? []).length > 0
  if (requested === undefined || requested >= before)
    return before === 0 && !held ? { type: 'goes' } : { type: 'pending' }
  if (requested === 0 && !held) return { type: 'goes' }
  const end = Date.parse(deletionTimestamp ?? '') - (before - requested) * 1000
  metadata.deletionTimestamp = time(end)
  metadata.deletionGracePeriodSeconds = requested
  return { type: 'lingers', object }
}

function decideNamespace(object: KubernetesObject, options: DeleteOptions, clock: Clock): Deletion {
  const { metadata } = object
  const held = (metadata.finalizers ?? []).length > 0 || holdsContent(object)
  if (metadata.deletionTimestamp !== undefined) return held ? { type: 'pending' } : { type: 'goes' }
  const finalizers = finalizersFor(metadata.finalizers, options)
  setFinalizers(metadata, finalizers)
  if (finalizers.length === 0 && !holdsContent(object)) return { type: 'goes' }
  metadata.deletionTimestamp = time(clock.now())
  object.status = { ...(object.status as object | undefined), phase: 'Terminating' }
  return { type: 'lingers', object }
}

function mark(metadata: ObjectMeta, clock: Clock, grace: number): void {
  if (metadata.generation !== undefined && metadata.deletionTimestamp === undefined)
    metadata.generation += 1
  metadata.deletionTimestamp = time(clock.now() + grace * 1000)
  metadata.deletionGracePeriodSeconds = grace
}

function setFinalizers(metadata: ObjectMeta, finalizers: string[]): void {
  if (finalizers.length > 0) metadata.finalizers = finalizers
  else delete metadata.finalizers
}
