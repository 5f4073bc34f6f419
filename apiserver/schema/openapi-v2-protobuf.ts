/**
 * The OpenAPI v2 document in the binary form in which kubectl asks for it when a file holds a `List`: the messages of
 * gnostic's `openapi.v2`, each a table of field numbers. It knows what `openApiV2` makes and refuses anything else, so
 * that nothing is lost on the way.
 */

type Write = (parts: Buffer[], number: number, value: never) => void
type Table = Readonly<Record<string, readonly [number: number, write: Write]>>

/** @throws Error for a key that has no number here */
export function openApiV2Protobuf(document: object): Buffer {
  const parts: Buffer[] = []
  writeFields(parts, document, documentFields)
  return Buffer.concat(parts)
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}

function writeBytes(parts: Buffer[], number: number, bytes: Buffer): void {
  parts.push(varint(number * 8 + 2), varint(bytes.length), bytes)
}

const text = (parts: Buffer[], number: number, value: string) =>
  writeBytes(parts, number, Buffer.from(value))

const flag = (parts: Buffer[], number: number, value: boolean) => {
  if (value) parts.push(varint(number * 8), varint(1))
}

const list =
  <T>(write: (parts: Buffer[], number: number, value: T) => void) =>
  (parts: Buffer[], number: number, values: readonly T[]) => {
    for (const value of values) write(parts, number, value)
  }

/** A message with one field. */
const within =
  <T>(inner: number, write: (parts: Buffer[], number: number, value: T) => void) =>
  (parts: Buffer[], number: number, value: T) => {
    const own: Buffer[] = []
    write(own, inner, value)
    writeBytes(parts, number, Buffer.concat(own))
  }

/** A map as pairs of a name (1) and a value (2). */
const named =
  <T>(write: (parts: Buffer[], number: number, value: T) => void) =>
  (parts: Buffer[], number: number, values: Readonly<Record<string, T>>) => {
    for (const [name, value] of Object.entries(values)) {
      const pair: Buffer[] = []
      text(pair, 1, name)
      write(pair, 2, value)
      writeBytes(parts, number, Buffer.concat(pair))
    }
  }

/** Any JSON, which is YAML too. */
const any = (parts: Buffer[], number: number, value: unknown) =>
  within(2, text)(parts, number, `${JSON.stringify(value)}\n`)

/** @param extensions the number of the fields whose names begin with `x-` */
function writeFields(parts: Buffer[], value: object, table: Table, extensions?: number): void {
  for (const [key, content] of Object.entries(value)) {
    if (content === undefined) continue
    if (extensions !== undefined && key.startsWith('x-')) {
      named(any)(parts, extensions, { [key]: content })
      continue
    }
    const entry = Object.hasOwn(table, key) ? table[key] : undefined
    if (!entry) throw new Error(`OpenAPI v2: no field number for ${key}`)
    entry[1](parts, entry[0], content as never)
  }
}

const message =
  (table: () => Table, extensions?: number) => (parts: Buffer[], number: number, value: object) => {
    const own: Buffer[] = []
    writeFields(own, value, table(), extensions)
    writeBytes(parts, number, Buffer.concat(own))
  }

const schema = message(() => schemaFields, 31)
const schemaFields: Table = {
  $ref: [1, text],
  format: [2, text],
  description: [4, text],
  default: [5, any],
  required: [19, list(text)],
  enum: [20, list(any)],
  additionalProperties: [21, within(1, schema)],
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
function parameter(parts: Buffer[], number: number, value: { in: string }): void {
  const write = parameters.get(value.in)
  if (!write) throw new Error(`OpenAPI v2: no message for a parameter in ${value.in}`)
  write(parts, number, value)
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
