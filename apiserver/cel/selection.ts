/** Fields of what an expression holds: of maps by key, of declared objects by name, of optionals through them. */

import { CelRuntimeError } from './errors.ts'
import { CelMap, CelObject, Optional, typeNameOf, type Value } from './values.ts'

/** `undefined` where the field is absent. @throws CelRuntimeError for what has no fields */
function find(value: Value, field: string): Value | undefined {
  if (value instanceof CelMap || value instanceof CelObject) return value.get(field)
  throw new CelRuntimeError(`no such overload`)
}

/** @throws CelRuntimeError */
export function select(value: Value, field: string): Value {
  if (value instanceof Optional) return optionalSelect(value, field)
  const found = find(value, field)
  if (found !== undefined) return found
  throw new CelRuntimeError(`no such key: ${field}`)
}

/** What `has()` says. */
export function present(value: Value, field: string): boolean {
  if (value instanceof Optional)
    return value.value !== undefined && find(value.value, field) !== undefined
  return find(value, field) !== undefined
}

/** `a.?b` */
export function optionalSelect(value: Value, field: string): Optional {
  const held = value instanceof Optional ? value.value : value
  if (held === undefined) return Optional.none
  if (!(held instanceof CelMap || held instanceof CelObject))
    throw new CelRuntimeError(`no such overload: ${typeNameOf(held)}.?${field}`)
  const found = held.get(field)
  return found === undefined ? Optional.none : new Optional(found)
}
