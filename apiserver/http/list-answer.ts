/**
 * A list as it goes to the client: pieces of bytes that are there already, copied into slabs, one at a time and only
 * as fast as the client takes them. The whole list never stands in memory a second time.
 */

import { createGzip, constants as zlib } from 'node:zlib'
import type { ListResult } from '../registry/registry.ts'
import { apiVersionOf, type Resource } from '../resources/resource.ts'
import { json, type Wish } from './answers.ts'
import type { Exchange, Headers, Output } from './exchange.ts'
import { includeObjectOf, partialObject, tableHead, tableRow, tableTail } from './table.ts'

const slabSize = 64 * 1024
/** That one list fills before the client has taken the first. */
const mostSlabs = 4
/** That wait for the next list. */
const mostKept = 32
/** Smaller bodies are not worth compressing. */
const compressFrom = 128 * 1024

/** Rows made in one go, before others have their turn. */
const rowsAtOnce = 100

/** Whether compressing pays: the client can, the body is large, and there is a network in between. */
export function shouldCompress(
  acceptEncoding: string | undefined,
  bytes: number,
  remoteAddress: string | undefined,
): boolean {
  if (bytes <= compressFrom || !/\bgzip\b/i.test(acceptEncoding ?? '')) return false
  return !/^(::ffff:)?127\.|^::1$/.test(remoteAddress ?? '')
}

export async function sendList(
  exchange: Exchange,
  resource: Resource,
  result: ListResult,
  wish: Wish,
): Promise<void> {
  if (wish.protobuf) return wish.protobuf.sendList(exchange, resource, result, wish)
  switch (wish.shape) {
    case undefined:
      return sendItems(exchange, resource, result)
    case 'Table':
      return sendTable(exchange, resource, result, wish)
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return sendPartial(exchange, result, wish)
    default:
      wish.shape satisfies never
  }
}

/** Of the list itself, not of its items. */
export const listMetadata = ({ revision, continue: token, remaining }: ListResult): object => ({
  resourceVersion: String(revision),
  ...(token !== undefined && { continue: token }),
  ...(remaining !== undefined && remaining > 0 && { remainingItemCount: remaining }),
})

const metadataOf = (result: ListResult) => JSON.stringify(listMetadata(result))

const jsonEnd = Buffer.from(']}\n')
const firstBrace = Buffer.from('{')
const nextBrace = Buffer.from(',{')

/** A list as it is to be put together. */
export interface Parts {
  headers: Headers
  head: Buffer
  /** What stands before the first object and before every other one: two bytes at most. */
  first: Uint8Array
  next: Uint8Array
  end: Buffer
  objects: readonly Buffer[]
  /** How much of every object its item does without: `{"kind":"Pod","apiVersion":"v1",`, but for the brace. */
  skipped: number
  total: number
}

function partsOf(resource: Resource, result: ListResult): Parts {
  const kind = resource.listKind ?? `${resource.kind}List`
  const version = apiVersionOf(resource)
  const head = Buffer.from(
    `{"kind":"${kind}","apiVersion":"${version}","metadata":${metadataOf(result)},"items":[`,
  )
  // Items of custom resources say what they are.
  const itemHead = resource.custom ? '{' : `{"kind":"${resource.kind}","apiVersion":"${version}",`
  const skipped = Buffer.byteLength(itemHead)
  const objects = result.items.map(({ bytes }) => bytes)
  let total = head.length + jsonEnd.length
  for (const { length } of objects) total += length - skipped + 2
  // There is one comma less than there are items.
  if (objects.length > 0) total -= 1
  const punctuation = { first: firstBrace, next: nextBrace, end: jsonEnd }
  return { headers: json, head, ...punctuation, objects, skipped, total }
}

const sendItems = (exchange: Exchange, resource: Resource, result: ListResult): Promise<void> =>
  sendParts(exchange, partsOf(resource, result))

export async function sendParts(exchange: Exchange, parts: Parts): Promise<void> {
  const { headers, total } = parts
  const { remoteAddress } = exchange.socket
  exchange.setHeader('Vary', 'Accept-Encoding')
  if (shouldCompress(exchange.header('accept-encoding'), total, remoteAddress)) {
    await sendCompressed(exchange, parts)
    return
  }
  if (total <= slabSize) {
    const whole = Buffer.allocUnsafe(total)
    await pour(parts, { next: () => whole }, { write: () => true, drained, closed: false })
    exchange.send(200, headers, whole)
    return
  }
  const output = exchange.open(200, { ...headers, 'Content-Length': total })
  await pour(parts, new Slabs(), output)
  output.end()
}

