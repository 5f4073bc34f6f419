/**
 * Whether a configuration is of its type at all, in the words in which server-side apply refuses it. Further than
 * that (formats, required fields, meaning) validation goes, once it is merged.
 */

import { isRawNumber } from '../../api/json-text.ts'
import { goSyntax, goText, goType } from '../schema/go-text.ts'
import type { MergeType } from '../schema/merge-type.ts'
import {
  deducedType,
  elementOf,
  isObject,
  itemType,
  type JsonObject,
  type ListType,
  TypeMismatch,
} from './elements.ts'
import { fieldElement, formatElement } from './path-element.ts'

/** More than these are of use to nobody. */
const maximumProblems = 100

/** Each as `.spec.foo: field not declared in schema`. Empty where all is well. */
export function problemsOf(value: unknown, type: MergeType): string[] {
  const walk = new Walk()
  walk.value(value, type)
  return walk.problems
}

/** As one message. */
export const problemText = (problems: readonly string[]): string =>
  problems.length === 1
    ? problems[0]!
    : ['errors:', ...problems.map((text) => `  ${text}`)].join('\n')

class Walk {
  readonly problems: string[] = []
  readonly #path: string[] = []

  #report(why: string): void {
    if (this.problems.length >= maximumProblems) return
    const path = this.#path.map(formatElement).join('')
    this.problems.push(path === '' ? why : `${path}: ${why}`)
  }

  #below(element: string, value: unknown, type: MergeType): void {
    this.#path.push(element)
    this.value(value, type)
    this.#path.pop()
  }

  value(value: unknown, type: MergeType): void {
    if (value === null || value === undefined) return
    switch (type.kind) {
      case 'atomic':
        this.#atomic(value, type)
        break
      case 'deduced':
        this.value(value, deducedType(value))
        break
      case 'struct':
      case 'map':
        if (isObject(value)) this.#object(value, type)
        else this.#report(`expected map, got ${goValue(value)}`)
        break
      case 'set':
      case 'list':
        if (Array.isArray(value)) this.#list(value, type)
        else this.#report(`expected list, got ${goValue(value)}`)
        break
      default: {
        void (type satisfies never)
      }
    }
  }

  #atomic(value: unknown, type: Extract<MergeType, { kind: 'atomic' }>): void {
    if (type.object) this.value(value, type.object)
    else if (type.items) this.#indexed(value, type.items)
    else if (type.scalar) this.#scalar(value, type.scalar)
  }

  #scalar(value: unknown, scalar: 'string' | 'numeric' | 'boolean' | 'untyped'): void {
    const simple = typeof value !== 'object' || isRawNumber(value)
    const number = typeof value === 'number' || isRawNumber(value)
    if (scalar === 'numeric' && !number)
      this.#report(`expected numeric (int or float), got ${goType(value)}`)
    if (scalar === 'string' && typeof value !== 'string')
      this.#report(`expected string, got ${goPointer(value)}`)
    if (scalar === 'boolean' && typeof value !== 'boolean')
      this.#report(`expected boolean, got ${goValue(value)}`)
    if (scalar === 'untyped' && !simple) this.#report(`expected any scalar, got ${goValue(value)}`)
  }

  /** The first field that is not declared is told, and the rest of its object not looked at. */
  #object(object: JsonObject, type: Extract<MergeType, { kind: 'struct' | 'map' }>): void {
    for (const name of Object.keys(object)) {
      const element = fieldElement(name)
      const inner = type.kind === 'map' ? type.values : (type.field(name) ?? type.rest)
      if (!inner) {
        this.#path.push(element)
        this.#report('field not declared in schema')
        this.#path.pop()
        return
      }
      this.#below(element, object[name], inner)
    }
  }

  #indexed(value: unknown, items: MergeType): void {
    if (!Array.isArray(value)) {
      this.#report(`expected list, got ${goValue(value)}`)
      return
    }
    for (const [at, item] of value.entries()) this.#below(`i:${at}`, item, items)
  }

  #list(list: readonly unknown[], type: ListType): void {
    const seen = new Set<string>()
    for (const [at, item] of list.entries()) {
      let element: string
      try {
        element = elementOf(item, type)
      } catch (error) {
        if (!(error instanceof TypeMismatch)) throw error
        // Without its element nothing in it can be named.
        this.#report(`element ${at}: ${error.message}`)
        return
      }
      if (seen.has(element)) this.#report(`duplicate entries for key ${formatElement(element)}`)
      seen.add(element)
      this.#below(element, item, itemType(type))
    }
  }
}

/** `%#v`, behind a pointer. */
const goPointer = (value: unknown): string => `&value.valueUnstructured{Value:${goSyntax(value)}}`

/** `%v`, behind a pointer. */
const goValue = (value: unknown): string => `&{${goText(value)}}`
