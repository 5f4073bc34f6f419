/**
 * Notices nodes that have fallen silent: their conditions become Unknown, they are tainted, and their pods count as not
 * ready. It moves no pods; that is what the taints are for.
 */

import { isPodReady } from '../../api/pod-status.ts'
import type { Node as NodeObject } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import {
  type ContextOf,
  type Controller,
  controller,
  isNotFound,
  Lease,
  Node,
  objectVersion,
  onAccountOf,
  Pod,
  type Result,
} from '../framework/index.ts'
import { conditionOf, type HealthOptions, NodeSigns, silentConditions } from './health.ts'
import { sameTaints, wantedTaints } from './taints.ts'

const leaseNamespace = 'kube-node-lease'
/** Milliseconds until a node from which no pod may be made to leave is looked at again. */
const patience = 5_000
/** Milliseconds until pods of a node are marked again: somebody there may be alive, and say the contrary each time. */
const markEvery = 5_000

const isReady = (node: NodeObject): boolean => conditionOf(node, 'Ready')?.status === 'True'

const lifecycle = controller(Node)
  .named('node-lifecycle')
  .watches(Lease, ({ metadata: { name = '' } }) => [{ namespace: '', name }], {
    namespace: leaseNamespace,
  })
  .watches(Pod, (pod, read) => {
    const { nodeName = '' } = pod.spec ?? {}
    const node = read(Node).get('', nodeName)
    return node && !isReady(node) && isPodReady(pod) ? [{ namespace: '', name: nodeName }] : []
  })
  .writes(Pod)
  .concurrency(8)

type NodeContext = ContextOf<typeof lifecycle>

export function nodeLifecycleController(options: HealthOptions = {}): Controller {
  const signs = new NodeSigns(options)
  const marked = new Map<string, number>()
  return lifecycle.reconcileKey(async (node, context) => {
    if (!node) {
      signs.forget(context.key.name)
      marked.delete(context.key.name)
      return undefined
    }
    return reconcile(node, { signs, marked }, context)
  })
}

interface Memory {
  signs: NodeSigns
  /** When pods of a node were marked last, by its name. */
  marked: Map<string, number>
}

async function reconcile(
  node: NodeObject,
  { signs, marked }: Memory,
  context: NodeContext,
): Promise<Result> {
  const { read, clock } = context
  const lease = read(Lease).get(leaseNamespace, node.metadata.name ?? '')
  const left = signs.believed(node, lease, clock.monotonic())
  const act = () => judge(node, left, marked, context)
  if (left > 0 || !lease) return act()
  // What a silent node has brought about it has by its last sign of life.
  return onAccountOf({ for: objectVersion(Lease, lease), because: [] }, act)
}

/** @param left milliseconds for which the node may still be believed */
async function judge(
  node: NodeObject,
  left: number,
  marked: Map<string, number>,
  context: NodeContext,
): Promise<Result> {
  const believed = left > 0
  const current = believed ? node : await silence(node, context)
  const anyReady = context.read(Node).list().some(isReady)
  await taint(current, anyReady, context)
  const pause = isReady(current) ? Infinity : await markPods(current, marked, context)
  const again = Math.min(pause, believed ? left : Infinity, anyReady ? Infinity : patience)
  return again === Infinity ? undefined : { requeueAfter: again }
}

async function silence(node: NodeObject, { update, event, clock }: NodeContext) {
  const conditions = silentConditions(node, time(clock.now()))
  const was = conditionOf(node, 'Ready')?.status
  if (was === 'Unknown') return node
  const message = `Node ${node.metadata.name} status is now: NodeNotReady`
  event(node, { type: 'Normal', reason: 'NodeNotReady', message })
  const silent = { ...node, status: { ...node.status, conditions } }
  return update(Node, silent, { subresource: 'status' })
}

async function taint(
  node: NodeObject,
  anyReady: boolean,
  { patch, clock }: NodeContext,
): Promise<void> {
  const taints = wantedTaints(node, anyReady, time(clock.now()))
  if (sameTaints(taints, node.spec?.taints ?? [])) return
  const { name = '', resourceVersion } = node.metadata
  const body = {
    metadata: { resourceVersion },
    spec: { taints: taints.length > 0 ? taints : null },
  }
  await patch(Node, { name }, { type: 'merge', body })
}

/**
 * Nobody on that node will say it, and Services must stop sending there.
 * @returns milliseconds until there is more to do, `Infinity` where there is not
 */
async function markPods(
  node: NodeObject,
  marked: Map<string, number>,
  { key, read, patch, clock }: NodeContext,
): Promise<number> {
  const pods = read(Pod)
    .list()
    .filter((pod) => pod.spec?.nodeName === node.metadata.name && isPodReady(pod))
  if (pods.length === 0) return Infinity
  const pause = (marked.get(key.name) ?? -markEvery) + markEvery - clock.monotonic()
  if (pause > 0) return pause
  marked.set(key.name, clock.monotonic())
  const now = time(clock.now())
  for (const pod of pods) {
    const { namespace = '', name = '', uid } = pod.metadata
    const condition = { type: 'Ready', status: 'False', lastTransitionTime: now }
    const body = { metadata: { uid }, status: { conditions: [condition] } }
    try {
      const options = { subresource: 'status' }
      await patch(Pod, { namespace, name }, { type: 'strategic', body }, options)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
  return Infinity
}
