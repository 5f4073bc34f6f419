/**
 * casskop 370: on a scale-down the StatefulSet shrinks first; that it did is noted in the cluster, and only who has
 * noted it deletes the volume of the member that went. An operator that ends between the two finds a StatefulSet of the
 * right size, and the volume stays for ever.
 */

import {
  controller,
  enumeration,
  int,
  kind,
  object,
  PersistentVolumeClaim,
  StatefulSet,
} from '../../../controllers/framework/index.ts'
import { create, patch } from '../steps.ts'
import { knownBug } from './known-bug.ts'
import { claim, statefulSet } from './workloads.ts'

const Cassandra = kind({ group: 'casskop.example.com', name: 'CassandraCluster' }).version('v1', {
  spec: object({ nodes: int().min(0) }),
  status: object({ operation: enumeration('Finalizing', 'Done').optional() }),
})

const operator = (mended: boolean) =>
  controller(Cassandra)
    .owns(StatefulSet)
    .reads(PersistentVolumeClaim)
    .writes(PersistentVolumeClaim)
    .reconcile(async (cluster, { read, create, apply, patch, remove }) => {
      const { namespace = '', name = '' } = cluster.metadata
      const { nodes } = cluster.spec
      const claims = read(PersistentVolumeClaim)
      const note = (operation: string) =>
        patch(
          Cassandra,
          { namespace, name },
          { type: 'merge', body: { status: { operation } } },
          { subresource: 'status' },
        )
      const set = read(StatefulSet).get(namespace, name)
      const shrinks = set !== undefined && (set.spec?.replicas ?? 1) > nodes
      for (let node = 0; node < nodes; node++)
        if (!claims.get(namespace, `${name}-${node}`))
          await create(PersistentVolumeClaim, claim(`${name}-${node}`))
      await apply(StatefulSet, { metadata: { name }, spec: statefulSet(name, nodes).spec })
      if (!mended && shrinks) await note('Finalizing')
      if (!mended && cluster.status?.operation !== 'Finalizing') return undefined
      const volume = claims.get(namespace, `${name}-${nodes}`)
      if (volume)
        await remove(PersistentVolumeClaim, volume, {
          because: (now) => now !== undefined && now.spec.nodes <= nodes,
        })
      if (cluster.status?.operation === 'Finalizing') await note('Done')
      return undefined
    })

knownBug('casskop 370', {
  kinds: [Cassandra],
  scenario: [
    create(Cassandra, { metadata: { name: 'a' }, spec: { nodes: 2 } }),
    patch(Cassandra, 'a', { spec: { nodes: 1 } }),
  ],
  buggy: operator(false),
  mended: operator(true),
  found: { by: 'crash', oracle: 'end state' },
})
