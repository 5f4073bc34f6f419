/**
 * Server-sent events to one reader. What is sent is whole states: while the reader is slow nothing is written, and when it
 * has caught up it is asked what there is now. So nothing piles up here, however slow it is.
 */

import type { ServerResponse } from 'node:http'
import type { Cancel, Clock } from '../../ports/clock.ts'

/** A line that says nothing, so that both ends notice a dead connection. */
const heartbeatMs = 10_000

export interface EventStream {
  /** Whether the reader has taken all that was sent. */
  readonly ready: boolean
  send(type: string, data: object, id?: number): void
  close(): void
}

export interface StreamEnds {
  /** The reader has caught up. */
  drained(): void
  closed(): void
}

/** @param head headers of the answer */
export function openEventStream(
  response: ServerResponse,
  clock: Clock,
  head: Readonly<Record<string, string>>,
  { drained, closed }: StreamEnds,
): EventStream {
  let full = false
  let cancel: Cancel = () => undefined
  response.writeHead(200, {
    ...head,
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  })
  response.flushHeaders()
  const write = (text: string) => {
    full = !response.write(text) || full
  }
  const beat = () => {
    cancel = clock.after(heartbeatMs, () => {
      if (!full) write(': here\n\n')
      beat()
    })
  }
  const ended = () => {
    cancel()
    closed()
  }
  beat()
  response.on('drain', () => {
    full = false
    drained()
  })
  // It may have gone before anybody listened.
  if (response.closed) queueMicrotask(ended)
  else response.once('close', ended)
  return {
    get ready() {
      return !full
    },
    send(type, data, id) {
      const number = id === undefined ? '' : `id: ${id}\n`
      write(`${number}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
    },
    close: () => response.end(),
  }
}
