/** Subresources that many kinds have in the same form. */

import type { LabelSelector } from '../../api/types.ts'
import { selectorText } from './common-columns.ts'
import type { Resource, Subresource, Verb } from './resource.ts'

const readAndWrite: Verb[] = ['get', 'patch', 'update']

export const statusSubresource: Subresource = { name: 'status', verbs: readAndWrite }

/** Of kinds whose metadata is not a status writer's to change. */
export const bareStatusSubresource: Subresource = {
  ...statusSubresource,
  resets: ['metadata', 'spec'],
}

export const scaleSubresource: Subresource = {
  name: 'scale',
  verbs: readAndWrite,
  kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
}

/** HTTP to whatever the object stands for. @param kind of its options: `PodProxyOptions` */
export const proxySubresource = (kind: string): Subresource => ({
  name: 'proxy',
  verbs: ['create', 'delete', 'get', 'patch', 'update'],
  kind: { group: '', version: 'v1', kind },
})

interface Scaled<Selector> {
  spec?: { replicas?: number; selector?: Selector }
  status?: { replicas?: number }
}

/** `/scale` of a kind that says in `spec.replicas` how many it wants and in `status.replicas` how many there are. */
export function replicaScale<Selector = LabelSelector>(
  text: (selector: Selector | undefined) => string = (selector) =>
    selectorText(selector as LabelSelector | undefined),
): NonNullable<Resource<Scaled<Selector>>['scale']> {
  return {
    read: ({ spec, status }) => ({
      replicas: spec?.replicas ?? 0,
      statusReplicas: status?.replicas ?? 0,
      selector: text(spec?.selector),
    }),
    write(object, replicas) {
      if (object.spec) object.spec.replicas = replicas
    },
  }
}
