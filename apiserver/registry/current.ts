/**
 * The stored version of an object that a write starts from. The cache's is tried first: if it is behind, the
 * compare-and-set fails and the write starts again. Only what would not be written at all asks the store.
 */

import type { KubernetesObject } from '../../api/object.ts'
import { conflict, notFound } from '../http/status.ts'
import type { Resource } from '../resources/resource.ts'
import type { Entry, Revision } from '../storage/storage.ts'
import { decodeObject, encodeObject, splice } from '../watch/encode.ts'
import { shownBy, toShown } from './forms.ts'
import { objectKey } from './keys.ts'
import type { RegistryPorts } from './ports.ts'
import type { Target } from './registry.ts'

export interface Current {
  /** Not to be changed: readers may share it. */
  object: KubernetesObject
  /** The same as it is stored, which is another where the resource shows it in another form. Not to be changed. */
  stored: KubernetesObject
  revision: Revision
  /** As readers get it. */
  bytes(): Buffer
  /** From the store itself, not from the cache. */
  live: boolean
}

export type NamedTarget = Target & { name: string }

export const keyOfTarget = ({ resource, namespace, name }: NamedTarget): string =>
  objectKey(resource, namespace, name)

/** From an entry of the store. */
export async function currentOf(resource: Resource, entry: Entry): Promise<Current> {
  const stored = decodeObject(entry.value)
  const { modified: revision } = entry
  stored.metadata.resourceVersion = String(revision)
  const object = await toShown(resource, stored)
  const bytes = () => splice(object === stored ? entry.value : encodeObject(object), revision)
  return { object, stored, revision, bytes, live: true }
}

/** From the store; linearizable. */
export async function readLive(
  { storage }: RegistryPorts,
  target: NamedTarget,
): Promise<Current | undefined> {
  const { entry } = await storage.get(keyOfTarget(target))
  return entry && currentOf(target.resource, entry)
}

/** From the cache, or from the store where the cache has none. */
export async function readCurrent(
  ports: RegistryPorts,
  target: NamedTarget,
): Promise<Current | undefined> {
  const { resource, namespace, name } = target
  const stored = ports.cacheOf(resource).get(namespace, name)
  const cached = resource.storage ? await shownBy(ports, resource).get(namespace, name) : stored
  if (cached && stored?.revision === cached.revision)
    return {
      object: cached.object,
      stored: stored.object,
      revision: cached.revision,
      bytes: () => cached.bytes,
      live: false,
    }
  return readLive(ports, target)
}

/** @throws StatusError 404 */
export function required<T>(current: T | undefined, target: NamedTarget): T {
  if (current === undefined) throw notFound(target.resource, target.name)
  return current
}

/**
 * Runs `attempt` on the current version until it is not overtaken. What it decides without writing (an error, or
 * `settled`) only counts if it was decided on the newest version.
 */
export async function onCurrent<T>(
  ports: RegistryPorts,
  target: NamedTarget,
  signal: AbortSignal,
  attempt: (current: Current | undefined) => Promise<Attempt<T>>,
): Promise<T> {
  let current = await readCurrent(ports, target)
  for (let tries = 0; tries < 200; tries++) {
    signal.throwIfAborted()
    let outcome: Attempt<T> | undefined
    let failure: unknown
    try {
      outcome = await attempt(current)
    } catch (error) {
      failure = error
    }
    if (outcome?.type === 'written') return outcome.value
    if (outcome?.type === 'overtaken') {
      current = outcome.by && (await currentOf(target.resource, outcome.by))
      continue
    }
    if (current?.live === false) {
      const live = await readLive(ports, target)
      if (live?.revision !== current.revision) {
        current = live
        continue
      }
    }
    if (outcome) return outcome.value
    throw failure
  }
  throw conflict(target.resource, target.name)
}

export type Attempt<T> =
  /** Stored: nothing can change it any more. */
  | { type: 'written'; value: T }
  /** Nothing was to be stored. */
  | { type: 'settled'; value: T }
  /** Somebody else wrote first: this is what is stored now. */
  | { type: 'overtaken'; by: Entry | undefined }
