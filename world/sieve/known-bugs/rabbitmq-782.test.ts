/**
 * rabbitmq cluster-operator 782: a volume grows in three steps: the StatefulSet is deleted, the volume is enlarged, the
 * StatefulSet is made again. Whether there is anything to do is read from the StatefulSet; an operator that ends after
 * the first step finds none, makes one of the new size and never looks at the volume again. The mended one looks at the volume itself, and never
 * makes it smaller, which an old view would ask for.
 */

import {
  controller,
  int,
  kind,
  object,
  PersistentVolumeClaim,
  StatefulSet,
} from '../../../controllers/framework/index.ts'
import { create, patch } from '../steps.ts'
import { knownBug } from './known-bug.ts'
import { claim, statefulSet } from './workloads.ts'

const Rabbit = kind({ group: 'rabbitmq.example.com', name: 'RabbitmqCluster' }).version('v1', {
  spec: object({ gigabytes: int() }),
})

/** Noted on the StatefulSet and on the volume. */
const sizeOf = (object: { metadata: { annotations?: Record<string, string> } } | undefined) =>
  Number(object?.metadata.annotations?.gigabytes ?? 0)

const operator = (mended: boolean) =>
  controller(Rabbit)
    .watches(StatefulSet, ({ metadata: { namespace = '', name = '' } }) => [{ namespace, name }])
    .reads(PersistentVolumeClaim)
    .writes(StatefulSet)
    .writes(PersistentVolumeClaim)
    .reconcile(async ({ metadata, spec }, { read, create, update, remove }) => {
      const { namespace = '', name = '' } = metadata
      const set = read(StatefulSet).get(namespace, name)
      const volume = read(PersistentVolumeClaim).get(namespace, name)
      if (!volume) await create(PersistentVolumeClaim, claim(name))
      const wanted = mended ? Math.max(spec.gigabytes, sizeOf(volume)) : spec.gigabytes
      const outgrown = set !== undefined && sizeOf(set) !== wanted
      if (outgrown)
        await remove(StatefulSet, set, {
          because: (now) => now !== undefined && now.spec.gigabytes >= wanted,
        })
      const annotations = { gigabytes: String(wanted) }
      if (volume && (mended ? sizeOf(volume) < wanted : outgrown))
        await update(PersistentVolumeClaim, {
          ...volume,
          metadata: { ...volume.metadata, annotations },
        })
      if (!set || outgrown) {
        const made = statefulSet(name)
        await create(StatefulSet, { ...made, metadata: { ...made.metadata, annotations } })
      }
      return undefined
    })

knownBug('rabbitmq cluster-operator 782', {
  kinds: [Rabbit],
  scenario: [
    create(Rabbit, { metadata: { name: 'a' }, spec: { gigabytes: 10 } }),
    patch(Rabbit, 'a', { spec: { gigabytes: 15 } }),
  ],
  buggy: operator(false),
  mended: operator(true),
  found: { by: 'crash', oracle: 'end state' },
  except: ['rollback'],
})
