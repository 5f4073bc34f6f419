/**
 * instaclustr cassandra-operator 398: the volume of a member is deleted when its pod is seen being deleted. Where the
 * pod is gone before anybody has looked, nobody ever deletes the volume. The pod's end is played by a person here, who
 * takes away what has held it back.
 */

import {
  controller,
  kind,
  object,
  PersistentVolumeClaim,
  Pod,
} from '../../../controllers/framework/index.ts'
import { create, patch, remove } from '../steps.ts'
import { knownBug } from './known-bug.ts'
import { claim, pod } from './workloads.ts'

const DataCenter = kind({ group: 'cassandra.example.com', name: 'CassandraDataCenter' }).version(
  'v1',
  { spec: object({}) },
)

const draining = 'cassandra.example.com/draining'
const member = (name: string) => {
  const { metadata, spec } = pod(name, { datacenter: 'a' })
  return { metadata: { ...metadata, finalizers: [draining] }, spec }
}

const operator = (mended: boolean) =>
  controller(DataCenter)
    .watches(Pod, ({ metadata: { namespace = '', labels } }) =>
      labels?.datacenter === undefined ? [] : [{ namespace, name: labels.datacenter }],
    )
    .watches(PersistentVolumeClaim, ({ metadata: { namespace = '', labels } }) =>
      labels?.datacenter === undefined ? [] : [{ namespace, name: labels.datacenter }],
    )
    .writes(PersistentVolumeClaim)
    .reconcile(async ({ metadata: { namespace = '' } }, { read, remove }) => {
      for (const volume of read(PersistentVolumeClaim).list({ namespace })) {
        const user = read(Pod).get(namespace, volume.metadata.name ?? '')
        const unused = mended
          ? user === undefined || user.metadata.deletionTimestamp !== undefined
          : user?.metadata.deletionTimestamp !== undefined
        if (unused && !volume.metadata.deletionTimestamp)
          await remove(PersistentVolumeClaim, volume, { because: (now) => now !== undefined })
      }
      return undefined
    })

const claimOf = (name: string) => create(PersistentVolumeClaim, claim(name, { datacenter: 'a' }))

knownBug('instaclustr cassandra-operator 398', {
  kinds: [DataCenter],
  scenario: [
    create(Pod, member('ca-0')),
    claimOf('ca-0'),
    create(DataCenter, { metadata: { name: 'a' }, spec: {} }),
    remove(Pod, 'ca-0'),
    patch(Pod, 'ca-0', { metadata: { finalizers: null } }),
  ],
  buggy: operator(false),
  mended: operator(true),
  found: { by: 'unobserved', oracle: 'end state' },
})
