/**
 * RFC 6902: a list of operations on places in a document, read as the API has always read it: indices below zero count
 * from the end of a list, `replace` may add, and nothing is done to the document as a whole but replacing and testing
 * it. Bounded in what `copy` may multiply, and in what shifting long lists and comparing large values may cost,
 * because each can be made to explode by a small body.
 */

import { cloneJson, maximumDepth, setOwn } from '../../api/json-text.ts'
import { entityTooLarge, unprocessable } from '../http/status.ts'
import { type Operation, readOperations } from './json-patch-operations.ts'
import { equal, extent, isObject, type JsonObject } from './json-value.ts'

/** Characters that all copies of one patch may add. */
const maximumCopied = 3 << 20
/** List items that all insertions and removals of one patch may shift. */
const maximumShifted = 50_000_000
/** Keys and items of the document's values that all tests of one patch may look at, besides those they name. */
const maximumCompared = 5_000_000

/**
 * A patched copy of `target`, which is left alone and not shared.
 * @throws StatusError 400 what is no list of operations; 413 too many of them or too much growth; 422 (reason
 * Invalid) a `test` that failed, a place that is not there, or an operation that says too little
 */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  const operations = readOperations(patch)
  const document = new Document(cloneJson(target))
  for (const operation of operations) document.apply(operation)
  if (extent(document.value, Number.MAX_VALUE) === Number.POSITIVE_INFINITY)
    throw entityTooLarge(`a patched object must not nest deeper than ${maximumDepth}`)
  return document.value
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

  /** The list or object that holds the last token of a path, and that token: only `replace` and `test` know the whole. */
  #place(path: readonly string[]): { parent: unknown[] | JsonObject; key: string } {
    const key = path.at(-1)
    if (key === undefined) throw unprocessable()
    let parent = this.value
    for (const token of path.slice(0, -1)) parent = found(parent, token)
    if (!Array.isArray(parent) && !isObject(parent)) throw unprocessable()
    return { parent, key }
  }

  #add(path: readonly string[], value: unknown): void {
    const { parent, key } = this.#place(path)
    if (!Array.isArray(parent)) {
      setOwn(parent, key, value)
      return
    }
    const index = key === '-' ? parent.length : indexIn(key, parent.length + 1)
    this.#shift(parent.length - index)
    parent.splice(index, 0, value)
  }

  #remove(path: readonly string[]): unknown {
    const { parent, key } = this.#place(path)
    const value = found(parent, key)
    if (value === absent) throw unprocessable()
    if (Array.isArray(parent)) {
      const index = indexIn(key, parent.length)
      this.#shift(parent.length - index)
      parent.splice(index, 1)
    } else delete parent[key]
    return value
  }

  /** A key that is not there yet is added. */
  #replace(path: readonly string[], value: unknown): void {
    if (path.length === 0) {
      if (!Array.isArray(value) && !isObject(value)) throw unprocessable()
      this.value = value
      return
    }
    const { parent, key } = this.#place(path)
    if (Array.isArray(parent)) parent[indexIn(key, parent.length)] = value
    else setOwn(parent, key, value)
  }

  /** A key that is not there is copied as null. */
  #copy(from: readonly string[]): unknown {
    const { parent, key } = this.#place(from)
    const value = found(parent, key)
    if (value === absent) return null
    this.#copied += extent(value, maximumCopied)
    if (this.#copied > maximumCopied)
      throw entityTooLarge(
        `Unable to complete the copy, the accumulated size increase of copy is over ${maximumCopied}`,
      )
    return cloneJson(value)
  }

  /** Null stands for absent too, where the parent is there. */
  #test(path: readonly string[], expected: unknown): void {
    const value = path.length === 0 ? this.value : this.#valueAt(path)
    if (value === absent) {
      if (expected === null) return
    } else {
      // Only the document's own level counts: below it, what is compared stands in the patch as well.
      if (isObject(value)) this.#compare(Object.keys(value).length)
      if (equal(value, expected)) return
    }
    throw unprocessable()
  }

  #valueAt(path: readonly string[]): unknown {
    const { parent, key } = this.#place(path)
    return found(parent, key)
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

/** What a list or an object holds there; `absent` for a key that an object has not. @throws StatusError 422 */
function found(parent: unknown, token: string): unknown {
  if (Array.isArray(parent)) return parent[indexIn(token, parent.length)]
  if (!isObject(parent)) throw unprocessable()
  return Object.hasOwn(parent, token) ? parent[token] : absent
}

/** Below `length`; `-1` is the last. @throws StatusError 422 */
function indexIn(token: string, length: number): number {
  const given = /^[+-]?\d{1,15}$/.test(token) ? Number(token) : Number.NaN
  const index = given < 0 ? given + length : given
  if (!(index >= 0 && index < length)) throw unprocessable()
  return index
}
