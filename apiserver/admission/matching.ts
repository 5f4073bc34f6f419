/**
 * Whether a webhook or a policy concerns a request: rules, selectors of namespaces and objects, and the other versions
 * in which the same object is served. The one home of these questions; it evaluates no expressions.
 */

import type { GroupVersionKind, KubernetesObject } from '../../api/object.ts'
import { fromLabelSelector, type Selector, selectorMatches } from '../../api/selector.ts'
import type { LabelSelector } from '../../api/types.ts'
import { notFound } from '../http/status.ts'
import type { Lister } from '../registry/lister.ts'
import { readThrough } from '../registry/read-through.ts'
import type { Resource } from '../resources/resource.ts'
import type { AdmissionRequest } from './admission.ts'
import { equivalents } from './equivalents.ts'

/** As in webhook configurations and policies. `*` in a list is everything. */
export interface MatchRule {
  apiGroups?: readonly string[]
  apiVersions?: readonly string[]
  /** `pods`, `pods/exec`, `pods/*`, `*`, `*` with a subresource. */
  resources?: readonly string[]
  operations?: readonly string[]
  scope?: string
  /** Empty or absent: any name. */
  resourceNames?: readonly string[]
}

export interface MatchCriteria {
  /** Absent: every request. Empty: none. */
  rules?: readonly MatchRule[]
  excludeRules?: readonly MatchRule[]
  /** `Equivalent` also matches rules for other versions of the same objects. */
  matchPolicy?: string
  namespaceSelector?: LabelSelector
  objectSelector?: LabelSelector
}

export interface MatchPorts {
  lister: Pick<Lister, 'get' | 'live'>
  /** What is served at the moment, in every version. */
  resources(): Iterable<Resource>
}

/** The form of the objects that the criteria were written for: that of the request, or an equivalent one. */
export interface Match {
  resource: Resource
  kind: GroupVersionKind
}

/** Rejects with StatusError 404 where the namespace whose labels decide is not there. */
export async function match(
  request: AdmissionRequest,
  criteria: MatchCriteria,
  ports: MatchPorts,
): Promise<Match | undefined> {
  const found = matchRules(request, criteria, ports)
  if (!found) return undefined
  if (!objectSelected(request, criteria.objectSelector)) return undefined
  const pending = namespaceSelected(request, criteria.namespaceSelector, ports)
  return (typeof pending === 'boolean' ? pending : await pending) ? found : undefined
}

/** Whether the request, as it came, is one of the rule's. */
export const ruleMatches = (rule: MatchRule, request: AdmissionRequest): boolean =>
  ruleMatchesAs(rule, request, request.resource)

/**
 * The namespace as admission knows it: a Namespace is in itself.
 */
export const admissionNamespace = (request: AdmissionRequest): string =>
  isNamespace(request.resource) ? request.name : request.namespace

const policies = [
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
]
const exemptOfPolicies = new Set(policies)
const exemptOfWebhooks = new Set([
  ...policies,
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
])

/** What decides about requests must not lock itself out: webhooks see neither policies nor configurations, */
export const isExemptOfWebhooks = ({ resource }: AdmissionRequest): boolean =>
  resource.group === 'admissionregistration.k8s.io' && exemptOfWebhooks.has(resource.plural)

/** and policies do not see policies. */
export const isExemptOfPolicies = ({ resource }: AdmissionRequest): boolean =>
  resource.group === 'admissionregistration.k8s.io' && exemptOfPolicies.has(resource.plural)

function matchRules(
  request: AdmissionRequest,
  { rules, excludeRules = [], matchPolicy = 'Equivalent' }: MatchCriteria,
  ports: MatchPorts,
): Match | undefined {
  const others = matchPolicy === 'Equivalent' ? ports : undefined
  if (anyRule(request, excludeRules, others)) return undefined
  if (!rules) return { resource: request.resource, kind: request.kind }
  return anyRule(request, rules, others)
}

function anyRule(
  request: AdmissionRequest,
  rules: readonly MatchRule[],
  others: MatchPorts | undefined,
): Match | undefined {
  if (rules.length === 0) return undefined
  for (const rule of rules)
    if (ruleMatches(rule, request)) return { resource: request.resource, kind: request.kind }
  if (!others) return undefined
  const siblings = equivalents(request.resource, others.resources())
  for (const rule of rules)
    for (const resource of siblings)
      if (ruleMatchesAs(rule, request, resource))
        return { resource, kind: request.subresource === '' ? resource : request.kind }
  return undefined
}

function ruleMatchesAs(rule: MatchRule, request: AdmissionRequest, resource: Resource): boolean {
  return (
    holds(rule.operations, request.operation) &&
    holds(rule.apiGroups, resource.group) &&
    holds(rule.apiVersions, resource.version) &&
    (rule.resources ?? []).some((text) =>
      resourceMatches(text, resource.plural, request.subresource),
    ) &&
    scopeMatches(rule.scope, request) &&
    nameMatches(rule.resourceNames, request.name)
  )
}

const holds = (list: readonly string[] = [], value: string) =>
  list.some((item) => item === '*' || item === value)

function resourceMatches(text: string, plural: string, subresource: string): boolean {
  const [wanted = '', part = ''] = text.split('/', 2)
  return (wanted === '*' || wanted === plural) && (part === '*' || part === subresource)
}

function scopeMatches(scope = '*', request: AdmissionRequest): boolean {
  const cluster = isNamespace(request.resource) || request.namespace === ''
  switch (scope) {
    case 'Cluster':
      return cluster
    case 'Namespaced':
      return !cluster
    default:
      return scope === '*'
  }
}

const nameMatches = (names: readonly string[] = [], name: string) =>
  names.length === 0 || names.includes(name)

const isNamespace = ({ group, plural }: Resource) => group === '' && plural === 'namespaces'

/** Parsed once: criteria live as long as their configuration. */
const parsed = new WeakMap<LabelSelector, Selector>()

function selectorOf(given: LabelSelector | undefined): Selector {
  if (!given) return []
  let selector = parsed.get(given)
  if (!selector) {
    selector = fromLabelSelector(given) ?? []
    parsed.set(given, selector)
  }
  return selector
}

/** Either object suffices, so that nobody slips away by taking a label off. */
function objectSelected(
  { object, old }: AdmissionRequest,
  given: LabelSelector | undefined,
): boolean {
  const selector = selectorOf(given)
  if (selector.length === 0) return true
  return [object, old].some(
    (one) => one?.metadata !== undefined && selectorMatches(selector, one.metadata.labels),
  )
}

function namespaceSelected(
  request: AdmissionRequest,
  given: LabelSelector | undefined,
  { lister }: MatchPorts,
): boolean | Promise<boolean> {
  const name = admissionNamespace(request)
  if (name === '' && !isNamespace(request.resource)) return true
  const selector = selectorOf(given)
  if (selector.length === 0) return true
  if (isNamespace(request.resource) && request.subresource === '' && request.object)
    return selectorMatches(selector, request.object.metadata.labels)
  const selected = ({ metadata }: KubernetesObject) => selectorMatches(selector, metadata.labels)
  const known = lister.get<KubernetesObject>('namespaces', '', name)
  return known ? selected(known) : namespaceFound(lister, name).then(selected)
}

/** Also one that this server has not seen yet. @throws StatusError 404 */
export async function namespaceFound(
  lister: MatchPorts['lister'],
  name: string,
): Promise<KubernetesObject> {
  const found = await readThrough<KubernetesObject>(lister, 'namespaces', '', name)
  if (!found) throw notFound({ group: '', plural: 'namespaces' }, name)
  return found
}
