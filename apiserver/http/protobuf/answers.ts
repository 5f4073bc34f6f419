/**
 * Every answer that there is in protobuf, for the clients that ask for it first: those written in Go. Loaded when the
 * first of them comes. Tables, OpenAPI and custom resources have no such form.
 */

import { createHash } from 'node:crypto'
import type { Typed } from '../../schema/protobuf/envelope.ts'
import type { Wish } from '../answers.ts'
import type { Document } from '../discovery.ts'
import type { Exchange } from '../exchange.ts'
import { jsonType, protobufType } from '../negotiation.ts'
import type { Source } from '../table.ts'
import { envelopeFor, envelopeOf, viewOf } from './forms.ts'
import { headers } from './headers.ts'

export { headers } from './headers.ts'
export { sendList } from './list.ts'
export { watchWriter } from './watch.ts'
export { envelopeOf }

export function sendObject(exchange: Exchange, code: number, source: Source, wish: Wish): void {
  exchange.send(code, headers, envelopeFor(source, viewOf(wish)))
}

const documents = new WeakMap<Document, Document>()

/** A document of discovery, kept as long as the one in JSON is. */
export function documentOf(document: Document): Document {
  const before = documents.get(document)
  if (before) return before
  const bytes = envelopeOf(JSON.parse(document.bytes.toString()) as Typed)
  const hash = createHash('sha256').update(bytes).digest('hex').toUpperCase()
  const contentType = document.contentType.replace(jsonType, protobufType)
  const made = { bytes, contentType, etag: `"${hash}"` }
  documents.set(document, made)
  return made
}
