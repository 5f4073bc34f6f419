/**
 * nifikop 49: a new configuration is written to a ConfigMap, then noted as out of sync in the status, and a pod that
 * is noted so is started anew. An operator that ends between the first two finds the ConfigMap as it should be and never
 * notes anything: the pod runs with the old configuration for ever.
 */

import {
  ConfigMap,
  controller,
  kind,
  object,
  Pod,
  string,
} from '../../../controllers/framework/index.ts'
import { create, patch } from '../steps.ts'
import { knownBug } from './known-bug.ts'
import { pod } from './workloads.ts'

const Nifi = kind({ group: 'nifi.example.com', name: 'NifiCluster' }).version('v1', {
  spec: object({ properties: string() }),
  status: object({ config: string().optional() }),
})

/** What a pod was started with; written as the pod is made. */
const startedWith = 'nifi.example.com/properties'

const operator = (mended: boolean) =>
  controller(Nifi)
    .owns(ConfigMap)
    .watches(Pod, ({ metadata: { namespace = '', name = '' } }) => [{ namespace, name }])
    .writes(Pod)
    .reconcile(async (cluster, { read, create, apply, patch, remove }) => {
      const { namespace = '', name = '' } = cluster.metadata
      const { properties } = cluster.spec
      const note = (config: string) =>
        patch(
          Nifi,
          { namespace, name },
          { type: 'merge', body: { status: { config } } },
          { subresource: 'status' },
        )
      const config = read(ConfigMap).get(namespace, name)
      const node = read(Pod).get(namespace, name)
      if (config?.data?.properties !== properties) {
        await apply(ConfigMap, { metadata: { name }, data: { properties } })
        if (config) await note('ConfigOutOfSync')
        return { requeueAfter: 1_000 }
      }
      const outOfSync = mended
        ? node !== undefined && node.metadata.annotations?.[startedWith] !== properties
        : cluster.status?.config === 'ConfigOutOfSync'
      if (node && outOfSync) {
        await remove(Pod, node, { because: (now) => now?.spec.properties === properties })
        return undefined
      }
      if (!node) await create(Pod, pod(name, {}, { [startedWith]: properties }))
      if (cluster.status?.config !== 'ConfigInSync') await note('ConfigInSync')
      return undefined
    })

knownBug('nifikop 49', {
  kinds: [Nifi],
  scenario: [
    create(Nifi, { metadata: { name: 'a' }, spec: { properties: 'banner=old' } }),
    patch(Nifi, 'a', { spec: { properties: 'banner=new' } }),
  ],
  buggy: operator(false),
  mended: operator(true),
  found: { by: 'crash', oracle: 'end state' },
})
