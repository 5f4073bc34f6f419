/**
 * containerd's own events, because its CRI plugin of version 1.6 has none: which container has just ended. Each is told
 * once CRI knows it too, since the plugin hears of it at the same moment as we do. Misses whatever happens while the
 * stream is down; whoever listens must also list now and then.
 */

import { join } from 'node:path'
import { loadSync } from '@grpc/proto-loader'
import { Observable } from 'rxjs/internal/Observable'
import { type Cancel, type Clock, sleep } from '../../../ports/clock.ts'
import type { RuntimeEvent } from '../runtime.ts'
import { grpcService, type Message, protoOptions } from './grpc-client.ts'

const proto = join(import.meta.dirname, 'events.proto')
const reconnectMilliseconds = 500
const connectMilliseconds = 10_000
/** Beyond it an end may be told before its reason is. */
const mostOutOfMemory = 1000
/** How long to wait, each time, for CRI to have noticed the end: it cleans up first, on a busy machine for seconds. */
const settleMilliseconds = [0, 10, 20, 40, 80, 160, 320, 640, 1000, 2000, 4000]

export interface TaskEventsOptions {
  endpoint: string
  clock: Clock
  /**
   * Whether CRI says by now that this container or sandbox has ended, and that it was for its memory where that is
   * known: CRI hears of the two separately, in any order. Must not reject.
   */
  hasEnded(id: string, forMemory: boolean): Promise<boolean>
}

type Decode = (bytes: Buffer) => Message

function taskEventDecoder(): Decode {
  const type = loadSync(proto, protoOptions)['containerd.services.events.v1.TaskEvent']
  if (!type || !('deserialize' in type)) throw new Error(`${proto} has no TaskEvent`)
  return type.deserialize as unknown as Decode
}

/** Reconnects until unsubscribed. After every connection it emits one event without an id: anything may have happened. */
export function taskEvents(options: TaskEventsOptions): Observable<RuntimeEvent> {
  return new Observable((subscriber) => {
    const service = grpcService({
      endpoint: options.endpoint,
      proto,
      service: 'containerd.services.events.v1.Events',
      metadata: { 'containerd-namespace': 'k8s.io' },
      clock: options.clock,
    })
    const decode = taskEventDecoder()
    const closed = new AbortController()
    /** Where the kernel has killed something for its memory; kept until the container ends. */
    const outOfMemory = new Set<string>()
    let cancelRetry: Cancel = () => {}

    async function announce(id: string) {
      for (const wait of settleMilliseconds) {
        if (wait > 0) await sleep(options.clock, wait, closed.signal)
        if (await options.hasEnded(id, outOfMemory.has(id))) break
      }
      subscriber.next({ containerId: id })
    }

    function onEnvelope(message: Message) {
      const event = message.event as { value: Buffer } | null
      if (!event) return
      const { container_id: container, id } = decode(event.value)
      if (typeof container !== 'string' || (id !== '' && id !== container)) return
      const oom = message.topic === '/tasks/oom'
      if (oom && outOfMemory.size < mostOutOfMemory) outOfMemory.add(container)
      announce(container)
        .catch((error) => {
          if (!closed.signal.aborted) subscriber.error(error)
        })
        .finally(() => {
          if (!oom) outOfMemory.delete(container)
        })
    }

    const again = () => {
      if (!closed.signal.aborted)
        cancelRetry = options.clock.after(reconnectMilliseconds, () => connect())
    }

    function connect() {
      service.connected(connectMilliseconds).then(subscribe, again)
    }

    function subscribe() {
      if (closed.signal.aborted) return
      const stream = service.stream('Subscribe', {
        filters: ['topic=="/tasks/exit"', 'topic=="/tasks/oom"'],
      })
      const cancel = () => stream.cancel()
      closed.signal.addEventListener('abort', cancel, { once: true })
      stream.on('data', onEnvelope)
      stream.on('end', () => {})
      stream.on('error', () => {})
      stream.on('close', () => {
        closed.signal.removeEventListener('abort', cancel)
        again()
      })
      // Whatever happened while nobody listened.
      subscriber.next({ containerId: '' })
    }

    connect()
    return () => {
      closed.abort()
      cancelRetry()
      service.close()
    }
  })
}
