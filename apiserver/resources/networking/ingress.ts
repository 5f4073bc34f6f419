/** Ingress: which requests from outside reach which Service, by host and path. */

import type { Ingress } from '../../../api/types.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { statusSubresource } from '../common-subresources.ts'
import { defineResource } from '../resource.ts'
import { statusStrategy } from '../status-strategy.ts'
import { validateIngress, validateIngressStatus, validateNewIngress } from './ingress-validation.ts'

const shownHosts = 3

/** The first three hosts, and how many rules there are beyond three; `*` for any host. */
function hosts({ spec }: Ingress): string {
  const rules = spec?.rules ?? []
  const first: string[] = []
  for (const { host } of rules) {
    if (first.length === shownHosts)
      return `${first.join(',')} + ${rules.length - shownHosts} more...`
    if (host) first.push(host)
  }
  return first.join(',') || '*'
}

function address({ status }: Ingress): string {
  const all = (status?.loadBalancer?.ingress ?? []).flatMap(
    ({ ip, hostname }) => ip || hostname || [],
  )
  return [...new Set(all)].sort().join(',')
}

const oldClass = 'kubernetes.io/ingress.class'

const classWarnings = ({ metadata, spec }: Ingress, old: Ingress | undefined): string[] =>
  !old && metadata.annotations?.[oldClass] !== undefined && spec?.ingressClassName === undefined
    ? [`annotation "${oldClass}" is deprecated, please use 'spec.ingressClassName' instead`]
    : []

export const ingresses = defineResource<Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  singular: 'ingress',
  shortNames: ['ing'],
  namespaced: true,
  schema: 'io.k8s.api.networking.v1.Ingress',
  strategy: {
    ...statusStrategy<Ingress>(() => ({ loadBalancer: {} })),
    validate: (ingress) => [...validateIngress(ingress)],
    validateCreate: (ingress) => [...validateNewIngress(ingress)],
    warnings: classWarnings,
    validateStatusUpdate: (ingress) => [...validateIngressStatus(ingress)],
  },
  subresources: [statusSubresource],
  columns: [
    nameColumn,
    column('Class', 'The class whose controller serves it.', ({ spec }) =>
      spec?.ingressClassName === undefined ? '<none>' : spec.ingressClassName,
    ),
    column('Hosts', 'The hosts of its rules.', hosts),
    column('Address', 'Where it is reached.', address),
    column('Ports', 'The ports it listens at.', ({ spec }) =>
      (spec?.tls ?? []).length > 0 ? '80, 443' : '80',
    ),
    ageColumn,
  ],
})
