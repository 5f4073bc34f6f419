/** Affinity terms and node selectors, parsed once a pod so that matching is only looking up. */

import {
  fromExpression,
  type Selector,
  SelectorError,
  selectorMatches,
} from '../../api/selector.ts'
import type { LabelSelector, Pod, PodSpec } from '../../api/types.ts'
import { fromLabelSelector } from '../framework/index.ts'

export type Labels = Readonly<Record<string, string>>

/** Labels of a namespace; `undefined` when it is not known. */
export type NamespaceLabels = (namespace: string) => Labels | undefined

/** Which pods a term means, and across which part of the cluster. */
export interface PodTerm {
  topologyKey: string
  selector: Selector | undefined
  /** Named ones. */
  namespaces: ReadonlySet<string>
  /** `undefined`: no others than those named. */
  namespaceSelector: Selector | undefined
  /** 1 to 100; 0 for required terms. */
  weight: number
}

/** A selector that cannot be read selects nothing; the API server refuses such ones. */
export function readSelector(selector: LabelSelector | undefined): Selector | undefined {
  try {
    return fromLabelSelector(selector)
  } catch (error) {
    if (error instanceof SelectorError) return undefined
    throw error
  }
}

type Affinity = NonNullable<PodSpec['affinity']>
type Term = NonNullable<
  NonNullable<Affinity['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>[number]

export function podTerm(term: Term, { metadata }: Pod, weight = 0): PodTerm {
  const named = term.namespaces ?? []
  const own = named.length === 0 && !term.namespaceSelector ? [metadata.namespace ?? ''] : []
  const selector = readSelector(term.labelSelector)
  return {
    topologyKey: term.topologyKey,
    selector: selector && [
      ...selector,
      ...ownValues(term.matchLabelKeys, metadata.labels, 'in'),
      ...ownValues(term.mismatchLabelKeys, metadata.labels, 'notin'),
    ],
    namespaces: new Set([...named, ...own]),
    namespaceSelector: readSelector(term.namespaceSelector),
    weight,
  }
}

/** Requirements that a label has (or has not) the value that the pod itself has. */
export function ownValues(
  keys: readonly string[] | undefined,
  labels: Labels | undefined,
  operator: 'in' | 'notin',
): Selector {
  return (keys ?? []).flatMap((key) =>
    labels && Object.hasOwn(labels, key) ? [{ key, operator, values: [labels[key] ?? ''] }] : [],
  )
}

export function termMatches(
  term: PodTerm,
  { metadata }: Pod,
  namespaceLabels: NamespaceLabels,
): boolean {
  const { namespace = '', labels } = metadata
  if (!term.selector || !selectorMatches(term.selector, labels)) return false
  if (term.namespaces.has(namespace)) return true
  if (!term.namespaceSelector) return false
  // An empty one means all, known or not.
  return selectorMatches(term.namespaceSelector, namespaceLabels(namespace) ?? {})
}

/** One of a node selector's terms; all of it must hold. */
export interface NodeTerm {
  labels: Selector
  /** On `metadata.name`. */
  fields: Selector
}

type NodeSelectorTerm = NonNullable<
  NonNullable<Affinity['nodeAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>['nodeSelectorTerms'][number]

/** `undefined` for a term that says nothing or cannot be read: it matches no node. */
export function nodeTerm({
  matchExpressions = [],
  matchFields = [],
}: NodeSelectorTerm): NodeTerm | undefined {
  if (matchExpressions.length === 0 && matchFields.length === 0) return undefined
  try {
    return { labels: matchExpressions.map(fromExpression), fields: matchFields.map(fromExpression) }
  } catch (error) {
    if (error instanceof SelectorError) return undefined
    throw error
  }
}

export const nodeTermMatches = (term: NodeTerm, name: string, labels: Labels): boolean =>
  selectorMatches(term.labels, labels) &&
  (term.fields.length === 0 || selectorMatches(term.fields, { 'metadata.name': name }))
