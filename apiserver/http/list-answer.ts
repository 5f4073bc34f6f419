/**
 * A list as it goes to the client: pieces of bytes that are there already, copied into slabs, one at a time and only
 * as fast as the client takes them. The whole list never stands in memory a second time.
 */

import { createGzip, constants as zlib } from 'node:zlib'
import type { ListResult } from '../registry/registry.ts'
import { apiVersionOf, type Resource } from '../resources/resource.ts'
import { json, type Wish } from './answers.ts'
import type { Exchange, Output } from './exchange.ts'
import { includeObjectOf, partialObject, tableHead, tableRow, tableTail } from './table.ts'

const slabSize = 256 * 1024
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

function metadataOf({ revision, continue: token, remaining }: ListResult): string {
  return JSON.stringify({
    resourceVersion: String(revision),
    ...(token !== undefined && { continue: token }),
    ...(remaining !== undefined && remaining > 0 && { remainingItemCount: remaining }),
  })
}

const firstItem = Buffer.from('{')
const nextItem = Buffer.from(',{')
const end = Buffer.from(']}\n')

async function sendItems(
  exchange: Exchange,
  resource: Resource,
  result: ListResult,
): Promise<void> {
  const kind = resource.listKind ?? `${resource.kind}List`
  const head = Buffer.from(
    `{"kind":"${kind}","apiVersion":"${apiVersionOf(resource)}","metadata":${metadataOf(result)},"items":[`,
  )
  const { items } = result
  let total = head.length + end.length + Math.max(0, items.length * 2 - 1)
  for (const { itemTail } of items) total += itemTail.length
  await sendBytes(exchange, total, function* () {
    yield head
    for (let at = 0; at < items.length; at++) {
      yield at === 0 ? firstItem : nextItem
      yield items[at]!.itemTail
    }
    yield end
  })
}

/** Bytes whose number is known. */
async function sendBytes(
  exchange: Exchange,
  total: number,
  pieces: () => Iterable<Buffer>,
): Promise<void> {
  const { remoteAddress } = exchange.socket
  exchange.setHeader('Vary', 'Accept-Encoding')
  if (shouldCompress(exchange.header('accept-encoding'), total, remoteAddress))
    return sendCompressed(exchange, pieces())
  if (total <= slabSize) {
    exchange.send(200, json, gather(pieces(), total))
    return
  }
  const output = exchange.open(200, { ...json, 'Content-Length': total })
  for (const slab of slabs(pieces())) {
    if (output.closed) return
    if (!output.write(slab)) await output.drained()
  }
  output.end()
}

function gather(pieces: Iterable<Buffer>, total: number): Buffer {
  const whole = Buffer.allocUnsafe(total)
  let at = 0
  for (const piece of pieces) at += piece.copy(whole, at)
  return whole
}

/** Small pieces together in slabs; a large one as it is. */
function* slabs(pieces: Iterable<Buffer>): Generator<Buffer> {
  let slab = Buffer.allocUnsafeSlow(slabSize)
  let used = 0
  for (const piece of pieces) {
    if (used + piece.length > slabSize) {
      if (used > 0) yield slab.subarray(0, used)
      used = 0
      if (piece.length > slabSize) {
        yield piece
        continue
      }
      // The one before belongs to the socket now.
      slab = Buffer.allocUnsafeSlow(slabSize)
    }
    used += piece.copy(slab, used)
  }
  if (used > 0) yield slab.subarray(0, used)
}

async function sendCompressed(exchange: Exchange, pieces: Iterable<Buffer>): Promise<void> {
  const output = exchange.open(200, { ...json, 'Content-Encoding': 'gzip' })
  const gzip = createGzip({ level: zlib.Z_BEST_SPEED, chunkSize: 64 * 1024 })
  const done = pump(gzip, output)
  for (const slab of slabs(pieces)) {
    if (output.closed) break
    if (!gzip.write(slab)) await new Promise((resolve) => gzip.once('drain', resolve))
  }
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
    if (made % rowsAtOnce !== 0 && text.length < slabSize) continue
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
  { version, query, now }: Wish,
): Promise<void> {
  const options = { version, include: includeObjectOf(query.get('includeObject')), now }
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
