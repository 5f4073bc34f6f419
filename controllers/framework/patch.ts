/** Merge and JSON patches (RFC 7386, RFC 6902) on plain JSON, for the cluster in memory. */

import { isDeepStrictEqual } from 'node:util'
import { ApiError, type JsonPatchOperation } from './cluster.ts'

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Changes `target`. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result = isObject(target) ? target : {}
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key], value)
  return result
}

const invalid = (message: string): ApiError => new ApiError(422, 'Invalid', message)

const pointer = (path: string): string[] =>
  path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))

function parentOf(root: unknown, path: string): { parent: Json | unknown[]; last: string } {
  const parts = pointer(path)
  const last = parts.pop() ?? ''
  let at: unknown = root
  for (const part of parts) at = isObject(at) ? at[part] : Array.isArray(at) ? at[+part] : undefined
  if (!isObject(at) && !Array.isArray(at)) throw invalid(`${path} is missing`)
  return { parent: at, last }
}

function read(root: unknown, path: string): unknown {
  const { parent, last } = parentOf(root, path)
  const value = Array.isArray(parent) ? parent[+last] : parent[last]
  if (value === undefined) throw invalid(`${path} is missing`)
  return value
}

function add(root: unknown, path: string, value: unknown): void {
  const { parent, last } = parentOf(root, path)
  if (Array.isArray(parent)) parent.splice(last === '-' ? parent.length : +last, 0, value)
  else parent[last] = value
}

function remove(root: unknown, path: string): unknown {
  const value = read(root, path)
  const { parent, last } = parentOf(root, path)
  if (Array.isArray(parent)) parent.splice(+last, 1)
  else delete parent[last]
  return value
}

/** A changed copy; a failed `test` or an absent path is refused as Invalid. */
export function jsonPatch(target: unknown, operations: readonly JsonPatchOperation[]): unknown {
  const root = structuredClone(target)
  for (const operation of operations)
    switch (operation.op) {
      case 'add':
        add(root, operation.path, operation.value)
        break
      case 'replace':
        remove(root, operation.path)
        add(root, operation.path, operation.value)
        break
      case 'remove':
        remove(root, operation.path)
        break
      case 'move':
        add(root, operation.path, remove(root, operation.from))
        break
      case 'copy':
        add(root, operation.path, structuredClone(read(root, operation.from)))
        break
      case 'test':
        if (!isDeepStrictEqual(read(root, operation.path), operation.value))
          throw invalid(`testing value ${operation.path} failed`)
        break
      default:
        operation satisfies never
    }
  return root
}
