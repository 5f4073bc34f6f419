/**
 * Empties a namespace: pods first, and only when they are gone everything else. What refuses to go is named, so that
 * the namespace's conditions can say why it is still there.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Namespace as NamespaceObject } from '../../api/types.ts'
import {
  type Cluster,
  type Context,
  type DiscoveredKind,
  isNotFound,
  type WithMeta,
} from '../framework/index.ts'

export interface Remaining {
  /** Objects of each kind that were there after all were told to go, by `plural.group`. */
  resources: Map<string, number>
  /** How many of them wait for each finalizer. */
  finalizers: Map<string, number>
  /** Pods must go before the rest is looked at. */
  podsFirst: boolean
  /** What could not be listed or deleted, by kind. */
  failures: Map<string, unknown>
}

export interface EmptyOptions {
  namespace: string
  kinds: readonly DiscoveredKind[]
  cluster: Pick<Cluster, 'list'>
  remove: Context<never, WithMeta, NamespaceObject>['remove']
  because(live: NamespaceObject | undefined): boolean
}

/** Objects that are deleted at the same time. */
const parallel = 16
const pageSize = 500

const resourceName = ({ plural, group }: DiscoveredKind): string =>
  group === '' ? plural : `${plural}.${group}`

const isPods = ({ plural, group }: DiscoveredKind): boolean => plural === 'pods' && group === ''

/** Kinds whose objects live in namespaces and can be found and deleted. */
export const deletable = (kinds: readonly DiscoveredKind[]): DiscoveredKind[] =>
  kinds.filter(
    ({ namespaced, verbs }) => namespaced && verbs.includes('list') && verbs.includes('delete'),
  )

export async function emptyNamespace(options: EmptyOptions): Promise<Remaining> {
  const remaining: Remaining = {
    resources: new Map(),
    finalizers: new Map(),
    podsFirst: false,
    failures: new Map(),
  }
  const kinds = deletable(options.kinds)
  const pods = kinds.filter(isPods)
  for (const kind of pods) await emptyOf(kind, options, remaining)
  if (remaining.resources.size > 0 || remaining.failures.size > 0)
    return { ...remaining, podsFirst: true }
  for (const kind of kinds) if (!isPods(kind)) await emptyOf(kind, options, remaining)
  return remaining
}

async function emptyOf(
  kind: DiscoveredKind,
  options: EmptyOptions,
  remaining: Remaining,
): Promise<void> {
  try {
    const found = await all(kind, options)
    if (found.length === 0) return
    await removeAll(kind, found, options)
    const left = await all(kind, options)
    if (left.length === 0) return
    remaining.resources.set(resourceName(kind), left.length)
    for (const { metadata } of left)
      for (const finalizer of metadata.finalizers ?? [])
        remaining.finalizers.set(finalizer, (remaining.finalizers.get(finalizer) ?? 0) + 1)
  } catch (error) {
    // A kind that went while we were looking has nothing in this namespace.
    if (!isNotFound(error)) remaining.failures.set(resourceName(kind), error)
  }
}

async function all(
  kind: DiscoveredKind,
  { cluster, namespace }: EmptyOptions,
): Promise<KubernetesObject[]> {
  const objects: KubernetesObject[] = []
  let next: string | undefined
  do {
    const page = await cluster.list(kind, {
      namespace,
      limit: pageSize,
      metadataOnly: true,
      ...(next === undefined ? {} : { continue: next }),
    })
    objects.push(...page.items)
    next = page.continue
  } while (next !== undefined)
  return objects
}

async function removeAll(
  kind: DiscoveredKind,
  objects: readonly KubernetesObject[],
  { remove, because }: EmptyOptions,
): Promise<void> {
  const waiting = objects.filter(({ metadata }) => !metadata.deletionTimestamp)
  const worker = async () => {
    for (let object = waiting.pop(); object; object = waiting.pop())
      await remove(kind, object, { because, propagationPolicy: 'Background' })
  }
  await Promise.all(Array.from({ length: parallel }, worker))
}
