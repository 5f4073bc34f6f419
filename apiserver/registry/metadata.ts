/**
 * What the server decides about `metadata`, whatever the client sent: identity, times, counters, and what stays as it
 * was. Nothing here refuses; `resources/metadata-validation.ts` does.
 */

import type { KubernetesObject, ObjectMeta, OwnerReference } from '../../api/object.ts'
import { same, sameExcept } from '../../api/same.ts'
import { type Clock, time } from '../../ports/clock.ts'
import { nameSuffix, type Random } from '../../ports/random.ts'
import { badRequest } from '../http/status.ts'
import type { Resource } from '../resources/resource.ts'
import type { Target } from './registry.ts'

/** A generated name has at most 63 characters. */
const longestPrefix = 58

/** Namespace and name of the body must be those of the URL; a namespace that it leaves out is filled in. @throws 400 */
export function alignWithTarget({ metadata }: KubernetesObject, target: Target): void {
  const { resource, namespace, name } = target
  if (resource.namespaced) {
    if (!metadata.namespace) metadata.namespace = namespace
    else if (metadata.namespace !== namespace)
      throw badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      )
  }
  if (name === undefined) return
  if (!metadata.name)
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    )
  if (metadata.name !== name)
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    )
}

/** Fresh identity for a new object; what only the server may say is dropped. */
export function fillForCreate(
  object: KubernetesObject,
  { strategy }: Resource,
  ports: { clock: Clock; random: Random },
  warn: (text: string) => void,
): void {
  const { metadata } = object
  metadata.uid = ports.random.uuid()
  metadata.creationTimestamp = time(ports.clock.now())
  if (strategy.generation === false) delete metadata.generation
  else metadata.generation = 1
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
  delete metadata.selfLink
  dedupOwners(metadata, warn)
}

/** A name from `generateName`, another one on each call. */
export function generateName({ metadata }: KubernetesObject, random: Random): void {
  metadata.name = (metadata.generateName ?? '').slice(0, longestPrefix) + nameSuffix(random)
}

/** What an update cannot change is put back as it was. */
export function restoreForUpdate(
  object: KubernetesObject,
  old: KubernetesObject,
  warn: (text: string) => void,
): void {
  const { metadata } = object
  metadata.uid = old.metadata.uid
  keep(metadata, old.metadata, 'creationTimestamp')
  keep(metadata, old.metadata, 'generation')
  keep(metadata, old.metadata, 'deletionTimestamp')
  keep(metadata, old.metadata, 'deletionGracePeriodSeconds')
  keep(metadata, old.metadata, 'generateName')
  delete metadata.selfLink
  dedupOwners(metadata, warn)
}

const outsideSpec = new Set(['apiVersion', 'kind', 'metadata', 'status'])

/** `generation` counts changes of what the user wants. */
export function countGeneration(
  object: KubernetesObject,
  old: KubernetesObject,
  { strategy }: Resource,
): void {
  const { generation } = strategy
  if (generation === false) return
  const changed = generation ? generation(object, old) : !sameExcept(object, old, outsideSpec)
  if (changed) bumpGeneration(object.metadata, old.metadata)
}

/** One more than it was, for kinds that count at all. */
export function bumpGeneration(metadata: ObjectMeta, old: ObjectMeta): void {
  if (old.generation !== undefined) metadata.generation = old.generation + 1
}

const outsideMetadata = new Set(['metadata'])
const toldApart = new Set(['resourceVersion', 'managedFields'])
const when = new Set(['time'])

/** Whether storing `object` over `old` would change nothing but when somebody last wrote what is there already. */
export function changesNothing(object: KubernetesObject, old: KubernetesObject): boolean {
  return (
    sameExcept(
      object.metadata as Record<string, unknown>,
      old.metadata as Record<string, unknown>,
      toldApart,
    ) &&
    sameExcept(object, old, outsideMetadata) &&
    sameManagers(object.metadata.managedFields, old.metadata.managedFields)
  )
}

function sameManagers(entries: readonly unknown[] = [], old: readonly unknown[] = []): boolean {
  return (
    entries.length === old.length &&
    entries.every((entry, at) =>
      sameExcept(entry as Record<string, unknown>, old[at] as Record<string, unknown>, when),
    )
  )
}

function keep<Field extends keyof ObjectMeta>(
  metadata: ObjectMeta,
  old: ObjectMeta,
  field: Field,
): void {
  if (old[field] === undefined) delete metadata[field]
  else metadata[field] = old[field]
}

/** One owner is named once; which of the references wins is their order. */
function dedupOwners(metadata: ObjectMeta, warn: (text: string) => void): void {
  const owners = metadata.ownerReferences
  if (!owners || owners.length < 2) return
  const seen = new Map<string, OwnerReference>()
  const kept = owners.filter((owner) => {
    const before = seen.get(owner.uid)
    if (!before) seen.set(owner.uid, owner)
    return !before || !same(before, owner)
  })
  if (kept.length === owners.length) return
  warn(
    '.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests',
  )
  metadata.ownerReferences = kept
}
