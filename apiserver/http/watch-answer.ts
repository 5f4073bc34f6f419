/**
 * A watch as it goes to the client: a line an event, the same bytes for everybody. A client that does not keep up
 * is cut off with a clean end, and goes on from the last version it saw.
 */

import type { Subscription } from 'rxjs'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type {
  Registry,
  RequestContext,
  Target,
  WatchEvent,
  WatchOptions,
} from '../registry/registry.ts'
import { apiVersionOf, type Resource } from '../resources/resource.ts'
import type { CachedObject } from '../watch/cached-object.ts'
import { asStatusError, json, type Wish } from './answers.ts'
import type { Exchange, Headers, Output } from './exchange.ts'
import type { Flusher } from './flusher.ts'
import { StatusError } from './status.ts'
import { includeObjectOf, partialObject, tableOf } from './table.ts'

/** Bytes that may wait for one client; beyond them it is cut. */
const mostBuffered = 4 << 20
/** Bytes that may wait before the initial objects pause. */
const comfortable = 256 * 1024
/** Milliseconds that a client which was cut has to take what waits for it. */
const lastCall = 10_000
/** Seconds, at least, for watches that do not say: then up to twice as long. */
const defaultTimeout = 1800

/** A version that is too old or too new is told inside the stream. */
const toldInside = new Set([410, 504])

export interface WatchPorts {
  registry: Registry
  clock: Clock
  random: Random
  unexpected(error: unknown): void
  /** Aborts when the server stops. */
  stopping: AbortSignal
  flusher: Flusher
}

/** How a watch is written. */
export interface WatchWriter {
  headers: Headers
  event(event: WatchEvent): Buffer
  error(error: StatusError): Buffer
  /** Waited for before more of what was there before is told: others have their turn. */
  turn?(): Promise<void> | undefined
}

export async function sendWatch(
  ports: WatchPorts,
  exchange: Exchange,
  target: Target,
  { timeoutSeconds, ...options }: WatchOptions & { timeoutSeconds?: number },
  wish: Wish,
  context: RequestContext,
): Promise<void> {
  const { clock, random } = ports
  const writer = writerOf(target.resource, wish)
  const seconds = timeoutSeconds || defaultTimeout * (1 + random.next())
  // Its abort is the polite end: a last bookmark, then the end of the stream.
  const ending = new AbortController()
  const stop = () => ending.abort()
  const cancel = clock.after(seconds * 1000, stop)
  ports.stopping.addEventListener('abort', stop, { once: true })
  const done = () => {
    cancel()
    ports.stopping.removeEventListener('abort', stop)
  }
  let output: Output | undefined
  const drained = () =>
    output && output.buffered > comfortable ? output.drained() : writer.turn?.()
  try {
    const events = await ports.registry.watch(
      target,
      { ...options, drained },
      contextWith(context, ending.signal),
    )
    output = exchange.open(200, writer.headers, (flush) => ports.flusher.schedule(flush))
    const subscribe = (observer: Observer) => events.subscribe(observer)
    await follow(ports, exchange, output, subscribe, writer)
  } catch (error) {
    if (output || !(error instanceof StatusError && toldInside.has(error.code))) throw error
    output = exchange.open(200, writer.headers)
    output.write(writer.error(error))
    output.end()
  } finally {
    done()
  }
}

const contextWith = (context: RequestContext, signal: AbortSignal): RequestContext => ({
  user: context.user,
  requestId: context.requestId,
  userAgent: context.userAgent,
  warn: context.warn,
  signal,
  begun: () => context.begun?.(),
})

interface Observer {
  next(event: WatchEvent): void
  error(error: unknown): void
  complete(): void
}

