/**
 * The OpenAPI v2 document in the binary form in which kubectl asks for it when a file holds a `List`: the messages of
 * gnostic's `openapi.v2`, each a table of field numbers. It knows what `openApiV2` makes and refuses anything else, so
 * that nothing is lost on the way.
 */

import { isRawNumber } from '../../api/json-text.ts'

/**
 * One field as a text of bytes, a character each: joining texts costs next to nothing, whatever is nested in what, and
 * the whole becomes bytes once.
 */
type Write<T = never> = (number: number, value: T) => string
type Table = Readonly<Record<string, readonly [number: number, write: Write]>>

/** @throws Error for a key that has no number here */
export function openApiV2Protobuf(document: object): Buffer {
  return Buffer.from(fields(document, documentFields), 'latin1')
}

function varint(value: number): string {
  let bytes = ''
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80))
    bytes += String.fromCharCode((rest % 0x80) | 0x80)
  return bytes + String.fromCharCode(rest)
}

const delimited: Write<string> = (number, bytes) =>
  varint(number * 8 + 2) + varint(bytes.length) + bytes

const isAscii = (value: string) => Buffer.byteLength(value) === value.length

const text: Write<string> = (number, value) =>
  delimited(number, isAscii(value) ? value : Buffer.from(value).toString('latin1'))

const flag: Write<boolean> = (number, value) => (value ? varint(number * 8) + varint(1) : '')

/** A length or a count, as the schemas of custom resources say them; none is below zero. */
const count: Write<number> = (number, value) => varint(number * 8) + varint(Math.max(0, value))

/** A bound of numbers, however it was written. */
const bound: Write<unknown> = (number, value) => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(isRawNumber(value) ? Number(value.rawJSON) : Number(value))
  return varint(number * 8 + 1) + bytes.toString('latin1')
}

const list =
  <T>(write: Write<T>): Write<readonly T[]> =>
  (number, values) =>
    values.map((value) => write(number, value)).join('')

/** A message with one field. */
const within =
  <T>(inner: number, write: Write<T>): Write<T> =>
  (number, value) =>
    delimited(number, write(inner, value))

/** A map as pairs of a name (1) and a value (2). */
const named =
  <T>(write: Write<T>): Write<Readonly<Record<string, T>>> =>
  (number, values) =>
    Object.entries(values)
      .map(([name, value]) => delimited(number, text(1, name) + write(2, value)))
      .join('')

/** Any JSON, which is YAML too. */
const any: Write<unknown> = (number, value) => within(2, text)(number, `${JSON.stringify(value)}\n`)

/** @param extensions the number of the fields whose names begin with `x-` */
function fields(value: object, table: Table, extensions?: number): string {
  let bytes = ''
  for (const [key, content] of Object.entries(value)) {
    if (content === undefined) continue
    if (extensions !== undefined && key.startsWith('x-')) {
      bytes += named(any)(extensions, { [key]: content })
      continue
    }
    const entry = Object.hasOwn(table, key) ? table[key] : undefined
    if (!entry) throw new Error(`OpenAPI v2: no field number for ${key}`)
    bytes += entry[1](entry[0], content as never)
  }
  return bytes
}

const message =
  (table: () => Table, extensions?: number): Write<object> =>
  (number, value) =>
    delimited(number, fields(value, table(), extensions))

const schema = message(() => schemaFields, 31)
/** Of what keys may hold: a schema, or whether there may be any. */
const schemaOrFlag: Write<object | boolean> = (number, value) =>
  typeof value === 'boolean' ? within(2, flag)(number, value) : within(1, schema)(number, value)

const schemaFields: Table = {
  $ref: [1, text],
  format: [2, text],
  title: [3, text],
  description: [4, text],
  default: [5, any],
  multipleOf: [6, bound],
  maximum: [7, bound],
  exclusiveMaximum: [8, flag],
  minimum: [9, bound],
  exclusiveMinimum: [10, flag],
  maxLength: [11, count],
  minLength: [12, count],
  pattern: [13, text],
  maxItems: [14, count],
  minItems: [15, count],
  uniqueItems: [16, flag],
  maxProperties: [17, count],
  minProperties: [18, count],
  required: [19, list(text)],
  enum: [20, list(any)],
  additionalProperties: [21, schemaOrFlag],
  type: [22, within(1, text)],
  items: [23, within(1, schema)],
  properties: [25, within(1, named(schema))],
}

const bodyParameter = message(() => ({
  description: [1, text],
  name: [2, text],
  in: [3, text],
  required: [4, flag],
  schema: [5, schema],
}))

const queryParameter = message(() => ({
  required: [1, flag],
  in: [2, text],
  description: [3, text],
  name: [4, text],
  type: [6, text],
  uniqueItems: [20, flag],
}))

const pathParameter = message(() => ({
  required: [1, flag],
  in: [2, text],
  description: [3, text],
  name: [4, text],
  type: [5, text],
  uniqueItems: [19, flag],
}))

const parameters = new Map([
  ['body', within(1, within(1, bodyParameter))],
  ['query', within(1, within(2, within(3, queryParameter)))],
  ['path', within(1, within(2, within(4, pathParameter)))],
])

/** One of several messages, by where the parameter stands. */
const parameter: Write<{ in: string }> = (number, value) => {
  const write = parameters.get(value.in)
  if (!write) throw new Error(`OpenAPI v2: no message for a parameter in ${value.in}`)
  return write(number, value)
}

const response = message(() => ({ description: [1, text], schema: [2, within(1, schema)] }))

const operation = message(
  () => ({
    tags: [1, list(text)],
    description: [3, text],
    operationId: [5, text],
    produces: [6, list(text)],
    consumes: [7, list(text)],
    parameters: [8, list(parameter)],
    responses: [9, within(1, named(within(1, response)))],
    schemes: [10, list(text)],
  }),
  13,
)

const pathItem = message(() => ({
  get: [2, operation],
  put: [3, operation],
  post: [4, operation],
  delete: [5, operation],
  options: [6, operation],
  head: [7, operation],
  patch: [8, operation],
  parameters: [9, list(parameter)],
}))

const apiKey = message(() => ({
  type: [1, text],
  name: [2, text],
  in: [3, text],
  description: [4, text],
}))

const documentFields: Table = {
  swagger: [1, text],
  info: [2, message(() => ({ title: [1, text], version: [2, text] }))],
  paths: [8, within(2, named(pathItem))],
  definitions: [9, within(1, named(schema))],
  security: [12, list(within(1, named(message(() => ({})))))],
  securityDefinitions: [13, within(1, named(within(2, apiKey)))],
}
