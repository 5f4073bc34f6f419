/** What a FlowSchema must not say, and that the two without which no request has a place stay as they are. */

import type { FlowSchema } from '../../../api/types.ts'
import { flowSchemas as builtIn } from '../../flowcontrol/configuration.ts'
import {
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  notSupported,
  required,
} from '../field-errors.ts'
import { labelProblems, subdomainProblems } from '../name-validation.ts'
import { semanticallyEqual } from '../semantic-equality.ts'

type Spec = NonNullable<FlowSchema['spec']>
type Rule = NonNullable<Spec['rules']>[number]
type Subject = Rule['subjects'][number]
type ResourceRule = NonNullable<Rule['resourceRules']>[number]
type PathRule = NonNullable<Rule['nonResourceRules']>[number]

const mandatory = ['exempt', 'catch-all']
const methods = ['ByNamespace', 'ByUser']
const verbs = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'proxy',
  'update',
  'watch',
]
const subjectKinds = ['Group', 'ServiceAccount', 'User']
const parts = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const
const highest = 10_000

export function* validateFlowSchema({ metadata, spec }: FlowSchema): FieldErrors {
  const name = metadata.name ?? ''
  yield* validateSpec(name, spec)
  const fixed = mandatory.includes(name) && builtIn.find((one) => one.metadata.name === name)
  if (fixed && !semanticallyEqual(spec, fixed.spec))
    yield invalid('spec', spec, `spec of '${name}' must equal the fixed value`)
}

function* validateSpec(name: string, spec: Spec | undefined): FieldErrors {
  const { matchingPrecedence: precedence = 0, distinguisherMethod, rules = [] } = spec ?? {}
  const field = 'spec.matchingPrecedence'
  if (precedence <= 0) yield invalid(field, precedence, 'must be a positive value')
  if (precedence > highest) yield invalid(field, precedence, `must not be greater than ${highest}`)
  if (precedence === 1 && name !== 'exempt')
    yield invalid(field, precedence, "only the schema named 'exempt' may have matchingPrecedence 1")
  if (distinguisherMethod && !methods.includes(distinguisherMethod.type))
    yield notSupported('spec.distinguisherMethod.type', distinguisherMethod, methods)
  const level = spec?.priorityLevelConfiguration?.name ?? ''
  if (level === '')
    yield required('spec.priorityLevelConfiguration.name', 'must reference a priority level')
  else yield* invalidFor('spec.priorityLevelConfiguration.name', level, subdomainProblems(level))
  for (const [index, rule] of rules.entries()) yield* validateRule(rule, `spec.rules[${index}]`)
}

function* validateRule(rule: Rule, field: string): FieldErrors {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule
  if (subjects.length === 0)
    yield required(`${field}.subjects`, 'subjects must contain at least one value')
  for (const [index, subject] of subjects.entries())
    yield* validateSubject(subject, `${field}.subjects[${index}]`)
  if (resourceRules.length === 0 && nonResourceRules.length === 0)
    yield required(field, 'at least one of resourceRules and nonResourceRules has to be non-empty')
  for (const [index, one] of resourceRules.entries())
    yield* validateResourceRule(one, `${field}.resourceRules[${index}]`)
  for (const [index, one] of nonResourceRules.entries())
    yield* validatePathRule(one, `${field}.nonResourceRules[${index}]`)
}

function* validateSubject(subject: Subject, field: string): FieldErrors {
  const { kind } = subject
  if (kind !== 'ServiceAccount' && kind !== 'User' && kind !== 'Group')
    return yield notSupported(`${field}.kind`, kind ?? '', subjectKinds)
  const own = parts[kind]
  const one = subject[own]
  if (!one) yield required(`${field}.${own}`, `${own} is required when subject kind is '${kind}'`)
  else if (!one.name) yield required(`${field}.${own}.name`)
  if (subject.serviceAccount && kind === 'ServiceAccount')
    yield* validateAccount(subject.serviceAccount, `${field}.serviceAccount`)
  for (const [other, part] of Object.entries(parts) as [keyof typeof parts, keyof Subject][])
    if (part !== own && subject[part])
      yield forbidden(
        `${field}.${part}`,
        `${part} is forbidden when subject kind is not '${other}'`,
      )
}

function* validateAccount(
  { name, namespace }: NonNullable<Subject['serviceAccount']>,
  field: string,
): FieldErrors {
  if (name && name !== '*') yield* invalidFor(`${field}.name`, name, subdomainProblems(name))
  if (namespace) yield* invalidFor(`${field}.namespace`, namespace, labelProblems(namespace))
  else yield required(`${field}.namespace`, 'must specify namespace for service account')
}

function* validateVerbs(given: string[], field: string): FieldErrors {
  if (given.length === 0) yield required(field, 'verbs must contain at least one value')
  else if (given.includes('*')) yield* validateAlone(given, field, 'verbs')
  else if (!given.every((verb) => verbs.includes(verb))) yield notSupported(field, given, verbs)
}

function* validateAlone(given: string[], field: string, what: string): FieldErrors {
  if (given.length > 1 && given.includes('*'))
    yield invalid(field, given, `if '*' is present, must not specify other ${what}`)
}

function* validateResourceRule(rule: ResourceRule, field: string): FieldErrors {
  const { apiGroups = [], resources = [], namespaces = [], clusterScope = false } = rule
  yield* validateVerbs(rule.verbs ?? [], `${field}.verbs`)
  if (apiGroups.length === 0)
    yield required(`${field}.apiGroups`, 'resource rules must supply at least one api group')
  yield* validateAlone(apiGroups, `${field}.apiGroups`, 'api groups')
  if (resources.length === 0)
    yield required(`${field}.resources`, 'resource rules must supply at least one resource')
  yield* validateAlone(resources, `${field}.resources`, 'resources')
  if (namespaces.length === 0 && !clusterScope)
    yield required(
      `${field}.namespaces`,
      'resource rules that are not cluster scoped must supply at least one namespace',
    )
  yield* validateAlone(namespaces, `${field}.namespaces`, 'namespaces')
  if (namespaces.includes('*')) return
  for (const [index, namespace] of namespaces.entries())
    for (const problem of labelProblems(namespace))
      yield invalid(
        `${field}.namespaces[${index}]`,
        namespace,
        `each member of this list must be '*' or a DNS-1123 label; ${problem}`,
      )
}

function* validatePathRule(
  { verbs: given = [], nonResourceURLs: urls = [] }: PathRule,
  field: string,
): FieldErrors {
  yield* validateVerbs(given, `${field}.verbs`)
  const own = `${field}.nonResourceURLs`
  if (urls.length === 0) yield required(own, 'nonResourceURLs must contain at least one value')
  yield* validateAlone(urls, own, 'non-resource URLs')
  if (urls.includes('*')) return
  for (const [index, url] of urls.entries()) {
    const problem = pathProblem(url)
    if (problem) yield invalid(`${own}[${index}]`, url, problem)
  }
}

function pathProblem(path: string): string | undefined {
  if (path === '') return 'must not be empty'
  if (path === '/') return undefined
  if (!path.startsWith('/')) return 'must start with slash'
  if (path.includes(' ')) return 'must not contain white-space'
  if (path.includes('//')) return 'must not contain double slash'
  const wildcards = path.split('*').length - 1
  return wildcards > 1 || (wildcards === 1 && !path.endsWith('/*'))
    ? 'wildcard can only do suffix matching'
    : undefined
}
