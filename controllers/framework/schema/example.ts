/**
 * Random values that a schema allows, to test with: conversions there and back, controllers on objects nobody thought
 * of. CEL rules are not looked at.
 */

import type { Random } from '../../../ports/random.ts'
import { type JsonSchema, type Union, unionOf } from './json-schema.ts'
import { KindError } from './kind-error.ts'
import { fieldOf, fieldPath } from './path.ts'

/**
 * A value that satisfies the schema; fields that may be left out are there or not.
 *
 * Throws `KindError` for a pattern that none of its words matches: give that field an `example()`.
 */
export function exampleOf(schema: JsonSchema, random: Random, path = ''): unknown {
  if (schema.nullable && random.next() < 0.2) return null
  if (schema.enum) return picked(schema.enum, random)
  if (schema['x-kubernetes-int-or-string'])
    return random.next() < 0.5 ? whole(0, 9, random) : text(schema, random, path)
  switch (schema.type) {
    case 'object':
      if (schema[unionOf]) return memberOf(schema[unionOf], random, path)
      return objectOf(schema, random, path)
    case 'array':
      return listOf(schema, random, path)
    case 'string':
      return text(schema, random, path)
    case 'integer':
    case 'number':
      return numberOf(schema, random)
    case 'boolean':
      return random.next() < 0.5
    case undefined:
      return picked([null, 'any', 1, { any: ['thing'] }], random)
    default:
      throw schema.type satisfies never
  }
}

const whole = (from: number, to: number, random: Random): number =>
  from + Math.floor(random.next() * (to - from + 1))

const picked = <T>(values: readonly T[], random: Random): T =>
  values[whole(0, values.length - 1, random)] as T

/** How many of what may be many: few, but within the bounds. */
const count = (min = 0, max = min + 3, random: Random): number =>
  whole(min, Math.min(max, min + 3), random)

/** One of the members, and nothing of the others. */
function memberOf({ discriminator, members }: Union, random: Random, path: string): object {
  const { values, json } = picked(members, random)
  const { [discriminator]: _, ...properties } = json.properties ?? {}
  const fields = objectOf({ ...json, properties }, random, path)
  return { [discriminator]: picked(values, random), ...fields }
}

function objectOf(schema: JsonSchema, random: Random, path: string): object {
  const { properties = {}, required = [], additionalProperties: others } = schema
  const fields = Object.entries(properties)
    .filter(([name]) => required.includes(name) || random.next() < 0.6)
    .map(([name, part]) => [name, exampleOf(part, random, fieldPath(path, name))] as const)
  if (typeof others !== 'object') return Object.fromEntries(fields)
  const names = Array.from(
    { length: count(schema.minProperties, schema.maxProperties, random) },
    (_, at) => `key-${at}`,
  )
  return Object.fromEntries(
    names.map((name) => [name, exampleOf(fieldOf(schema, name) ?? {}, random, `${path}.*`)]),
  )
}

function listOf(schema: JsonSchema, random: Random, path: string): unknown[] {
  const { items = {}, minItems, maxItems, 'x-kubernetes-list-type': type } = schema
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const list = Array.from({ length: count(minItems, maxItems, random) }, () =>
    exampleOf(items, random, `${path}[]`),
  )
  const identity = (item: unknown) =>
    type === 'set'
      ? JSON.stringify(item)
      : JSON.stringify(keys.map((key) => (item as Record<string, unknown>)[key]))
  if (type !== 'set' && type !== 'map') return list
  return [...new Map(list.map((item) => [identity(item), item])).values()]
}

function numberOf(schema: JsonSchema, random: Random): number {
  const step = schema.multipleOf ?? 1
  const [least, most] = [schema.minimum ?? Math.min(0, schema.maximum ?? 0), schema.maximum]
  const low = Math.ceil(least / step) + (schema.exclusiveMinimum && least % step === 0 ? 1 : 0)
  const high = most === undefined ? low + 100 : Math.floor(most / step)
  const last = schema.exclusiveMaximum && most !== undefined && most % step === 0 ? high - 1 : high
  return whole(low, Math.min(last, low + 100), random) * step
}

const byFormat: Readonly<Record<string, readonly string[]>> = {
  'date-time': ['2026-01-31T12:00:00Z', '1999-12-31T23:59:59Z'],
  date: ['2026-01-31'],
  duration: ['90s', '1h30m'],
  byte: ['aGVsbG8='],
  email: ['someone@example.com'],
  hostname: ['host.example.com'],
  ipv4: ['192.0.2.1'],
  ipv6: ['2001:db8::1'],
  cidr: ['192.0.2.0/24'],
  uri: ['https://example.com/path'],
  uuid: ['1b4e28ba-2fa1-41d2-883f-0016d3cca427'],
}
const words =
  'a Ready True 1 10 25% 500m 2Gi v1 web my-name hello.world example.com main UTC 0.5 https://example.com/a /etc/config key=value hello:v1 #ff0000 1.2.3 00:00 aaaaaaaaaaaaaaaa'.split(
    ' ',
  )

function text(schema: JsonSchema, random: Random, path: string): string {
  if (typeof schema.example === 'string' && random.next() < 0.5) return schema.example
  const { minLength = 0, maxLength = 64, pattern, format = '' } = schema
  const fits = (word: string) =>
    word.length >= minLength && word.length <= maxLength && matches(pattern, word)
  const known = (Object.hasOwn(byFormat, format) ? byFormat[format] : undefined) ?? words
  const candidates = [...known, ...(known === words ? stretched(minLength, maxLength) : [])]
  const fitting = candidates.filter(fits)
  if (fitting.length > 0) return picked(fitting, random)
  if (typeof schema.example === 'string') return schema.example
  throw new KindError(path, 'has no example that anybody could guess: give it an example()')
}

/** Strings at the bounds of the length, in letters of one and of several bytes. */
const stretched = (min: number, max: number): string[] =>
  [min, Math.min(max, min + 10)].flatMap((length) => ['x'.repeat(length), 'é'.repeat(length)])

const matches = (pattern: string | undefined, word: string): boolean =>
  pattern === undefined || new RegExp(pattern.replace(/^\(\?[ims]+\)/, ''), 'u').test(word)
