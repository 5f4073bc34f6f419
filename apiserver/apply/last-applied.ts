/**
 * The annotation in which client-side apply remembers what it applied. Whoever moves on with `kubectl apply
 * --server-side` owns what it says without a conflict; and as long as it is there it says what was applied last, so
 * that they may move back.
 */

import { isRawNumber } from '../../api/json-text.ts'
import type { KubernetesObject } from '../../api/object.ts'
import type { MergeType } from '../schema/merge-type.ts'
import { compare } from './comparison.ts'
import { problemsOf } from './conformance.ts'
import { difference, type FieldSet } from './field-set.ts'
import { fieldsOf } from './fields-of.ts'
import { escapeMarkup } from './path-element.ts'

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

/** Whose it is; others who apply leave it alone. */
export const kubectl = 'kubectl'

/** All annotations of an object together. */
const longestAnnotations = 256 * 1024

const lastApplied = ({ metadata }: KubernetesObject): string | undefined =>
  metadata.annotations?.[lastAppliedAnnotation] || undefined

/** The fields that client-side apply set and that are still as it set them. `undefined`: it remembers nothing. */
export function fieldsOfLastApplied(
  live: KubernetesObject,
  type: MergeType,
  apiVersion: string,
): FieldSet | undefined {
  const text = lastApplied(live)
  if (text === undefined) return undefined
  const applied = parsed(text)
  if (applied === undefined || applied.apiVersion !== apiVersion) return undefined
  if (problemsOf(applied, type).length > 0) return undefined
  const { modified, added, removed } = compare(applied, live, type)
  const fields = fieldsOf(applied, type)
  return difference(difference(difference(fields, modified), added), removed)
}

function parsed(text: string): KubernetesObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as KubernetesObject
  } catch {
    // Anybody may write annotations: one that is no object remembers nothing.
  }
  return undefined
}

/** Writes the configuration into the annotation of `object`, its own to change, where there is one. */
export function rememberApplied(object: KubernetesObject, config: KubernetesObject): void {
  if (lastApplied(object) === undefined) return
  const { annotations = {}, ...metadata } = config.metadata
  const { [lastAppliedAnnotation]: _, ...others } = annotations
  const hasOthers = Object.keys(others).length > 0
  const remembered = {
    ...config,
    metadata: { ...metadata, ...(hasOthers && { annotations: others }) },
  }
  const all = {
    ...object.metadata.annotations,
    [lastAppliedAnnotation]: `${sortedJson(remembered)}\n`,
  }
  if (sizeOf(all) > longestAnnotations)
    delete (all as Record<string, string>)[lastAppliedAnnotation]
  object.metadata = { ...object.metadata, annotations: all }
}

const sizeOf = (annotations: Record<string, string>): number =>
  Object.entries(annotations).reduce(
    (total, [key, value]) => total + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  )

/** With keys in order, as kubectl writes it. */
const sortedJson = (value: unknown): string =>
  escapeMarkup(
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner) && !isRawNumber(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
        : inner,
    ),
  )
