/**
 * zookeeper-operator 312: when a cluster is deleted, the volumes of its name are deleted with it. Started anew on a view
 * in which the cluster is being deleted, the operator deletes those of a new cluster of the same name. `remove` asks the
 * cluster as it is now whether it is still the same, so here that is taken away as well.
 */

import {
  type ContextOf,
  controller,
  kind,
  type ObjectOf,
  object,
  PersistentVolumeClaim,
} from '../../../controllers/framework/index.ts'
import { create, remove } from '../steps.ts'
import { knownBug } from './known-bug.ts'
import { claim } from './workloads.ts'

const Zookeeper = kind({ group: 'zookeeper.example.com', name: 'ZookeeperCluster' }).version('v1', {
  spec: object({}),
})
type Zookeeper = ObjectOf<typeof Zookeeper>
type Because = (now: Zookeeper | undefined) => boolean

const builder = controller(Zookeeper)
  .watches(PersistentVolumeClaim, ({ metadata: { namespace = '', labels } }) =>
    labels?.app === undefined ? [] : [{ namespace, name: labels.app }],
  )
  .writes(PersistentVolumeClaim)
type Context = ContextOf<typeof builder>

async function keepVolume({ metadata }: Zookeeper, { read, create }: Context): Promise<void> {
  const { namespace = '', name = '' } = metadata
  const volume = read(PersistentVolumeClaim).get(namespace, `data-${name}`)
  if (!volume) await create(PersistentVolumeClaim, claim(`data-${name}`, { app: name }))
}

async function deleteVolumes(
  { metadata }: Zookeeper,
  { read, remove }: Context,
  because: Because,
): Promise<void> {
  const { namespace = '', name = '' } = metadata
  for (const volume of read(PersistentVolumeClaim).list({ namespace }))
    if (volume.metadata.labels?.app === name && !volume.metadata.deletionTimestamp)
      await remove(PersistentVolumeClaim, volume, { because })
}

const finalizer = 'zookeeper.example.com/volumes'

/** As it was written: a finalizer by hand, and volumes found by name. */
const buggy = builder.whileDeleting().reconcile(async (cluster, context) => {
  const { namespace = '', name = '', finalizers = [], deletionTimestamp } = cluster.metadata
  const setFinalizers = (finalizers: string[]) =>
    context.patch(
      Zookeeper,
      { namespace, name },
      { type: 'merge', body: { metadata: { finalizers } } },
    )
  if (deletionTimestamp) {
    await deleteVolumes(cluster, context, () => true)
    if (finalizers.includes(finalizer)) await setFinalizers([])
    return undefined
  }
  if (!finalizers.includes(finalizer)) await setFinalizers([finalizer])
  await keepVolume(cluster, context)
  return undefined
})

const mended = builder
  .finalize(async (cluster, context) => {
    await deleteVolumes(cluster, context, (now) => now?.metadata.deletionTimestamp !== undefined)
    return undefined
  })
  .reconcile(async (cluster, context) => {
    await keepVolume(cluster, context)
    return undefined
  })

knownBug('zookeeper-operator 312', {
  kinds: [Zookeeper],
  scenario: [
    create(Zookeeper, { metadata: { name: 'a' }, spec: {} }),
    remove(Zookeeper, 'a'),
    create(Zookeeper, { metadata: { name: 'a' }, spec: {} }),
  ],
  buggy,
  mended,
  found: { by: 'stale', oracle: 'loss' },
  preventedBy: 'live-because',
})
