/**
 * zookeeper-operator 314: on a scale-down the volumes of the members that go are deleted. Started anew on a view in
 * which the cluster is still small, the operator deletes the volume of a member that has come back since.
 */

import {
  controller,
  int,
  kind,
  type ObjectOf,
  object,
  PersistentVolumeClaim,
} from '../../../controllers/framework/index.ts'
import { create, patch } from '../steps.ts'
import { knownBug } from './known-bug.ts'
import { claim } from './workloads.ts'

const Zookeeper = kind({ group: 'zookeeper.example.com', name: 'ZookeeperCluster' }).version('v1', {
  spec: object({ replicas: int().min(0) }),
})
type Zookeeper = ObjectOf<typeof Zookeeper>

const ordinalOf = (name = ''): number => Number(name.split('-').at(-1))

const operator = (because: (ordinal: number) => (now: Zookeeper | undefined) => boolean) =>
  controller(Zookeeper)
    .watches(PersistentVolumeClaim, ({ metadata: { namespace = '', labels } }) =>
      labels?.app === undefined ? [] : [{ namespace, name: labels.app }],
    )
    .writes(PersistentVolumeClaim)
    .reconcile(async ({ metadata: { namespace = '', name = '' }, spec }, context) => {
      const claims = context.read(PersistentVolumeClaim)
      const labels = { app: name }
      for (let member = 0; member < spec.replicas; member++)
        if (!claims.get(namespace, `data-${name}-${member}`))
          await context.create(PersistentVolumeClaim, claim(`data-${name}-${member}`, labels))
      for (const volume of claims.list({ namespace })) {
        const ordinal = ordinalOf(volume.metadata.name)
        if (volume.metadata.labels?.app !== name || ordinal < spec.replicas) continue
        await context.remove(PersistentVolumeClaim, volume, { because: because(ordinal) })
      }
      return undefined
    })

knownBug('zookeeper-operator 314', {
  kinds: [Zookeeper],
  scenario: [
    create(Zookeeper, { metadata: { name: 'a' }, spec: { replicas: 2 } }),
    patch(Zookeeper, 'a', { spec: { replicas: 1 } }),
    patch(Zookeeper, 'a', { spec: { replicas: 2 } }),
  ],
  buggy: operator(() => () => true),
  mended: operator((ordinal) => (now) => now !== undefined && ordinal >= now.spec.replicas),
  found: { by: 'stale', oracle: 'loss' },
})
