/**
 * percona-xtradb-cluster-operator K8SPXC-716: a finalizer of the cluster deletes the volumes that bear its labels, which
 * a new cluster of the same name has given to its own. The mended operator labels them with the uid as well.
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

const Xtradb = kind({ group: 'pxc.example.com', name: 'XtraDBCluster' }).version('v1', {
  spec: object({}),
})
type Xtradb = ObjectOf<typeof Xtradb>

const builder = controller(Xtradb)
  .watches(PersistentVolumeClaim, ({ metadata: { namespace = '', labels } }) =>
    labels?.instance === undefined ? [] : [{ namespace, name: labels.instance }],
  )
  .writes(PersistentVolumeClaim)
type Labels = (cluster: Xtradb) => Record<string, string>
type Context = ContextOf<typeof builder>

function volumesOf(cluster: Xtradb, { read }: Context, labels: Labels) {
  const wanted = Object.entries(labels(cluster))
  const all = read(PersistentVolumeClaim).list({ namespace: cluster.metadata.namespace ?? '' })
  return all.filter(({ metadata }) =>
    wanted.every(([label, value]) => metadata.labels?.[label] === value),
  )
}

const operator = (labels: Labels) =>
  builder
    .finalize(async (cluster, context) => {
      for (const volume of volumesOf(cluster, context, labels))
        await context.remove(PersistentVolumeClaim, volume, { because: () => true })
      return undefined
    })
    .reconcile(async (cluster, context) => {
      const name = `datadir-${cluster.metadata.name}-pxc-0`
      const { namespace = '' } = cluster.metadata
      if (!context.read(PersistentVolumeClaim).get(namespace, name))
        await context.create(PersistentVolumeClaim, claim(name, labels(cluster)))
      return undefined
    })

const byName: Labels = ({ metadata: { name = '' } }) => ({ instance: name })

knownBug('percona-xtradb-cluster-operator K8SPXC-716', {
  kinds: [Xtradb],
  scenario: [
    create(Xtradb, { metadata: { name: 'a' }, spec: {} }),
    remove(Xtradb, 'a'),
    create(Xtradb, { metadata: { name: 'a' }, spec: {} }),
  ],
  buggy: operator(byName),
  mended: operator((cluster) => ({ ...byName(cluster), uid: cluster.metadata.uid ?? '' })),
  found: { by: 'stale', oracle: 'loss' },
  preventedBy: 'live-because',
})
