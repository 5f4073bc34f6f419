/** A list in protobuf. Its length stands at its beginning: all items are made before the first is sent. */

import type { ListResult } from '../../registry/registry.ts'
import { apiVersionOf, type Resource } from '../../resources/resource.ts'
import { written } from '../../schema/protobuf/backward-bytes.ts'
import { trailer, writeEnvelopeHead } from '../../schema/protobuf/envelope.ts'
import { writeMessage } from '../../schema/protobuf/write.ts'
import { definition } from '../../schema/schema.ts'
import type { Wish } from '../answers.ts'
import type { Exchange } from '../exchange.ts'
import { listMetadata, type Parts, sendParts } from '../list-answer.ts'
import { formOf, type View, viewOf } from './forms.ts'
import { headers } from './headers.ts'
import { Turns } from './turns.ts'

export async function sendList(
  exchange: Exchange,
  resource: Resource,
  result: ListResult,
  wish: Wish,
): Promise<void> {
  const view = viewOf(wish)
  const items = await itemsOf(result, view, exchange.signal)
  if (items) await sendParts(exchange, partsOf(resource, result, view, items))
}

/** `undefined` when nobody waits for them any more. */
async function itemsOf(
  { items }: ListResult,
  view: View,
  signal: AbortSignal,
): Promise<Buffer[] | undefined> {
  const made: Buffer[] = []
  const turns = new Turns()
  for (const object of items) {
    made.push(formOf(object, view, turns).item)
    const over = turns.over()
    if (!over) continue
    await over
    if (signal.aborted) return undefined
  }
  return made
}

const listMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta'
const nothing = new Uint8Array()

function partsOf(
  resource: Resource,
  result: ListResult,
  view: View,
  items: readonly Buffer[],
): Parts {
  // Of one list alone the items have number 1, and its metadata number 2.
  const older = view === 'v1beta1'
  const metadata = metadataField(result, older ? 2 : 1)
  let size = 0
  for (const { length } of items) size += length
  const head = written((out) => {
    if (!older) out.bytes(metadata)
    writeEnvelopeHead(out, listTyped(resource, view), metadata.length + size)
  })
  const end = older ? Buffer.concat([metadata, trailer]) : trailer
  const objects = older ? items.map(renumbered) : items
  const total = head.length + size + end.length
  return { headers, head, first: nothing, next: nothing, end, objects, skipped: 0, total }
}

const metadataField = (result: ListResult, number: number): Buffer =>
  written((out) => {
    writeMessage(out, listMetadata(result), definition(listMeta))
    out.head((number << 3) | 2, 0)
  })

/** As a field of number 1. */
const renumbered = (item: Buffer): Buffer => {
  const copy = Buffer.from(item)
  copy[0] = (1 << 3) | 2
  return copy
}

const listTyped = (resource: Resource, view: View) =>
  view === 'whole'
    ? { kind: resource.listKind ?? `${resource.kind}List`, apiVersion: apiVersionOf(resource) }
    : { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${view}` }
