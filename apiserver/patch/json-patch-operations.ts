/** The operations of a JSON patch, from what a client sent: which they are, and the places they name. */

import { badRequest, entityTooLarge, unprocessable } from '../http/status.ts'
import { isObject, type JsonObject, jsonType, own } from './json-value.ts'

export const maximumOperations = 10_000

export type Operation =
  | { op: 'add' | 'replace' | 'test'; path: string[]; value: unknown }
  | { op: 'remove'; path: string[] }
  | { op: 'move' | 'copy'; path: string[]; from: string[] }

/** @throws StatusError 400 what is no list of operations, 413 too many, 422 one that says too little */
export function readOperations(patch: unknown): Operation[] {
  if (patch === null) return []
  if (!Array.isArray(patch))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(patch)} into Go value of type []handlers.jsonPatchOp`,
    )
  if (patch.length > maximumOperations)
    throw entityTooLarge(
      `The allowed maximum operations in a JSON patch is ${maximumOperations}, got ${patch.length}`,
    )
  return patch.map(readOperation)
}

const fields = ['op', 'path', 'from', 'value']

/** Told where a patch is asked to be exact, at most this many. */
const mostUnknown = 100

/** Fields that no operation has: `[0].colour`. */
export function unknownFields(patch: unknown): string[] {
  const operations: unknown[] = Array.isArray(patch) ? patch : []
  const found: string[] = []
  for (const [at, operation] of operations.entries()) {
    if (found.length >= mostUnknown) break
    const names = isObject(operation) ? Object.keys(operation) : []
    found.push(...names.filter((name) => !fields.includes(name)).map((name) => `[${at}].${name}`))
  }
  return found.slice(0, mostUnknown)
}

function readOperation(given: unknown): Operation {
  if (!isObject(given))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(given)} into Go value of type handlers.jsonPatchOp`,
    )
  const op = text(given, 'op')
  const path = readPointer(text(given, 'path'))
  const from = readPointer(text(given, 'from'))
  if (!path) throw unprocessable()
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      return { op, path, value: own(given, 'value') ?? null }
    case 'remove':
      return { op, path }
    case 'move':
    case 'copy':
      if (!from) throw unprocessable()
      return { op, path, from }
    default:
      throw unprocessable()
  }
}

/** @throws StatusError 400 for what is no text */
function text(given: JsonObject, field: string): string | undefined {
  const value = own(given, field) ?? undefined
  if (value === undefined || typeof value === 'string') return value
  throw badRequest(
    `error decoding patch: json: cannot unmarshal ${jsonType(value)} into Go struct field jsonPatchOp.${field} of type string`,
  )
}

/** `/a~1b/0` as `['a/b', '0']`. What stands before the first slash is not looked at. */
function readPointer(pointer: string | undefined): string[] | undefined {
  if (pointer === '') return []
  const [, ...tokens] = pointer?.split('/') ?? []
  if (tokens.length === 0) return undefined
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}
