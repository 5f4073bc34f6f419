/**
 * Reads the API's protobuf: the envelope that names a kind, and the kind's message, as the plain JSON value that
 * the same object would be. Generated clients in Go and half of kubectl send it and nothing else. It only
 * translates: dropping zeros and checking is left to `structured`, so that all encodings end in one form.
 *
 * Total on any input: bounded depth, every length checked, unknown fields skipped.
 */

import { isUtf8 } from 'node:buffer'
import {
  JsonError,
  maximumValues,
  parseJson,
  plainNumbers,
  rawNumber,
  setOwn,
} from '../../../api/json-text.ts'
import type { KubernetesObject } from '../../../api/object.ts'
import { formatDuration, formatMicroTime, formatTime } from '../scalars.ts'
import type { Definition, Field, MessageField, Scalar, Type } from '../schema.ts'

export class ProtobufError extends Error {
  override name = 'ProtobufError'
}

export interface Envelope {
  apiVersion: string
  kind: string
  /** The kind's own message. */
  raw: Buffer
}

/** What an object in protobuf begins with. */
export const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00])
const maximumMessageDepth = 100

/** @throws ProtobufError */
export function readEnvelope(bytes: Buffer): Envelope {
  if (!bytes.subarray(0, 4).equals(magic))
    throw new ProtobufError(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    )
  const envelope: Envelope = { apiVersion: '', kind: '', raw: Buffer.alloc(0) }
  const reader = new Reader(bytes.subarray(4))
  for (let tag = reader.tag(); tag; tag = reader.tag())
    if (tag.number === 1 && tag.wire === 2) readTypeMeta(reader.bytes(), envelope)
    else if (tag.number === 2 && tag.wire === 2) envelope.raw = reader.bytes()
    else if (tag.number === 3 && tag.wire === 2 && reader.bytes().length > 0)
      throw new ProtobufError('an encoded content is not supported; send it plain')
    else if (tag.number !== 3 || tag.wire !== 2) reader.skip(tag.wire)
  return envelope
}

function readTypeMeta(bytes: Buffer, envelope: Envelope): void {
  const reader = new Reader(bytes)
  for (let tag = reader.tag(); tag; tag = reader.tag())
    if (tag.number === 1 && tag.wire === 2) envelope.apiVersion = reader.string()
    else if (tag.number === 2 && tag.wire === 2) envelope.kind = reader.string()
    else reader.skip(tag.wire)
}

/**
 * The message as plain JSON, without `apiVersion` and `kind`, zeros included.
 * @throws ProtobufError
 */
export function readMessage(raw: Buffer, definition: Definition): Partial<KubernetesObject> {
  return new MessageReader().struct(raw, definition, 0)
}

