/** Values that a schema describes, most of them as it says. */

import type { Chance } from './chance.ts'
import { evilKeys, evilTexts } from './evil.ts'
import type { Grammar, Schema } from './grammar.ts'
import { bent } from './json.ts'

const deepest = 7

export class Values {
  readonly #chance: Chance
  readonly #schemas: Grammar['schemas']

  constructor(chance: Chance, { schemas }: Grammar) {
    this.#chance = chance
    this.#schemas = schemas
  }

  of(schema: Schema, depth: number): unknown {
    const chance = this.#chance
    if (chance.of(0.01)) return bent(chance)
    const [all] = schema.allOf ?? []
    if (all) return this.of(all, depth)
    if (schema.$ref) {
      const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)
      const found = this.#schemas.get(name)
      return found ? this.of(found, depth) : {}
    }
    switch (schema.type) {
      case 'object':
        return this.#object(schema, depth)
      case 'array':
        return chance.some(2, () => this.of(schema.items ?? {}, depth + 1))
      case 'string':
        return this.#text(schema)
      case 'integer':
        return chance.pick([0, 1, 2, 80, 443, 30_000, -1, 2 ** 31])
      case 'number':
        return chance.pick([0, 0.5, 1e10])
      case 'boolean':
        return chance.of(0.5)
      default:
        return chance.pick<unknown>(['1', 1, { type: 'object' }, {}])
    }
  }

  #object(schema: Schema, depth: number): Record<string, unknown> {
    const chance = this.#chance
    const object: Record<string, unknown> = {}
    const { properties = {}, additionalProperties, required = [] } = schema
    for (const [name, property] of Object.entries(properties)) {
      const wanted = required.includes(name) ? 0.97 : depth > deepest ? 0 : 0.6 / (1 + depth)
      if (chance.of(wanted)) object[name] = this.of(property, depth + 1)
    }
    if (typeof additionalProperties === 'object' && chance.of(0.5)) {
      const key = chance.pick(['a', 'app', 'cpu', 'a.b/c', ...evilKeys.slice(0, 2)])
      object[key] = this.of(additionalProperties, depth + 1)
    }
    if (chance.of(0.02)) object[chance.pick(evilKeys)] = bent(chance)
    return object
  }

  #text({ enum: values, format }: Schema): string {
    const chance = this.#chance
    if (values && chance.of(0.9)) return chance.pick(values)
    if (format === 'date-time') return chance.pick(['2026-01-01T00:00:00Z', '2026-01-01', 'now'])
    if (format === 'byte') return chance.pick(['YQ==', '', 'a', '====='])
    return chance.pick(chance.of(0.1) ? evilTexts : texts)
  }
}

const texts = [
  'a',
  'b',
  'web',
  'example.com/a:1',
  '100m',
  '1Gi',
  '10%',
  '10.96.0.7',
  '10.0.0.0/8',
  '/path',
  'ClusterFirst',
  'TCP',
  'Always',
  'v1',
  'example.com',
  'Namespaced',
  'self.x == 1',
  '*',
  '',
]
