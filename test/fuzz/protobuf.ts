/** Messages of a kind as protobuf: each field by its number, mostly with what belongs there. */

import type { GroupVersionKind } from '../../api/object.ts'
import {
  type Definition,
  definition,
  definitionOfKind,
  type Type,
} from '../../apiserver/schema/schema.ts'
import type { Chance } from './chance.ts'
import { evilTexts } from './evil.ts'

const magic = Buffer.from([0x6b, 0x38, 0x73, 0])
const deepest = 6

/** An object in its envelope; now and then with bytes that nobody can read. */
export function protobufBody(chance: Chance, kind: GroupVersionKind, name: string): Buffer {
  const { group, version } = kind
  const apiVersion = group === '' ? version : `${group}/${version}`
  const found = definitionOfKind(kind)
  const fields = found ? new Messages(chance).fields(definition(found), 0) : Buffer.alloc(0)
  const raw = Buffer.concat([fields, bytes(1, bytes(1, name))])
  const typeMeta = Buffer.concat([bytes(1, apiVersion), bytes(2, kind.kind)])
  const body = Buffer.concat([magic, bytes(1, typeMeta), bytes(2, raw)])
  if (chance.of(0.05)) return body.subarray(0, chance.below(body.length))
  if (chance.of(0.1)) body[chance.below(body.length)] = chance.below(256)
  return body
}

class Messages {
  readonly #chance: Chance

  constructor(chance: Chance) {
    this.#chance = chance
  }

  fields({ message }: Definition, depth: number): Buffer {
    const parts: Buffer[] = []
    for (const [number, known] of message) {
      if (!this.#chance.of(depth > deepest ? 0 : 0.6 / (1 + depth))) continue
      if ('flattened' in known) parts.push(bytes(number, this.fields(known.flattened, depth + 1)))
      else parts.push(...this.#field(number, known.field.type, depth))
    }
    return Buffer.concat(parts)
  }

  #field(number: number, type: Type, depth: number): Buffer[] {
    if (this.#chance.of(0.01)) return [varint(BigInt(number << 3)), varint(7n)]
    if (type.kind === 'list')
      return this.#chance.some(2, () => this.#value(number, type.items, depth))
    if (type.kind !== 'map') return [this.#value(number, type, depth)]
    return this.#chance.some(2, () =>
      bytes(number, Buffer.concat([bytes(1, this.#text()), this.#value(2, type.values, depth)])),
    )
  }

  #value(number: number, type: Type, depth: number): Buffer {
    switch (type.kind) {
      case 'string':
      case 'bytes':
        return bytes(number, this.#text())
      case 'boolean':
      case 'int32':
      case 'int64':
        return integer(number, this.#chance.pick([0n, 1n, 80n, -1n, 2n ** 53n, 2n ** 63n - 1n]))
      case 'double':
        return Buffer.concat([varint(BigInt((number << 3) | 1)), Buffer.alloc(8, 0x40)])
      case 'definition':
        return bytes(number, this.#definition(type.definition, depth + 1))
      default:
        return Buffer.alloc(0)
    }
  }

  #definition(definition: Definition, depth: number): Buffer {
    switch (definition.form) {
      case 'time':
      case 'microTime':
        return integer(1, this.#chance.pick([0n, 1_700_000_000n, -1n, 2n ** 62n]))
      case 'duration':
        return integer(1, this.#chance.pick([0n, 1_000_000_000n, -1n]))
      case 'quantity':
        return bytes(1, this.#chance.pick(['1', '100m', '1Gi', '', '1e400', '-0']))
      case 'intOrString':
        return Buffer.concat([integer(1, BigInt(this.#chance.below(3))), bytes(3, this.#text())])
      case 'json':
        return bytes(1, this.#chance.pick(['{}', '{"a":1}', '[', '{"__proto__":{"x":1}}', '7']))
      default:
        return this.fields(definition, depth)
    }
  }

  #text(): string | Buffer {
    if (this.#chance.of(0.05)) return Buffer.from([0xff, 0xfe])
    return this.#chance.pick(['a', 'b', 'web', 'TCP', 'Always', '', ...evilTexts])
  }
}

const integer = (number: number, value: bigint) =>
  Buffer.concat([varint(BigInt(number << 3)), varint(BigInt.asUintN(64, value))])

function bytes(number: number, value: string | Buffer): Buffer {
  const content = Buffer.from(value as string)
  return Buffer.concat([varint(BigInt((number << 3) | 2)), varint(BigInt(content.length)), content])
}

function varint(value: bigint): Buffer {
  const parts: number[] = []
  let rest = value
  for (; rest > 0x7fn; rest >>= 7n) parts.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...parts, Number(rest)])
}
