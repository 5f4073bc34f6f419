/** The table of Services. */

import type { Service } from '../../../api/types.ts'
import { ageColumn, formatLabels, nameColumn } from '../common-columns.ts'
import type { Column } from '../resource.ts'

function balancerAddresses({ status }: Service): string[] {
  const ingress = status?.loadBalancer?.ingress ?? []
  const addresses = ingress.map(({ ip, hostname }) => ip || hostname || '').filter(Boolean)
  return [...new Set(addresses)].sort()
}

function externalAddress(service: Service): string {
  const external = service.spec?.externalIPs ?? []
  switch (service.spec?.type) {
    case 'ExternalName':
      return service.spec.externalName ?? ''
    case 'LoadBalancer':
      return [...balancerAddresses(service), ...external].join(',') || '<pending>'
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || '<none>'
    default:
      return '<unknown>'
  }
}

const ports = ({ spec }: Service) =>
  (spec?.ports ?? [])
    .map(({ port, nodePort, protocol }) =>
      nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
    )
    .join(',') || '<none>'

export const serviceColumns: Column<Service>[] = [
  nameColumn,
  {
    name: 'Type',
    type: 'string',
    description: 'How the service is exposed.',
    cell: ({ spec }) => spec?.type ?? '',
  },
  {
    name: 'Cluster-IP',
    type: 'string',
    description: 'The address of the service inside the cluster.',
    cell: ({ spec }) => spec?.clusterIPs?.[0] || spec?.clusterIP || '<none>',
  },
  {
    name: 'External-IP',
    type: 'string',
    description: 'The addresses of the service from outside.',
    cell: externalAddress,
  },
  {
    name: 'Port(s)',
    type: 'string',
    description: 'The ports of the service, with their node ports.',
    cell: ports,
  },
  ageColumn,
  {
    name: 'Selector',
    type: 'string',
    priority: 1,
    description: 'The labels of the pods that the service sends traffic to.',
    cell: ({ spec }) => formatLabels(spec?.selector),
  },
]