const drained = () => Promise.resolve()

type Sink = Pick<Output, 'write' | 'drained' | 'closed'>

/**
 * Slabs that nobody fills, for the next list. Made anew each time, they would have the collector look through all that
 * is cached after every few hundred lists.
 */
const kept: Buffer[] = []

/** A few buffers that go round: one that the client has taken is filled again. */
class Slabs {
  #lent = 0
  #wake: ((slab: Buffer) => void) | undefined

  next(): Buffer | Promise<Buffer> {
    if (this.#lent < mostSlabs) {
      this.#lent++
      return kept.pop() ?? Buffer.allocUnsafeSlow(slabSize)
    }
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  giveBack(slab: Buffer): void {
    const wake = this.#wake
    this.#wake = undefined
    if (wake) {
      wake(slab)
      return
    }
    this.#lent--
    if (kept.length < mostKept) kept.push(slab)
  }
}

/** Fills slab after slab and writes them, as fast as they are taken. */
async function pour(
  { head, first, next, end, objects, skipped }: Parts,
  slabs: Pick<Slabs, 'next'> & Partial<Pick<Slabs, 'giveBack'>>,
  sink: Sink,
): Promise<void> {
  let slab = await slabs.next()
  let used = head.copy(slab)
  const flush = (): boolean => {
    const full = slab
    return sink.write(full.subarray(0, used), () => {
      if (full.length === slabSize) slabs.giveBack?.(full)
    })
  }
  for (let at = 0; at < objects.length; at++) {
    const object = objects[at]!
    const needed = object.length - skipped + 2
    if (used + needed > slab.length) {
      if (!flush()) await sink.drained()
      if (sink.closed) return
      slab = needed > slabSize ? Buffer.allocUnsafeSlow(needed) : await slabs.next()
      used = 0
    }
    const before = at > 0 ? next : first
    for (let of = 0; of < before.length; of++) slab[used++] = before[of]!
    used += object.copy(slab, used, skipped)
  }
  if (used + end.length > slab.length) {
    if (!flush()) await sink.drained()
    slab = Buffer.from(end)
    used = end.length
  } else used += end.copy(slab, used)
  flush()
}

async function sendCompressed(exchange: Exchange, parts: Parts): Promise<void> {
  const output = exchange.open(200, { ...parts.headers, 'Content-Encoding': 'gzip' })
  const gzip = createGzip({ level: zlib.Z_BEST_SPEED, chunkSize: slabSize })
  const done = pump(gzip, output)
  await pour(parts, new Slabs(), {
    write: (chunk, taken) => gzip.write(chunk, taken),
    drained: () => new Promise((resolve) => gzip.once('drain', () => resolve())),
    get closed() {
      return output.closed
    },
  })
  gzip.end()
  await done
}

async function pump(source: AsyncIterable<Buffer>, output: Output): Promise<void> {
  for await (const chunk of source) if (!output.write(chunk)) await output.drained()
  output.end()
}

/** Text whose length is not known before it is made. */
async function sendText(exchange: Exchange, pieces: Iterable<string>): Promise<void> {
  const output = exchange.open(200, json)
  let text = ''
  let made = 0
  for (const piece of pieces) {
    text += piece
    made++
    if (made % rowsAtOnce !== 0 && text.length < 4 * slabSize) continue
    if (output.closed) return
    if (!output.write(Buffer.from(text))) await output.drained()
    else await new Promise((resolve) => setImmediate(resolve))
    text = ''
  }
  if (text !== '') output.write(Buffer.from(text))
  output.end()
}

function sendTable(
  exchange: Exchange,
  resource: Resource,
  result: ListResult,
  { version, query, clock }: Wish,
): Promise<void> {
  const options = {
    version,
    include: includeObjectOf(query.get('includeObject')),
    now: clock.now(),
  }
  return sendText(
    exchange,
    (function* () {
      yield tableHead(resource, metadataOf(result), version)
      for (const [at, item] of result.items.entries())
        yield (at === 0 ? '' : ',') + tableRow(resource, item, options)
      yield tableTail
    })(),
  )
}

function sendPartial(exchange: Exchange, result: ListResult, { version }: Wish): Promise<void> {
  return sendText(
    exchange,
    (function* () {
      yield `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${version}","metadata":${metadataOf(result)},"items":[`
      for (const [at, { object }] of result.items.entries())
        yield (at === 0 ? '' : ',') + partialObject(object, version)
      yield ']}'
    })(),
  )
}
