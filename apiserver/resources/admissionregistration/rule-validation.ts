/** Rules of webhooks and policies: which operations on which resources they are about. */

import {
  duplicate,
  type FieldErrors,
  invalid,
  invalidFor,
  notSupported,
  required,
} from '../field-errors.ts'
import { pathSegmentProblems } from '../name-validation.ts'

export interface Rule {
  operations?: string[]
  apiGroups?: string[]
  apiVersions?: string[]
  resources?: string[]
  resourceNames?: string[]
  scope?: string
}

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']
const scopes = ['*', 'Cluster', 'Namespaced']

/** Changes the rules; idempotent. */
export function defaultRules(rules: Rule[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= '*'
}

export function* validateRules(rules: Rule[] | undefined, field: string): FieldErrors {
  for (const [index, rule] of (rules ?? []).entries())
    yield* validateRule(rule, `${field}[${index}]`)
}

function* validateRule(rule: Rule, field: string): FieldErrors {
  const { apiGroups = [], apiVersions = [], scope } = rule
  yield* validateResourceNames(rule.resourceNames ?? [], `${field}.resourceNames`)
  yield* validateOperations(rule.operations ?? [], `${field}.operations`)
  yield* validateAlone(apiGroups, `${field}.apiGroups`, 'API groups')
  yield* validateAlone(apiVersions, `${field}.apiVersions`, 'API versions')
  for (const [index, version] of apiVersions.entries())
    if (version === '') yield required(`${field}.apiVersions[${index}]`)
  yield* validateResources(rule.resources ?? [], `${field}.resources`)
  if (scope !== undefined && !scopes.includes(scope))
    yield notSupported(`${field}.scope`, scope, scopes)
}

function* validateResourceNames(names: string[], field: string): FieldErrors {
  const seen = new Set<string>()
  for (const [index, name] of names.entries()) {
    yield* invalidFor(`${field}[${index}]`, name, pathSegmentProblems(name, false))
    if (seen.has(name)) yield duplicate(`${field}[${index}]`, name)
    seen.add(name)
  }
}

function* validateOperations(given: string[], field: string): FieldErrors {
  yield* validateAlone(given, field, 'operations')
  for (const [index, operation] of given.entries())
    if (!operations.includes(operation))
      yield notSupported(`${field}[${index}]`, operation, operations)
}

/** Some there must be, and `*` stands alone. */
function* validateAlone(values: string[], field: string, what: string): FieldErrors {
  if (values.length === 0) yield required(field)
  if (values.length > 1 && values.includes('*'))
    yield invalid(field, values, `if '*' is present, must not specify other ${what}`)
}

/** `pods`, `pods/status`, `pods/*`, `*\/status`, `*`, `*\/*`: none may be said twice. */
function* validateResources(resources: string[], field: string): FieldErrors {
  if (resources.length === 0) yield required(field)
  const allOf = new Set<string>()
  const everywhere = new Set<string>()
  let plain = false
  for (const [index, text] of resources.entries()) {
    const own = `${field}[${index}]`
    if (text === '') {
      yield required(own)
      continue
    }
    const at = text.indexOf('/')
    if (at < 0) {
      plain = text !== '*'
      continue
    }
    const [resource, subresource] = [text.slice(0, at), text.slice(at + 1)]
    if (allOf.has(resource))
      yield invalid(own, text, `if '${resource}/*' is present, must not specify ${text}`)
    if (everywhere.has(subresource))
      yield invalid(own, text, `if '*/${subresource}' is present, must not specify ${text}`)
    if (subresource === '*') allOf.add(resource)
    if (resource === '*') everywhere.add(subresource)
  }
  if (resources.length > 1 && resources.includes('*/*'))
    yield invalid(field, resources, "if '*/*' is present, must not specify other resources")
  if (resources.includes('*') && plain)
    yield invalid(
      field,
      resources,
      "if '*' is present, must not specify other resources without subresources",
    )
}
