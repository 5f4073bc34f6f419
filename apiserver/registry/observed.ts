/**
 * Kinds whose objects are not stored but found out whenever somebody asks: how the parts of the control plane are. They
 * can be read and nothing else; labels and names select among them as among others.
 */

import type { KubernetesObject } from '../../api/object.ts'
import { selectorMatches } from '../../api/selector.ts'
import type { CachedObject } from '../watch/cached-object.ts'
import { type NamedTarget, required } from './current.ts'
import { checkFields } from './list.ts'
import { checkListOptions } from './list-options.ts'
import type { RegistryPorts } from './ports.ts'
import type { ListOptions, ListResult, Target } from './registry.ts'

/** What there is now, in the order of names. */
export type Observe = () => Promise<KubernetesObject[]>

export async function getObserved(observe: Observe, target: NamedTarget): Promise<CachedObject> {
  const found = (await observe()).find(({ metadata }) => metadata.name === target.name)
  return seen(required(found, target))
}

export async function listObserved(
  { hub }: RegistryPorts,
  observe: Observe,
  target: Target,
  options: ListOptions,
): Promise<ListResult> {
  checkListOptions(options)
  checkFields(target, options)
  const items = (await observe())
    .filter(
      ({ metadata }) =>
        selectorMatches(options.labels, metadata.labels ?? {}) &&
        selectorMatches(options.fields, { 'metadata.name': metadata.name ?? '' }),
    )
    .map(seen)
  return { items, revision: hub.revision }
}

/** An object that nobody stored, in the form in which reads answer. */
function seen(object: KubernetesObject): CachedObject {
  const { kind: _, apiVersion: __, ...item } = object
  const { name = '', namespace = '', uid = '', labels = {} } = object.metadata
  const bytes = Buffer.from(JSON.stringify(object))
  const itemBytes = Buffer.from(JSON.stringify(item))
  return {
    key: name,
    namespace,
    name,
    uid,
    revision: 0,
    labels: new Map(Object.entries(labels)),
    fields: new Map([['metadata.name', name]]),
    object,
    bytes,
    itemBytes,
    itemTail: itemBytes.subarray(1),
    frame: (type) => Buffer.from(`{"type":"${type}","object":${bytes.toString()}}\n`),
  }
}
