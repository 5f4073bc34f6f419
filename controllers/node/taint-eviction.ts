/** Makes pods leave nodes whose `NoExecute` taints they do not bear, or bear no longer. */

import type { Node as NodeObject, Pod as PodObject } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import {
  type Context,
  type Controller,
  controller,
  isNotFound,
  Node,
  objectVersion,
  onAccountOf,
  Pod,
  type Result,
} from '../framework/index.ts'
import { TaintSightings } from './taint-sightings.ts'
import { evictionTime, noExecuteTaints } from './taints.ts'

export function taintEvictionController(): Controller {
  const sightings = new TaintSightings()
  return controller(Pod)
    .named('taint-eviction')
    .watches(Node, (node, read) =>
      noExecuteTaints(node).length === 0
        ? []
        : read(Pod)
            .list()
            .filter(({ spec }) => spec?.nodeName === node.metadata.name)
            .map(({ metadata: { namespace = '', name = '' } }) => ({ namespace, name })),
    )
    .concurrency(8)
    .reconcile((pod, context) => reconcile(pod, sightings, context))
}

async function reconcile(
  pod: PodObject,
  sightings: TaintSightings,
  context: Context<PodObject | NodeObject, PodObject, PodObject>,
): Promise<Result> {
  const { read, live, clock } = context
  const { nodeName, tolerations = [] } = pod.spec ?? {}
  if (!nodeName) return undefined
  const leaveAt = (node: NodeObject | undefined) =>
    node
      ? evictionTime(tolerations, sightings.timed(node, clock.now()), clock.now())
      : Number.POSITIVE_INFINITY
  const at = leaveAt(read(Node).get('', nodeName))
  if (at === Number.POSITIVE_INFINITY) return undefined
  if (at > clock.now()) return { requeueAfter: at - clock.now() }
  // The taint may have gone since it was last heard of.
  const node = await live(Node, { name: nodeName })
  if (!node || leaveAt(node) > clock.now()) return undefined
  const tainted = { ...objectVersion(Node, node), resourceVersion: sightings.versionOf(node) }
  const account = { for: tainted, because: [] }
  await onAccountOf(account, () => evict(pod, context))
  return undefined
}

async function evict(
  pod: PodObject,
  { remove, patch, event, clock }: Context<PodObject | NodeObject, PodObject, PodObject>,
): Promise<void> {
  const { namespace = '', name = '', uid } = pod.metadata
  const message = `Marking for deletion Pod ${namespace}/${name}`
  event(pod, { type: 'Normal', reason: 'TaintManagerEviction', message })
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
    lastTransitionTime: time(clock.now()),
  }
  const body = { metadata: { uid }, status: { conditions: [condition] } }
  try {
    await patch(Pod, { namespace, name }, { type: 'strategic', body }, { subresource: 'status' })
  } catch (error) {
    if (isNotFound(error)) return
    throw error
  }
  await remove(Pod, pod, { because: (live) => live?.metadata.uid === uid })
}
