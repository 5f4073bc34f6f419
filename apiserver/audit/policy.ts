/**
 * What of which requests is kept, as `Policy` of `audit.k8s.io/v1` says it: the first rule that a request matches decides,
 * and what none matches is not kept. A policy that is not exactly understood is refused whole: an audit log that is
 * quietly smaller than it was meant to be is worse than a server that does not start.
 */

import { subdomainProblems } from '../resources/name-validation.ts'
import { parseYaml, YamlError } from '../schema/yaml-text.ts'
import { Fields, PolicyError, unsupported } from './policy-fields.ts'

export { PolicyError } from './policy-fields.ts'

/** How much of a request is kept; each level holds what those before it do. */
export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
export type Level = (typeof levels)[number]

/** When an event is written. */
export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const
export type Stage = (typeof stages)[number]

export const reaches = (level: Level, wanted: Level): boolean =>
  levels.indexOf(level) >= levels.indexOf(wanted)

/** A rule with what the policy says for all of them. Empty lists mean everything. */
export interface AuditRule {
  level: Level
  users: readonly string[]
  userGroups: readonly string[]
  verbs: readonly string[]
  resources: readonly GroupResources[]
  namespaces: readonly string[]
  nonResourceURLs: readonly string[]
  omitStages: ReadonlySet<Stage>
  omitManagedFields: boolean
}

export interface GroupResources {
  group: string
  /** `pods`, `pods/log`, `pods/*`, `*`, and `*` with a subresource. */
  resources: readonly string[]
  resourceNames: readonly string[]
}

export type AuditPolicy = readonly AuditRule[]

/** From YAML or JSON. @throws PolicyError names the field */
export function parsePolicy(bytes: Buffer): AuditPolicy {
  const policy = new Fields(read(bytes), '')
  const apiVersion = policy.text('apiVersion')
  const kind = policy.text('kind')
  if (apiVersion !== 'audit.k8s.io/v1' || kind !== 'Policy')
    throw new PolicyError(
      `apiVersion, kind: must be audit.k8s.io/v1, Policy, not ${apiVersion ?? '""'}, ${kind ?? '""'}`,
    )
  policy.known('apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields')
  const common = {
    omitStages: stagesOf(policy),
    omitManagedFields: policy.flag('omitManagedFields') ?? false,
  }
  const rules = policy.list('rules').map((rule) => ruleOf(rule, common))
  if (rules.length === 0) throw new PolicyError('rules: Required value: at least one')
  return rules
}

function read(bytes: Buffer): unknown {
  try {
    const { value, problems } = parseYaml(bytes)
    if (problems[0] !== undefined) throw new PolicyError(problems[0])
    return value
  } catch (error) {
    if (error instanceof YamlError) throw new PolicyError(error.message)
    throw error
  }
}

function ruleOf(
  rule: Fields,
  common: Pick<AuditRule, 'omitManagedFields'> & { omitStages: readonly Stage[] },
): AuditRule {
  rule.known(
    ...['level', 'users', 'userGroups', 'verbs', 'resources', 'namespaces', 'nonResourceURLs'],
    ...['omitStages', 'omitManagedFields'],
  )
  const { level, nonResourceURLs } = { level: levelOf(rule), nonResourceURLs: urlsOf(rule) }
  const resources = rule.list('resources').map(resourcesOf)
  const namespaces = rule.texts('namespaces')
  if (nonResourceURLs.length > 0 && resources.length + namespaces.length > 0)
    throw rule.invalid(
      'nonResourceURLs',
      nonResourceURLs,
      'rules cannot apply to both regular resources and non-resource URLs',
    )
  return {
    level,
    users: rule.texts('users'),
    userGroups: rule.texts('userGroups'),
    verbs: rule.texts('verbs'),
    resources,
    namespaces,
    nonResourceURLs,
    omitStages: new Set([...common.omitStages, ...stagesOf(rule)]),
    omitManagedFields: rule.flag('omitManagedFields') ?? common.omitManagedFields,
  }
}

function levelOf(rule: Fields): Level {
  const text = rule.text('level')
  if (!text) throw rule.required('level')
  const level = levels.find((known) => known === text)
  if (!level) throw unsupported(rule.pathOf('level'), text, levels)
  return level
}

function stagesOf(fields: Fields): Stage[] {
  return fields.texts('omitStages').map((text, index) => {
    const stage = stages.find((known) => known === text)
    if (stage) return stage
    throw fields.invalid(`omitStages[${index}]`, text, `allowed stages are ${stages.join(',')}`)
  })
}

function urlsOf(rule: Fields): readonly string[] {
  const urls = rule.texts('nonResourceURLs')
  for (const [index, url] of urls.entries()) {
    if (url === '*') continue
    const field = `nonResourceURLs[${index}]`
    if (!url.startsWith('/'))
      throw rule.invalid(field, url, "non-resource URL rules must begin with a '/' character")
    if (url.slice(0, -1).includes('*'))
      throw rule.invalid(
        field,
        url,
        "non-resource URL wildcards '*' must be the final character of the rule",
      )
  }
  return urls
}

function resourcesOf(fields: Fields): GroupResources {
  fields.known('group', 'resources', 'resourceNames')
  const group = fields.text('group') ?? ''
  const problems = group === '' ? [] : subdomainProblems(group)
  if (problems.length > 0) throw fields.invalid('group', group, problems.join(','))
  const resources = fields.texts('resources')
  const resourceNames = fields.texts('resourceNames')
  if (resourceNames.length > 0 && resources.length === 0)
    throw fields.invalid(
      'resourceNames',
      resourceNames,
      'using resourceNames requires at least one resource',
    )
  return { group, resources, resourceNames }
}