/** Resolves when the stream has ended, by whoever. */
function follow(
  { clock, unexpected }: WatchPorts,
  exchange: Exchange,
  output: Output,
  subscribe: (observer: Observer) => Subscription,
  writer: WatchWriter,
): Promise<void> {
  return new Promise((resolve) => {
    let subscription: Subscription | undefined
    let over = false
    const finish = () => {
      if (over) return
      over = true
      subscription?.unsubscribe()
      output.end()
      resolve()
    }
    const cut = () => {
      finish()
      clock.after(lastCall, () => {
        if (output.buffered > 0) output.abort()
      })
    }
    exchange.signal.addEventListener('abort', finish, { once: true })
    subscription = subscribe({
      next(event) {
        if (over) return
        try {
          output.write(writer.event(event))
        } catch (error) {
          // Nothing may be thrown into the stream that others share.
          unexpected(error)
          finish()
        }
        if (output.buffered > mostBuffered) cut()
      },
      error(error) {
        const status = asStatusError(error, false, unexpected)
        if (!over && status instanceof StatusError) output.write(writer.error(status))
        finish()
      },
      complete: finish,
    })
    if (over) subscription.unsubscribe()
  })
}

const errorLine = ({ status }: StatusError) =>
  Buffer.from(`${JSON.stringify({ type: 'ERROR', object: status })}\n`)

const writerOf = (resource: Resource, wish: Wish): WatchWriter =>
  wish.protobuf?.watchWriter(resource, wish) ?? {
    headers: json,
    event: lineWriter(resource, wish),
    error: errorLine,
  }

/** How events become lines in the shape that was asked for. */
function lineWriter(resource: Resource, wish: Wish): (event: WatchEvent) => Buffer {
  const { shape, version, query, clock } = wish
  switch (shape) {
    case undefined:
      return (event) =>
        event.type === 'BOOKMARK'
          ? Buffer.from(bookmarkLine(resource.kind, apiVersionOf(resource), event))
          : event.object.frame(event.type)
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return (event) =>
        event.type === 'BOOKMARK'
          ? Buffer.from(bookmarkLine('PartialObjectMetadata', `meta.k8s.io/${version}`, event))
          : partialLine(event.type, event.object, version)
    case 'Table': {
      const include = includeObjectOf(query.get('includeObject'))
      let first = true
      return (event) => {
        const source = event.type === 'BOOKMARK' ? emptySource(resource, event) : event.object
        const printed = event.type === 'BOOKMARK' ? blank(resource) : resource
        const options = { version, include, now: clock.now() }
        const table = tableOf(printed, source, options, first)
        first = false
        return Buffer.from(`{"type":"${event.type}","object":${table}}\n`)
      }
    }
    default:
      return shape satisfies never
  }
}

export type Bookmark = Extract<WatchEvent, { type: 'BOOKMARK' }>

export const bookmarkMetadata = ({ revision, initialEventsEnd }: Bookmark) => ({
  resourceVersion: String(revision),
  ...(initialEventsEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
})

const bookmarkLine = (kind: string, apiVersion: string, bookmark: Bookmark) =>
  `${JSON.stringify({ type: 'BOOKMARK', object: { kind, apiVersion, metadata: bookmarkMetadata(bookmark) } })}\n`

/** Metadata watchers of one object share its line, as long as somebody holds the object. */
const partialLines = new WeakMap<CachedObject, { key: string; line: Buffer }>()

function partialLine(type: string, object: CachedObject, version: Wish['version']): Buffer {
  const key = `${type} ${version}`
  const kept = partialLines.get(object)
  if (kept?.key === key) return kept.line
  const line = Buffer.from(`{"type":"${type}","object":${partialObject(object.object, version)}}\n`)
  partialLines.set(object, { key, line })
  return line
}

function emptySource(resource: Resource, bookmark: Bookmark) {
  const object = {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: bookmarkMetadata(bookmark),
  }
  return {
    object: object as unknown as CachedObject['object'],
    bytes: Buffer.from(JSON.stringify(object)),
  }
}

const blankRows = new WeakMap<Resource, Pick<Resource, 'columns'>>()

/** A row for what is no object: as many cells, all empty. */
function blank(resource: Resource): Pick<Resource, 'columns'> {
  let printed = blankRows.get(resource)
  if (!printed) {
    printed = { columns: resource.columns.map((column) => ({ ...column, cell: () => '' })) }
    blankRows.set(resource, printed)
  }
  return printed
}
