/**
 * An object of a declared kind in another of its versions: step by step through the neighbouring versions, each by the
 * functions that stand in the declaration. Pure; nothing is validated.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { DefinedConversion, Definition } from './defined-kind.ts'
import { withDefaults } from './schema/defaults.ts'
import { KindError } from './schema/kind-error.ts'

/**
 * The object as `version` of its kind has it, defaults filled in; the very same if it has that version already.
 *
 *     convert(Site, { apiVersion: 'demo.example.com/v1beta1', kind: 'Site', metadata, spec: { count: 1 } }, 'v1')
 *
 * Throws `KindError` for objects of another kind or of an unknown version, and what the conversion itself throws.
 */
export function convert(
  kind: Definition,
  object: KubernetesObject,
  version: string,
): KubernetesObject {
  const { group, name } = kind.names
  const [objectGroup, own] = (object.apiVersion ?? '').split('/')
  if (objectGroup !== group || object.kind !== name)
    throw new KindError('', `cannot convert a ${object.kind} of ${object.apiVersion}`, name)
  const target = indexOf(kind, version)
  let converted = object
  for (let at = indexOf(kind, own ?? ''); at !== target; at += Math.sign(target - at))
    converted = step(kind, converted, at, at < target ? at + 1 : at - 1)
  return converted
}

function indexOf({ names, versions }: Definition, version: string): number {
  const index = versions.findIndex(({ name }) => name === version)
  if (index >= 0) return index
  const known = versions.map(({ name }) => name).join(', ')
  throw new KindError('', `has no version ${version}, but ${known}`, names.name)
}

function step(
  { names, versions, conversions }: Definition,
  object: KubernetesObject,
  from: number,
  to: number,
): KubernetesObject {
  const conversion = conversions[Math.min(from, to)]
  const target = versions[to]
  if (!conversion || !target) throw new KindError('', 'lacks a conversion', names.name)
  const changed = apply(conversion, object, to > from)
  return withDefaults(
    {
      ...changed,
      apiVersion: `${names.group}/${target.name}`,
      kind: names.name,
      metadata: metadataOf(object, changed),
    },
    target.schema,
  )
}

/** On a copy: a conversion that changes what it is given spoils nobody's object. */
const apply = (
  { functions }: DefinedConversion,
  object: KubernetesObject,
  up: boolean,
): Partial<KubernetesObject> => {
  if (functions === 'unchanged') return object
  return up ? functions.up(structuredClone(object)) : functions.down(structuredClone(object))
}

/** The server takes labels and annotations from a conversion, and nothing else of the metadata. */
function metadataOf(
  { metadata }: KubernetesObject,
  { metadata: changed = metadata }: Partial<KubernetesObject>,
): KubernetesObject['metadata'] {
  const { labels: _labels, annotations: _annotations, ...kept } = metadata
  const { labels, annotations } = changed
  const there = (texts: object | undefined) => texts !== undefined && Object.keys(texts).length > 0
  return {
    ...kept,
    ...(there(labels) ? { labels } : {}),
    ...(there(annotations) ? { annotations } : {}),
  }
}

/** Whether the API server has to ask a webhook to convert objects of the kind. */
export const needsWebhook = ({ conversions }: Definition): boolean =>
  conversions.some(({ functions }) => functions !== 'unchanged')
