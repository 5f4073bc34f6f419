/**
 * RFC 6902: a list of operations on places in a document. Bounded in operations, in what `copy` may multiply, and in
 * what shifting long lists and comparing large values may cost, because each can be made to explode by a small body.
 */

import { cloneJson, maximumDepth, setOwn } from '../../api/json-text.ts'
import { badRequest, entityTooLarge, unprocessable } from '../http/status.ts'
import { equal, extent, isObject, type JsonObject, jsonType } from './json-value.ts'

export const maximumOperations = 10_000
/** Characters that all copies of one patch may add. */
const maximumCopied = 3 << 20
/** List items that all insertions and removals of one patch may shift. */
const maximumShifted = 50_000_000
/** Keys and items of the document's values that all tests of one patch may look at, besides those they name. */
const maximumCompared = 5_000_000

type Operation =
  | { op: 'add' | 'replace' | 'test'; path: string[]; value: unknown }
  | { op: 'remove'; path: string[] }
  | { op: 'move' | 'copy'; path: string[]; from: string[] }

/**
 * A patched copy of `target`, which is left alone and not shared.
 * @throws StatusError 400 what is no list of operations; 413 too many of them or too much growth; 422 (reason
 * Invalid) a `test` that failed, a place that is not there, or an operation that says too little
 */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(patch)} into Go value of type []handlers.jsonPatchOp`,
    )
  if (patch.length > maximumOperations)
    throw entityTooLarge(
      `The allowed maximum operations in a JSON patch is ${maximumOperations}, got ${patch.length}`,
    )
  const operations = patch.map(readOperation)
  const document = new Document(cloneJson(target))
  for (const operation of operations) document.apply(operation)
  if (extent(document.value, Number.MAX_VALUE) === Number.POSITIVE_INFINITY)
    throw entityTooLarge(`a patched object must not nest deeper than ${maximumDepth}`)
  return document.value
}

function readOperation(given: unknown): Operation {
  if (!isObject(given))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(given)} into Go value of type handlers.jsonPatchOp`,
    )
  const { op } = given
  const path = readPointer(given.path)
  if (!path) throw unprocessable()
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      if (op !== 'test' && !Object.hasOwn(given, 'value')) throw unprocessable()
      return { op, path, value: given.value ?? null }
    case 'remove':
      return { op, path }
    case 'move':
    case 'copy': {
      const from = readPointer(given.from)
      if (!from) throw unprocessable()
      if (op === 'move' && from.length < path.length && from.every((key, i) => key === path[i]))
        throw unprocessable()
      return { op, path, from }
    }
    default:
      throw unprocessable()
  }
}

/** `/a~1b/0` as `['a/b', '0']`. */
function readPointer(text: unknown): string[] | undefined {
  if (text === '') return []
  if (typeof text !== 'string' || !text.startsWith('/') || /~(?![01])/.test(text)) return undefined
  return text
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const absent = Symbol('absent')

class Document {
  value: unknown
  #copied = 0
  #shifted = 0
  #compared = 0

  constructor(value: unknown) {
    this.value = value
  }

  apply(operation: Operation): void {
    switch (operation.op) {
      case 'add':
        this.#add(operation.path, cloneJson(operation.value))
        break
      case 'remove':
        this.#remove(operation.path)
        break
      case 'replace':
        this.#replace(operation.path, cloneJson(operation.value))
        break
      case 'move':
        this.#need(operation.from)
        this.#add(operation.path, this.#remove(operation.from))
        break
      case 'copy':
        this.#add(operation.path, this.#copy(operation.from))
        break
      case 'test':
        this.#test(operation.path, operation.value)
        break
      default:
        operation satisfies never
    }
  }

  /** What stands at a path, or `absent`. */
  #find(path: readonly string[]): unknown {
    let value = this.value
    for (const token of path) {
      if (Array.isArray(value)) {
        const index = indexIn(token, value.length - 1)
        if (index === undefined) return absent
        value = value[index]
      } else if (isObject(value) && Object.hasOwn(value, token)) value = value[token]
      else return absent
    }
    return value
  }

  #need(path: readonly string[]): unknown {
    const value = this.#find(path)
    if (value === absent) throw unprocessable()
    return value
  }

  /** The list or object that holds the last token of a path. */
  #parent(path: readonly string[]): unknown[] | JsonObject {
    const parent = this.#need(path.slice(0, -1))
    if (Array.isArray(parent) || isObject(parent)) return parent
    throw unprocessable()
  }

  #add(path: readonly string[], value: unknown): void {
    const key = path.at(-1)
    if (key === undefined) {
      this.value = value
      return
    }
    const parent = this.#parent(path)
    if (!Array.isArray(parent)) {
      setOwn(parent, key, value)
      return
    }
    const index = key === '-' ? parent.length : indexIn(key, parent.length)
    if (index === undefined) throw unprocessable()
    this.#shift(parent.length - index)
    parent.splice(index, 0, value)
  }

  #remove(path: readonly string[]): unknown {
    const value = this.#need(path)
    const key = path.at(-1)
    if (key === undefined) {
      this.value = null
      return value
    }
    const parent = this.#parent(path)
    if (Array.isArray(parent)) {
      this.#shift(parent.length - Number(key))
      parent.splice(Number(key), 1)
    } else delete parent[key]
    return value
  }

  #replace(path: readonly string[], value: unknown): void {
    this.#need(path)
    const key = path.at(-1)
    if (key === undefined) {
      this.value = value
      return
    }
    const parent = this.#parent(path)
    if (Array.isArray(parent)) parent[Number(key)] = value
    else setOwn(parent, key, value)
  }

  #copy(from: readonly string[]): unknown {
    const value = this.#need(from)
    this.#copied += extent(value, maximumCopied)
    if (this.#copied > maximumCopied)
      throw entityTooLarge(
        `Unable to complete the copy, the accumulated size increase of copy is over ${maximumCopied}`,
      )
    return cloneJson(value)
  }

  /** Null stands for absent too, where the parent is there. */
  #test(path: readonly string[], expected: unknown): void {
    const found = this.#find(path)
    if (found === absent) {
      if (path.length > 0) this.#parent(path)
      if (expected === null) return
    } else {
      // Only the document's own level counts: below it, what is compared stands in the patch as well.
      if (isObject(found)) this.#compare(Object.keys(found).length)
      if (equal(found, expected)) return
    }
    throw unprocessable()
  }

  #compare(keys: number): void {
    this.#compared += keys
    if (this.#compared > maximumCompared)
      throw entityTooLarge('the patch tests too many large objects')
  }

  #shift(items: number): void {
    this.#shifted += items
    if (this.#shifted > maximumShifted) throw entityTooLarge('the patch shifts too many list items')
  }
}

/** A list index without leading zeros, at most `last`. */
function indexIn(token: string, last: number): number | undefined {
  const index = /^(?:0|[1-9]\d{0,9})$/.test(token) ? Number(token) : Number.POSITIVE_INFINITY
  return index <= last ? index : undefined
}
