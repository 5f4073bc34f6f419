/**
 * cass-operator K8SSAND-559: a datacenter that is being deleted takes the volumes that bear its name with it, also those
 * of its successor. The mended operator gives volumes an owner and finds them by its uid.
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

const DataCenter = kind({ group: 'cassandra.example.com', name: 'CassandraDatacenter' }).version(
  'v1',
  { spec: object({}) },
)
type DataCenter = ObjectOf<typeof DataCenter>

const builder = controller(DataCenter).owns(PersistentVolumeClaim)
type Context = ContextOf<typeof builder>

const byName = ({ metadata: { namespace = '', name = '' } }: DataCenter, { read }: Context) =>
  read(PersistentVolumeClaim)
    .list({ namespace })
    .filter(({ metadata }) => metadata.labels?.datacenter === name)
const byOwner = ({ metadata: { uid = '' } }: DataCenter, { read }: Context) =>
  read(PersistentVolumeClaim).ownedBy(uid)

const operator = (volumesOf: typeof byName) =>
  builder
    .finalize(async (datacenter, context) => {
      for (const volume of volumesOf(datacenter, context))
        await context.remove(PersistentVolumeClaim, volume, { because: () => true })
      return undefined
    })
    .reconcile(async ({ metadata: { name = '' } }, { apply }) => {
      const { metadata, spec } = claim(`server-data-${name}`, { datacenter: name })
      await apply(PersistentVolumeClaim, { metadata, spec })
      return undefined
    })

knownBug('cass-operator K8SSAND-559', {
  kinds: [DataCenter],
  scenario: [
    create(DataCenter, { metadata: { name: 'a' }, spec: {} }),
    remove(DataCenter, 'a'),
    create(DataCenter, { metadata: { name: 'a' }, spec: {} }),
  ],
  buggy: operator(byName),
  mended: operator(byOwner),
  found: { by: 'stale', oracle: 'loss' },
  preventedBy: 'live-because',
})
