/** Lists in which each item stands once: sets by the whole item, maps by the values of their keys. Linear in size. */

import { duplicate, invalid } from '../../resources/field-errors.ts'
import type { FieldError } from '../../resources/resource.ts'
import { maximumErrors } from './check.ts'
import type { Structural } from './structural.ts'
import {
  canonicalText,
  child,
  excerpt,
  isObject,
  type JsonObject,
  keyed,
  ownValue,
} from './values.ts'

export function checkListTypes(schema: Structural, value: unknown, path = ''): FieldError[] {
  const errors: FieldError[] = []
  walk(schema, value, path, errors)
  return errors.slice(0, maximumErrors)
}

function walk(schema: Structural, value: unknown, path: string, errors: FieldError[]): void {
  if (!schema.hasUniqueLists || errors.length >= maximumErrors) return
  if (Array.isArray(value)) {
    if (schema.listType === 'set') checkUnique(value.map(nameOf), (at) => value[at], path, errors)
    if (schema.listType === 'map') checkListMap(schema, value, path, errors)
    if (schema.items)
      for (const [at, item] of value.entries()) walk(schema.items, item, `${path}[${at}]`, errors)
  } else if (isObject(value)) walkFields(schema, value, path, errors)
}

function walkFields(
  { properties, additionalProperties: additional }: Structural,
  object: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  for (const key of Object.keys(object)) {
    const property = properties.get(key)
    if (property) walk(property, object[key], child(path, key), errors)
    else if (typeof additional === 'object') walk(additional, object[key], keyed(path, key), errors)
  }
}

function checkListMap(
  { listMapKeys }: Structural,
  items: readonly unknown[],
  path: string,
  errors: FieldError[],
): void {
  const odd = items.findIndex((item) => item !== null && !isObject(item))
  if (odd >= 0) {
    const what = 'must be an object for an array of list-type map'
    errors.push(invalid(`${path}[${odd}]`, excerpt(items[odd]), what))
    return
  }
  const texts = items.map((item) =>
    listMapKeys.map((key) => nameOf(ownValue((item ?? {}) as JsonObject, key))).join(),
  )
  checkUnique(texts, (at) => keysOf(items[at], listMapKeys), path, errors)
}

/** The keys that are there, as messages show them. */
function keysOf(item: unknown, keys: readonly string[]): unknown {
  const own = (item ?? {}) as JsonObject
  return Object.fromEntries(
    keys.filter((key) => Object.hasOwn(own, key)).map((key) => [key, own[key]]),
  )
}

/** The same for the same JSON; a key that is absent is none that is null. */
function nameOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'number' ? String(value) : canonicalText(value)
}

/** What stands several times is told once, at its second place. */
function checkUnique(
  texts: readonly string[],
  shown: (at: number) => unknown,
  path: string,
  errors: FieldError[],
): void {
  const times = new Map<string, number>()
  for (const [at, text] of texts.entries()) {
    const before = times.get(text) ?? 0
    times.set(text, before + 1)
    if (before === 1 && errors.length < maximumErrors)
      errors.push(duplicate(`${path}[${at}]`, excerpt(shown(at))))
  }
}
