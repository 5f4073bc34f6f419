/**
 * rabbitmq cluster-operator 648: before a cluster goes, its StatefulSet is deleted, so that members do not wait for one
 * another. Started anew on a view in which the cluster is being deleted, the operator deletes the StatefulSet of a new
 * cluster of the same name. The mended one finds what it deletes by the uid of its owner.
 */

import {
  type ContextOf,
  controller,
  kind,
  type ObjectOf,
  object,
  StatefulSet,
} from '../../../controllers/framework/index.ts'
import { create, remove } from '../steps.ts'
import { knownBug } from './known-bug.ts'
import { statefulSet } from './workloads.ts'

const Rabbit = kind({ group: 'rabbitmq.example.com', name: 'RabbitmqCluster' }).version('v1', {
  spec: object({}),
})
type Rabbit = ObjectOf<typeof Rabbit>

const builder = controller(Rabbit).owns(StatefulSet)
type Context = ContextOf<typeof builder>

type Members = ObjectOf<typeof StatefulSet>

const operator = (membersOf: (cluster: Rabbit, context: Context) => Members[]) =>
  builder
    .finalize(async (cluster, context) => {
      for (const set of membersOf(cluster, context))
        await context.remove(StatefulSet, set, { because: () => true })
      return undefined
    })
    .reconcile(async ({ metadata: { name = '' } }, { apply }) => {
      const { metadata, spec } = statefulSet(`${name}-server`)
      await apply(StatefulSet, { metadata, spec })
      return undefined
    })

knownBug('rabbitmq cluster-operator 648', {
  kinds: [Rabbit],
  scenario: [
    create(Rabbit, { metadata: { name: 'a' }, spec: {} }),
    remove(Rabbit, 'a'),
    create(Rabbit, { metadata: { name: 'a' }, spec: {} }),
  ],
  buggy: operator(({ metadata: { namespace = '', name = '' } }, { read }) => {
    const set = read(StatefulSet).get(namespace, `${name}-server`)
    return set ? [set] : []
  }),
  mended: operator(({ metadata: { uid = '' } }, { read }) => read(StatefulSet).ownedBy(uid)),
  found: { by: 'stale', oracle: 'loss' },
  preventedBy: 'live-because',
})
