/** Node: a machine that runs pods, as its agent describes it. */

import type { Node } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { proxySubresource } from '../common-subresources.ts'
import { defineResource } from '../resource.ts'
import { keep } from '../status-strategy.ts'
import { cidrWarnings } from './ip-warnings.ts'
import type { Warnings } from './node-label-warnings.ts'
import { defaultNode, validateNode, validateNodeUpdate } from './node-rules.ts'

const rolePrefix = 'node-role.kubernetes.io/'

function readiness({ spec, status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  const word = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'
  return spec?.unschedulable ? `${word},SchedulingDisabled` : word
}

function roles({ metadata }: Node): string {
  const found = new Set<string>()
  for (const [key, value] of Object.entries(metadata.labels ?? {}))
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length)
      found.add(key.slice(rolePrefix.length))
    else if (key === 'kubernetes.io/role' && value !== '') found.add(value)
  return [...found].sort().join(',') || '<none>'
}

const address = (type: string) => (node: Node) =>
  node.status?.addresses?.find((one) => one.type === type)?.address ?? '<none>'

function kernel({ status }: Node): string {
  const { kernelVersion = '', architecture = '' } = status?.nodeInfo ?? {}
  if (!kernelVersion) return '<unknown>'
  return architecture ? `${kernelVersion} (${architecture})` : kernelVersion
}

const validateUpdate = (node: Node, old: Node) => [
  ...validateNode(node, old),
  ...validateNodeUpdate(node, old),
]

function* warnings({ spec }: Node): Warnings {
  if (spec?.configSource) yield 'spec.configSource: the feature is removed'
  if (spec?.externalID)
    yield 'spec.externalID: this field is deprecated, and is unused by Kubernetes'
  for (const [index, range] of (spec?.podCIDRs ?? []).entries())
    yield* cidrWarnings(range, `spec.podCIDRs[${index}]`)
}

export const nodes = defineResource<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Node',
  strategy: {
    generation: false,
    default: defaultNode,
    prepareForUpdate(node, old) {
      keep(node, old, 'status')
    },
    prepareForStatusUpdate(node, old) {
      keep(node, old, 'spec')
    },
    validateCreate: (node) => [...validateNode(node)],
    validateUpdate,
    warnings,
    validateStatusUpdate: validateUpdate,
  },
  subresources: [
    proxySubresource('NodeProxyOptions'),
    { name: 'status', verbs: ['get', 'patch', 'update'] },
  ],
  fieldSelectors: { 'spec.unschedulable': ({ spec }) => String(spec?.unschedulable ?? false) },
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'Whether the node is ready, and whether pods may be placed on it.',
      cell: readiness,
    },
    {
      name: 'Roles',
      type: 'string',
      description: 'The roles that its labels give the node.',
      cell: roles,
    },
    ageColumn,
    {
      name: 'Version',
      type: 'string',
      description: 'The version of the node agent.',
      cell: ({ status }) => status?.nodeInfo?.kubeletVersion ?? '',
    },
    {
      name: 'Internal-IP',
      type: 'string',
      priority: 1,
      description: 'The address of the node inside the cluster.',
      cell: address('InternalIP'),
    },
    {
      name: 'External-IP',
      type: 'string',
      priority: 1,
      description: 'The address of the node from outside.',
      cell: address('ExternalIP'),
    },
    {
      name: 'OS-Image',
      type: 'string',
      priority: 1,
      description: 'The operating system, as the node reports it.',
      cell: ({ status }) => status?.nodeInfo?.osImage || '<unknown>',
    },
    {
      name: 'Kernel-Version',
      type: 'string',
      priority: 1,
      description: 'The kernel and the architecture, as the node reports them.',
      cell: kernel,
    },
    {
      name: 'Container-Runtime',
      type: 'string',
      priority: 1,
      description: 'The container runtime and its version.',
      cell: ({ status }) => status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
    },
  ],
})
