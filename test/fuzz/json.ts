/** Plain JSON, and one place of it made wrong. */

import type { Chance } from './chance.ts'
import { evilKeys, evilNumbers, evilTexts } from './evil.ts'

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What no schema has foreseen. */
export const bent = (chance: Chance): unknown =>
  chance.pick<unknown>([
    null,
    true,
    0,
    -1,
    1e308,
    2 ** 53,
    '',
    [],
    {},
    [null],
    { a: { b: [] } },
    ...evilTexts,
  ])

/** Changes one place of an object, however deep. */
export function bendOnePlace(chance: Chance, root: Record<string, unknown>): void {
  let at: Record<string, unknown> | unknown[] = root
  for (;;) {
    const keys = Object.keys(at)
    const key = keys.length > 0 ? chance.pick(keys) : ''
    const next = (at as Record<string, unknown>)[key]
    if (typeof next !== 'object' || next === null || chance.of(0.15)) {
      bendHere(chance, at, key)
      return
    }
    at = next as Record<string, unknown>
  }
}

function bendHere(chance: Chance, at: Record<string, unknown> | unknown[], key: string): void {
  const object = at as Record<string, unknown>
  switch (chance.below(6)) {
    case 0:
      if (Array.isArray(at)) at.splice(Number(key), 1)
      else delete object[key]
      return
    case 1:
      if (Array.isArray(at)) at.push(structuredClone(at[0] ?? bent(chance)))
      else own(object, chance.pick(evilKeys), bent(chance))
      return
    case 2:
      own(object, key, [object[key]])
      return
    case 3:
      own(object, key, { [key]: object[key] })
      return
    default:
      own(object, key, neighbour(chance, object[key]))
  }
}

/** Of the same sort, and hardly what was meant. */
function neighbour(chance: Chance, value: unknown): unknown {
  if (typeof value === 'number') return chance.pick([value + 1, -value, 0, 2 ** 31, 2 ** 53, 0.5])
  if (typeof value === 'boolean') return !value
  if (typeof value === 'string' && chance.of(0.5))
    return chance.pick([`${value}x`, value.slice(1), value.toUpperCase(), `${value}/`, `-${value}`])
  return bent(chance)
}

function own(object: object, key: string, value: unknown): void {
  const plain = { value, writable: true, enumerable: true, configurable: true }
  Object.defineProperty(object, key, plain)
}

/** As text, sometimes with what no serializer writes: cut off, keys that stand twice, numbers beyond numbers. */
export function jsonText(chance: Chance, value: unknown): string {
  let text = JSON.stringify(value) ?? 'null'
  if (chance.of(0.02)) text = text.slice(0, chance.below(text.length))
  if (chance.of(0.02)) text = text.replace('{', `{"${chance.pick(evilKeys)}":{"x":1},`)
  if (chance.of(0.03)) text = text.replace(/:(\d+)/, () => `:${chance.pick(evilNumbers)}`)
  if (chance.of(0.03)) text = text.replace(/:"[^"]*"/, () => `:${chance.pick(evilNumbers)}`)
  if (chance.of(0.01)) text = text.replace(/"([^"]*)":/, '"$1":1,"$1":')
  return text
}
