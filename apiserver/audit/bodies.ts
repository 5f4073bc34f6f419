/** Objects of requests and answers as an event holds them: one line of JSON, of a bounded size. */

import { gunzipSync } from 'node:zlib'
import { JsonError, parseJson } from '../../api/json-text.ts'
import type { Headers } from '../http/exchange.ts'
import { mediaTypes } from '../schema/decode.ts'
import type { ResponseStatus } from './event.ts'
import { objectFromProtobuf } from './from-protobuf.ts'

/** As large as the API takes any body: what is larger is left out of the event, which says so. */
export const mostBytes = 3 << 20

export const tooLarge = Symbol('too large')

export type BodyText = string | typeof tooLarge

/** @param omitManagedFields of the object, or of each item or row of a list */
export function objectText(object: object, omitManagedFields: boolean): BodyText {
  const text = JSON.stringify(omitManagedFields ? withoutManagers(object) : object)
  return text.length > mostBytes ? tooLarge : text
}

/** What an answer holds, if that is an object. */
export class AnswerBody {
  readonly #headers: Headers
  readonly #pieces: Buffer[]
  #size = 0

  constructor(headers: Headers, pieces: readonly Buffer[] = []) {
    this.#headers = headers
    this.#pieces = [...pieces]
    for (const { length } of pieces) this.#size += length
  }

  /** Of an answer that comes in pieces; they go back to whoever wrote them. */
  readonly take = (piece: Buffer): void => {
    this.#size += piece.length
    if (this.#size <= mostBytes) this.#pieces.push(Buffer.from(piece))
    else this.#pieces.length = 0
  }

  /** What it says of how it went, where it is no object but that. */
  get status(): Partial<ResponseStatus> {
    const isStatus = statusHead.test(this.#pieces[0]?.toString('latin1', 0, 32) ?? '')
    const text = isStatus ? this.text(false) : undefined
    if (typeof text !== 'string') return {}
    const { status, message, reason, details } = JSON.parse(text) as ResponseStatus
    return {
      ...(status && { status }),
      ...(message && { message }),
      ...(reason && { reason }),
      ...(details && { details }),
    }
  }

  get #type(): string | undefined {
    const given = String(this.#headers['Content-Type'] ?? '')
    return [mediaTypes.json, mediaTypes.protobuf].find((type) => given.startsWith(type))
  }

  /** `undefined` for what is no object, or was broken off. */
  text(omitManagedFields: boolean): BodyText | undefined {
    const type = this.#type
    if (type === undefined) return undefined
    if (this.#size > mostBytes) return tooLarge
    const bytes = this.#plain(Buffer.concat(this.#pieces))
    if (bytes === tooLarge) return tooLarge
    const text = type === mediaTypes.json ? bytes.toString().trim() : undefined
    if (text !== undefined && !omitManagedFields && !text.includes('\n')) return text || undefined
    const object = text === undefined ? objectFromProtobuf(bytes) : parsed(bytes)
    return object && objectText(object, omitManagedFields)
  }

  #plain(bytes: Buffer): Buffer | typeof tooLarge {
    if (this.#headers['Content-Encoding'] !== 'gzip') return bytes
    try {
      return gunzipSync(bytes, { maxOutputLength: mostBytes })
    } catch (error) {
      // It is this server's own compression: broken off, or larger than is kept.
      if (error instanceof Error) return tooLarge
      throw error
    }
  }
}

/** In JSON, laid out or not, and in protobuf. */
const statusHead = /^(\{\s*"kind":\s*"|k8s\W+v1\W+)Status/

function parsed(bytes: Buffer): object | undefined {
  try {
    const { value } = parseJson(bytes)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch (error) {
    if (error instanceof JsonError) return undefined
    throw error
  }
}

interface Listing {
  metadata?: { managedFields?: unknown }
  items?: unknown
  rows?: unknown
}

function withoutManagers(object: object): object {
  const { metadata, items, rows } = object as Listing
  return {
    ...object,
    ...(isObject(metadata) && { metadata: unmanaged(metadata) }),
    ...(Array.isArray(items) && {
      items: items.map((item) => (isObject(item) ? withoutManagers(item) : item)),
    }),
    ...(Array.isArray(rows) && {
      rows: rows.map((row) =>
        isObject(row?.object) ? { ...row, object: withoutManagers(row.object) } : row,
      ),
    }),
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function unmanaged({ managedFields: _, ...metadata }: { managedFields?: unknown }): object {
  return metadata
}
