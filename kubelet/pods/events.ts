/**
 * Events about pods and the node, as people read them in `kubectl describe`. Recording never fails and never waits: the
 * same event is counted instead of repeated, an object that causes too many is muted for a while, and what cannot be
 * sent is dropped.
 */

import type { Event, Node, Pod } from '../../api/types.ts'
import { type Cluster, Event as EventKind } from '../../controllers/framework/index.ts'
import { type Clock, time } from '../../ports/clock.ts'
import { Limiter } from './limiter.ts'

export interface EventText {
  type: 'Normal' | 'Warning'
  reason: string
  message: string
  /** The container it is about. */
  container?: { name: string; init: boolean }
}

export interface EventRecorder {
  record(about: Pod | Node, event: EventText): void
}

export interface EventRecorderOptions {
  cluster: Cluster
  clock: Clock
  nodeName: string
  onError(error: unknown): void
}

const mostRemembered = 4096
const mostWaiting = 1000
/** An object may cause so many different events at once, and one more every `refill`. */
const burst = 25
const refill = 5 * 60_000

interface Remembered {
  name: string
  namespace: string
  count: number
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > mostRemembered && oldest !== undefined) map.delete(oldest)
}

export function eventRecorder(options: EventRecorderOptions): EventRecorder {
  const { cluster, clock, nodeName } = options
  const seen = new Map<string, Remembered>()
  const tokens = new Map<string, { left: number; at: number }>()
  const limiter = new Limiter(4)
  let waiting = 0
  let sequence = 0

  function muted(uid: string): boolean {
    const now = clock.monotonic()
    const before = tokens.get(uid) ?? { left: burst, at: now }
    const left = Math.min(burst, before.left + (now - before.at) / refill)
    remember(tokens, uid, { left: Math.max(0, left - 1), at: now })
    return left < 1
  }

  const reference = (about: Pod | Node, container: EventText['container']) => ({
    apiVersion: 'v1',
    kind: about.metadata.namespace === undefined ? 'Node' : 'Pod',
    name: about.metadata.name,
    ...(about.metadata.namespace === undefined ? {} : { namespace: about.metadata.namespace }),
    uid: about.metadata.uid,
    ...(about.metadata.resourceVersion ? { resourceVersion: about.metadata.resourceVersion } : {}),
    ...(container
      ? { fieldPath: `spec.${container.init ? 'initContainers' : 'containers'}{${container.name}}` }
      : {}),
  })

  async function send(about: Pod | Node, text: EventText): Promise<void> {
    const now = time(clock.now())
    const key = JSON.stringify([
      about.metadata.uid,
      text.container?.name,
      text.reason,
      text.message,
    ])
    const known = seen.get(key)
    if (known) {
      const count = known.count + 1
      remember(seen, key, { ...known, count })
      const ref = { namespace: known.namespace, name: known.name }
      const body = { count, lastTimestamp: now }
      await cluster.patch(EventKind, ref, { type: 'merge', body })
      return
    }
    const namespace = about.metadata.namespace ?? 'default'
    const suffix = (
      BigInt(Math.round(clock.now() * 1e3)) * 1000n +
      BigInt(sequence++ % 1000)
    ).toString(16)
    const name = `${about.metadata.name}.${suffix}`
    remember(seen, key, { name, namespace, count: 1 })
    const event: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: reference(about, text.container),
      type: text.type,
      reason: text.reason,
      message: text.message.slice(0, 1024),
      source: { component: 'kubelet', host: nodeName },
      reportingComponent: 'kubelet',
      reportingInstance: nodeName,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    }
    try {
      await cluster.create(EventKind, event)
    } catch (error) {
      seen.delete(key)
      throw error
    }
  }

  return {
    record(about, text) {
      if (waiting >= mostWaiting || muted(about.metadata.uid ?? '')) return
      waiting++
      limiter
        .run(() => send(about, text))
        .catch(options.onError)
        .finally(() => waiting--)
    },
  }
}
