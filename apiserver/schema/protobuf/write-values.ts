/** How single values are written: scalars, and the forms that stand otherwise in JSON than in their messages. */

import { isRawNumber, nearest } from '../../../api/json-text.ts'
import { nanosecondsOf } from '../scalars.ts'
import type { Form, Scalar } from '../schema.ts'
import type { BackwardBytes } from './backward-bytes.ts'

/** Writes a value: the content of a message, or a field with its tag. */
export type Content = (out: BackwardBytes, value: unknown) => void

const delimitedWire = 2

/** The content with its length, as the field of that number. */
export const delimited = (number: number, content: Content): Content => {
  const tag = (number << 3) | delimitedWire
  return (out, value) => {
    const before = out.written
    content(out, value)
    out.head(tag, before)
  }
}

const wires: Record<Scalar, number> = {
  string: delimitedWire,
  boolean: 0,
  int32: 0,
  int64: 0,
  double: 1,
  bytes: delimitedWire,
}

const scalars: Record<Scalar, Content> = {
  string: (out, value) => out.text(value as string),
  boolean: (out, value) => out.varint(value ? 1 : 0),
  int32: integer,
  int64: integer,
  double: (out, value) => out.double(nearest(value as number)),
  bytes: (out, value) => out.bytes(Buffer.from((value ?? '') as string, 'base64')),
}

function integer(out: BackwardBytes, value: unknown): void {
  if (isRawNumber(value)) out.signed(BigInt(value.rawJSON))
  else if ((value as number) < 0) out.signed(BigInt(value as number))
  else out.varint(value as number)
}

/** A scalar with its tag. */
export function scalarPutting(number: number, kind: Scalar): Content {
  const content = scalars[kind]
  const wire = wires[kind]
  if (wire === delimitedWire) return delimited(number, content)
  const tag = (number << 3) | wire
  return (out, value) => {
    content(out, value)
    out.varint(tag)
  }
}

/** What is written for an absent value that is no pointer in Go; `undefined`: nothing. */
export const scalarZeros: Record<Scalar, unknown> = {
  string: '',
  boolean: false,
  int32: 0,
  int64: 0,
  double: 0,
  bytes: undefined,
}

/** The same; `null` is a message without content. */
export const formZeros: Record<Form, unknown> = {
  struct: Object.freeze({}),
  time: null,
  microTime: null,
  duration: '0s',
  quantity: '0',
  intOrString: 0,
  json: null,
  list: undefined,
  schemaOrArray: undefined,
  schemaOrBool: undefined,
  schemaOrStrings: undefined,
}

/** @param struct how the definition's own fields are written, for the forms that wrap something */
export function formContent(form: Form, struct: Content): Content {
  switch (form) {
    case 'struct':
      return struct
    case 'time':
    case 'microTime':
      return time
    case 'duration':
      return (out, value) => putNanoseconds(out, duration(value as string))
    case 'quantity':
      return putQuantity
    case 'intOrString':
      return intOrString
    case 'json':
      return json
    case 'list':
      return (out, items) => struct(out, { items })
    case 'schemaOrArray':
      return (out, value) =>
        struct(out, Array.isArray(value) ? { jSONSchemas: value } : { schema: value })
    case 'schemaOrBool':
      return (out, value) =>
        struct(
          out,
          typeof value === 'boolean' ? { allows: value } : { allows: true, schema: value },
        )
    case 'schemaOrStrings':
      return (out, value) =>
        struct(out, Array.isArray(value) ? { property: value } : { schema: value })
    default:
      return form satisfies never
  }
}

const putQuantity = scalarPutting(1, 'string')
const putSeconds = scalarPutting(1, 'int64')
const putNanos = scalarPutting(2, 'int32')

const wholeSeconds = '2026-01-01T00:00:00'.length

/** As the API stores times: in UTC, with six digits of a second or none. */
function time(out: BackwardBytes, value: unknown): void {
  if (value === null) return
  const text = value as string
  const micros = Number(text.slice(wholeSeconds + 1, -1))
  putNanos(out, micros * 1000)
  putSeconds(out, Date.parse(`${text.slice(0, wholeSeconds)}Z`) / 1000)
}

const putNanoseconds: Content = (out, value) => {
  out.signed(value as bigint)
  out.varint(1 << 3)
}

const duration = (text: string) => nanosecondsOf(text) ?? 0n

const putType = scalarPutting(1, 'int32')
const putInt = scalarPutting(2, 'int32')
const putString = scalarPutting(3, 'string')

function intOrString(out: BackwardBytes, value: unknown): void {
  const isString = typeof value === 'string'
  putString(out, isString ? value : '')
  putInt(out, isString ? 0 : value)
  putType(out, isString ? 1 : 0)
}

const putText = scalarPutting(1, 'string')

function json(out: BackwardBytes, value: unknown): void {
  if (value !== null) putText(out, JSON.stringify(value))
}