/** Varints as numbers where a number holds them. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  tag(): { number: number; wire: number } | undefined {
    if (this.done) return undefined
    const key = this.varint()
    if (key > 0xffffffffn) throw new ProtobufError('proto: illegal tag')
    const number = Number(key >> 3n)
    if (number === 0) throw new ProtobufError('proto: illegal tag 0')
    return { number, wire: Number(key & 7n) }
  }

  /** Unsigned, 64 bits. */
  varint(): bigint {
    const first = this.#bytes[this.#at]
    if (first !== undefined && first < 0x80) {
      this.#at++
      return BigInt(first)
    }
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new ProtobufError('unexpected EOF')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new ProtobufError('proto: integer overflow')
  }

  double(): number {
    const start = this.#advance(8)
    return this.#bytes.readDoubleLE(start)
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const length = this.varint()
    if (length > BigInt(this.#bytes.length - this.#at)) throw new ProtobufError('unexpected EOF')
    const start = this.#advance(Number(length))
    return this.#bytes.subarray(start, this.#at)
  }

  string(): string {
    const bytes = this.bytes()
    if (!isUtf8(bytes)) throw new ProtobufError('proto: invalid UTF-8 in a string')
    return bytes.toString('utf8')
  }

  skip(wire: number): void {
    switch (wire) {
      case 0:
        this.varint()
        return
      case 1:
        this.#advance(8)
        return
      case 2:
        this.bytes()
        return
      case 5:
        this.#advance(4)
        return
      default:
        throw new ProtobufError(`proto: illegal wireType ${wire}`)
    }
  }

  #advance(count: number): number {
    const start = this.#at
    if (start + count > this.#bytes.length) throw new ProtobufError('unexpected EOF')
    this.#at += count
    return start
  }
}

const wireTypes: Record<Scalar, number> = {
  string: 2,
  boolean: 0,
  int32: 0,
  int64: 0,
  double: 1,
  bytes: 2,
}

class MessageReader {
  #values = 0

  struct(bytes: Buffer, definition: Definition, depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    this.#into(object, bytes, definition, depth)
    return object
  }

  #into(
    object: Record<string, unknown>,
    bytes: Buffer,
    definition: Definition,
    depth: number,
  ): void {
    if (depth > maximumMessageDepth) throw new ProtobufError('exceeded max depth')
    const reader = new Reader(bytes)
    for (let tag = reader.tag(); tag; tag = reader.tag()) {
      const known: MessageField | undefined = definition.message.get(tag.number)
      if (!known) reader.skip(tag.wire)
      else if ('flattened' in known) {
        if (tag.wire !== 2) throw wrongWire(tag.wire, definition.name)
        this.#into(object, reader.bytes(), known.flattened, depth + 1)
      } else this.#field(object, reader, tag.wire, known.field, depth)
    }
  }

  #field(
    object: Record<string, unknown>,
    reader: Reader,
    wire: number,
    field: Field,
    depth: number,
  ): void {
    const { type, name } = field
    if (type.kind === 'list') {
      object[name] ??= []
      this.#items(object[name] as unknown[], reader, wire, type.items, depth)
    } else if (type.kind === 'map') {
      object[name] ??= {}
      if (wire !== 2) throw wrongWire(wire, name)
      this.#entry(object[name] as object, reader.bytes(), type.values, depth)
    } else {
      const value = this.#value(reader, wire, type, depth)
      if (value !== undefined) object[name] = value
    }
  }

  #items(items: unknown[], reader: Reader, wire: number, type: Type, depth: number): void {
    const scalar = type.kind in wireTypes ? wireTypes[type.kind as Scalar] : 2
    if (wire !== 2 || scalar === 2) {
      items.push(this.#value(reader, wire, type, depth) ?? null)
      return
    }
    const inner = new Reader(reader.bytes())
    while (!inner.done) items.push(this.#value(inner, scalar, type, depth))
  }

  #entry(map: object, bytes: Buffer, type: Type, depth: number): void {
    const reader = new Reader(bytes)
    let key = ''
    let value: unknown
    for (let tag = reader.tag(); tag; tag = reader.tag())
      if (tag.number === 1 && tag.wire === 2) key = reader.string()
      else if (tag.number === 2) value = this.#value(reader, tag.wire, type, depth)
      else reader.skip(tag.wire)
    setOwn(map, key, value ?? null)
  }

  #value(reader: Reader, wire: number, type: Type, depth: number): unknown {
    if (++this.#values > maximumValues) throw new ProtobufError(`more than ${maximumValues} values`)
    if (type.kind === 'definition') {
      if (wire !== 2) throw wrongWire(wire, type.name)
      return this.#form(reader.bytes(), type.definition, depth + 1)
    }
    if (type.kind === 'list' || type.kind === 'map') throw new ProtobufError('proto: nested list')
    if (wire !== wireTypes[type.kind]) throw wrongWire(wire, type.kind)
    switch (type.kind) {
      case 'string':
        return reader.string()
      case 'boolean':
        return reader.varint() !== 0n
      case 'int32':
        return Number(BigInt.asIntN(32, reader.varint()))
      case 'int64':
        return exact(BigInt.asIntN(64, reader.varint()))
      case 'double':
        return reader.double()
      case 'bytes':
        return reader.bytes().toString('base64')
      default:
        return type satisfies never
    }
  }

  #form(bytes: Buffer, definition: Definition, depth: number): unknown {
    switch (definition.form) {
      case 'struct':
        return this.struct(bytes, definition, depth)
      case 'time':
      case 'microTime':
        return readTime(bytes, definition.form)
      case 'quantity':
        return readField(bytes, 1, 2, (reader) => reader.string()) || '0'
      case 'duration':
        return formatDuration(
          BigInt.asIntN(64, readField(bytes, 1, 0, (reader) => reader.varint()) ?? 0n),
        )
      case 'intOrString':
        return readIntOrString(bytes)
      case 'json':
        return readJson(readField(bytes, 1, 2, (reader) => reader.bytes()))
      case 'list':
        return this.struct(bytes, definition, depth).items ?? []
      case 'schemaOrArray': {
        const { schema, jSONSchemas } = this.struct(bytes, definition, depth)
        return schema ?? jSONSchemas
      }
      case 'schemaOrBool': {
        const { schema, allows } = this.struct(bytes, definition, depth)
        return schema ?? allows ?? false
      }
      case 'schemaOrStrings': {
        const { schema, property } = this.struct(bytes, definition, depth)
        return schema ?? property
      }
      default:
        return definition.form satisfies never
    }
  }
}

const wrongWire = (wire: number, what: string) =>
  new ProtobufError(`proto: wrong wireType = ${wire} for field ${what}`)

const exact = (value: bigint): unknown => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : rawNumber(String(value))
}

function readField<T>(
  bytes: Buffer,
  number: number,
  wire: number,
  read: (reader: Reader) => T,
): T | undefined {
  const reader = new Reader(bytes)
  let value: T | undefined
  for (let tag = reader.tag(); tag; tag = reader.tag())
    if (tag.number === number && tag.wire === wire) value = read(reader)
    else reader.skip(tag.wire)
  return value
}

/** An empty message is the zero time, which JSON does not have. */
function readTime(bytes: Buffer, form: 'time' | 'microTime'): string | undefined {
  if (bytes.length === 0) return undefined
  const signed = (number: number) =>
    BigInt.asIntN(64, readField(bytes, number, 0, (reader) => reader.varint()) ?? 0n)
  const seconds = Number(signed(1))
  const text =
    form === 'time'
      ? formatTime(seconds)
      : formatMicroTime(seconds, Math.floor(Number(signed(2)) / 1000))
  if (text === undefined) throw new ProtobufError('proto: a time beyond the years 1 to 9999')
  return text
}

function readIntOrString(bytes: Buffer): number | string {
  const type = readField(bytes, 1, 0, (reader) => reader.varint())
  if (type === 1n) return readField(bytes, 3, 2, (reader) => reader.string()) ?? ''
  return Number(BigInt.asIntN(32, readField(bytes, 2, 0, (reader) => reader.varint()) ?? 0n))
}

function readJson(raw: Buffer | undefined): unknown {
  if (!raw || raw.length === 0) return undefined
  if (raw.subarray(0, 4).equals(magic))
    throw new ProtobufError('an object inside an object must be JSON, not protobuf')
  try {
    return plainNumbers(parseJson(raw).value)
  } catch (error) {
    if (error instanceof JsonError) throw new ProtobufError(error.message)
    throw error
  }
}
