/**
 * Removes pods that nobody else will: those of a node that is gone, those that were deleted before they had a node, and
 * the oldest of too many finished ones.
 */

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

export interface PodGcOptions {
  /** Finished pods that may be kept (12,500). */
  terminatedPodThreshold?: number
  /** Milliseconds a node must be missing before its pods go (40,000). */
  quarantine?: number
}

type PodContext = Context<PodObject | NodeObject, PodObject, PodObject>

const isFinished = ({ status }: PodObject): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed'

export function podGcController(options: PodGcOptions = {}): Controller {
  const { terminatedPodThreshold = 12_500, quarantine = 40_000 } = options
  /** Since when a node has been missing, monotonic. */
  const missing = new Map<string, number>()

  async function reconcile(pod: PodObject, context: PodContext): Promise<Result> {
    if (isFinished(pod)) await removeOldest(context, terminatedPodThreshold)
    const { nodeName } = pod.spec ?? {}
    if (!nodeName) {
      if (pod.metadata.deletionTimestamp) await removeNow(pod, context)
      return undefined
    }
    if (context.read(Node).get('', nodeName)) {
      missing.delete(nodeName)
      return undefined
    }
    const now = context.clock.monotonic()
    const since = missing.get(nodeName) ?? now
    missing.set(nodeName, since)
    if (now - since < quarantine) return { requeueAfter: quarantine - (now - since) }
    // It may go before it is ever seen, and nobody would tell of that.
    if (await context.live(Node, { name: nodeName })) return { requeueAfter: quarantine }
    const account = {
      for: objectVersion(Node, { metadata: { name: nodeName } }),
      because: [],
    }
    await onAccountOf(account, () => removeOrphan(pod, context))
    return undefined
  }

  return controller(Pod)
    .named('pod-garbage-collector')
    .watches(Node, ({ metadata: { name } }, read) =>
      read(Node).get('', name ?? '')
        ? []
        : read(Pod)
            .list()
            .filter(({ spec }) => spec?.nodeName === name)
            .map(({ metadata }) => ({
              namespace: metadata.namespace ?? '',
              name: metadata.name ?? '',
            })),
    )
    .whileDeleting()
    .concurrency(8)
    .reconcile(reconcile)
}

async function removeNow(pod: PodObject, { remove }: PodContext): Promise<void> {
  const { uid } = pod.metadata
  await remove(Pod, pod, { because: (live) => live?.metadata.uid === uid, gracePeriodSeconds: 0 })
}

/** It counts as failed before it goes: nobody is left to say how it ended. */
async function removeOrphan(pod: PodObject, context: PodContext): Promise<void> {
  const { namespace = '', name = '', uid } = pod.metadata
  if (!isFinished(pod)) {
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByPodGC',
      message: 'PodGC: node no longer exists',
      lastTransitionTime: time(context.clock.now()),
    }
    const body = { metadata: { uid }, status: { phase: 'Failed', conditions: [condition] } }
    try {
      const options = { subresource: 'status' }
      await context.patch(Pod, { namespace, name }, { type: 'strategic', body }, options)
    } catch (error) {
      if (isNotFound(error)) return
      throw error
    }
  }
  await removeNow(pod, context)
}

async function removeOldest(context: PodContext, threshold: number): Promise<void> {
  const finished = context.read(Pod).list().filter(isFinished)
  const excess = finished.length - threshold
  if (excess <= 0) return
  const age = ({ metadata }: PodObject) => metadata.creationTimestamp ?? ''
  finished.sort((a, b) => (age(a) < age(b) ? -1 : 1))
  for (const pod of finished.slice(0, excess))
    if (!pod.metadata.deletionTimestamp) await removeNowAny(pod, context)
}

/** Not the pod this run is about: the reason is its being finished, which cannot be undone. */
async function removeNowAny(pod: PodObject, { remove }: PodContext): Promise<void> {
  await remove(Pod, pod, { because: () => true, gracePeriodSeconds: 0 })
}
