/**
 * Which part of the old object a part of the new one was: fields by their names, items of list maps by their keys,
 * items of other lists not at all. By it unchanged parts are let pass, and rules compare with what was.
 */

import { type Structural, scalarText } from './structural.ts'
import { canonicalText, isObject, ownValue } from './values.ts'

/** There is no old value, or none that could be told. */
export const uncorrelated: unique symbol = Symbol('uncorrelated')

export function oldField(old: unknown, key: string): unknown {
  return isObject(old) && Object.hasOwn(old, key) ? old[key] : uncorrelated
}

/** The old items by those of the new list; made once for a list. */
export function oldItems(schema: Structural, old: unknown): (item: unknown) => unknown {
  if (schema.listType !== 'map' || !Array.isArray(old)) return () => uncorrelated
  const byKeys = new Map<string, unknown>()
  for (const item of old) {
    const key = keysOf(schema, item)
    if (key !== undefined && !byKeys.has(key)) byKeys.set(key, item)
  }
  return (item) => {
    const key = keysOf(schema, item)
    return key !== undefined && byKeys.has(key) ? byKeys.get(key) : uncorrelated
  }
}

/** By what an item of a list map is known; absent keys count as the schema's default for them. */
export function keysOf({ listMapKeys, items }: Structural, item: unknown): string | undefined {
  if (!isObject(item)) return undefined
  const own = (key: string) => ownValue(item, key) ?? items?.properties.get(key)?.default ?? null
  const [only = '', ...others] = listMapKeys
  const scalar = others.length === 0 ? scalarText(own(only)) : undefined
  return scalar ?? canonicalText(listMapKeys.map(own))
}
