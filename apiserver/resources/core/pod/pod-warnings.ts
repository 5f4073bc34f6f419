/** What is legal in a pod or a template of one, and will surprise: told, not refused. */

import { nearest } from '../../../../api/json-text.ts'
import type { Container, PodSpec, PodTemplateSpec } from '../../../../api/types.ts'
import { labelProblems } from '../../name-validation.ts'

/** A name that pods' names are made from, or is one: more than a DNS label makes no good hostname. */
export function podNameWarnings(name: string | undefined, use: string): string[] {
  const problems = name ? labelProblems(name) : []
  return problems.length === 0
    ? []
    : [
        `metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`,
      ]
}

/** Of a workload whose pods are named after it. */
export const workloadWarnings = (
  name: string | undefined,
  template: PodTemplateSpec | undefined,
  field = 'spec.template',
): string[] => [
  ...podNameWarnings(name, 'Pod names and hostnames'),
  ...(template?.spec ? podSpecWarnings(template.spec, `${field}.spec`) : []),
]

export function podSpecWarnings(spec: PodSpec, field: string): string[] {
  const warnings: string[] = []
  for (const key of Object.keys(spec.nodeSelector ?? {}))
    if (Object.hasOwn(replacedLabels, key))
      warnings.push(`${field}.nodeSelector[${key}]: ${replacedLabels[key]}`)
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const)
    for (const [index, container] of (spec[list] ?? []).entries())
      warnings.push(...environmentWarnings(container as Container, `${field}.${list}[${index}]`))
  if (nearest(spec.terminationGracePeriodSeconds ?? 0) < 0)
    warnings.push(
      `${field}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
    )
  return warnings
}

const replacement = (since: string, label: string) =>
  `deprecated since v${since}; use "${label}" instead`

/** Labels of nodes that have a successor. */
const replacedLabels: Record<string, string> = {
  'beta.kubernetes.io/arch': replacement('1.14', 'kubernetes.io/arch'),
  'beta.kubernetes.io/os': replacement('1.14', 'kubernetes.io/os'),
  'failure-domain.beta.kubernetes.io/region': replacement('1.17', 'topology.kubernetes.io/region'),
  'failure-domain.beta.kubernetes.io/zone': replacement('1.17', 'topology.kubernetes.io/zone'),
  'beta.kubernetes.io/instance-type': replacement('1.17', 'node.kubernetes.io/instance-type'),
}

function environmentWarnings({ env }: Container, field: string): string[] {
  const warnings: string[] = []
  const names = new Set<string>()
  for (const [index, { name }] of (env ?? []).entries()) {
    if (names.has(name))
      warnings.push(
        `${field}.env[${index}]: hides previous definition of "${name}", which may be dropped when using apply`,
      )
    names.add(name)
  }
  return warnings
}
