/** A pod learns where its node stands as it is bound: zone and region become labels of its own. */

import type { Node } from '../../api/types.ts'
import type { Lister } from '../registry/lister.ts'
import type { AdmissionPlugin } from './admission.ts'

const copied = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region']

export const podTopologyLabels = (lister: Lister): AdmissionPlugin => ({
  name: 'PodTopologyLabels',
  mutate({ kind, object, operation }) {
    if (operation !== 'CREATE' || !object || kind.kind !== 'Binding' || kind.group !== '') return
    const { target } = object as { target?: { kind?: string; name?: string } }
    if (!target?.name || (target.kind !== undefined && target.kind !== 'Node')) return
    const { labels = {} } = lister.get<Node>('nodes', '', target.name)?.metadata ?? {}
    for (const key of copied) {
      const value = labels[key]
      if (value !== undefined) object.metadata.labels = { ...object.metadata.labels, [key]: value }
    }
  },
})
