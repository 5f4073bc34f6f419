/**
 * How a library says what it offers: a signature as text, what a call costs, and what it does. The checker, the
 * estimate of costs and the evaluator all go by these declarations.
 */

import type { Meter } from './meter.ts'
import { one, type Price } from './prices.ts'
import type { Type } from './types.ts'
import * as types from './types.ts'
import type { Value } from './values.ts'

export interface Overload {
  name: string
  /** Called on its first argument: `text.trim()`. */
  member: boolean
  /** The receiver first. */
  args: readonly Type[]
  result: Type
  price: Price
  /** Its types have parameters. */
  generic: boolean
  /** @throws CelRuntimeError */
  run(args: readonly Value[], meter: Meter): Value
}

/** The checker has seen to it that the arguments are of the signature. */
type Run = (args: never, meter: Meter) => Value

/** `declare('string.indexOf(string, int) int', ...)`, `declare('sets.contains(list(A), list(A)) bool', ...)`. */
export function declare(signature: string, run: Run, price: Price = one): Overload {
  const reader = new SignatureReader(signature)
  return {
    ...reader.read(),
    generic: /\b[A-Z]\b/.test(signature),
    price,
    run: run as unknown as Overload['run'],
  }
}

const primitives = new Map<string, Type>(
  [
    types.bool,
    types.int,
    types.uint,
    types.double,
    types.string,
    types.bytes,
    types.duration,
    types.timestamp,
    types.dyn,
  ].map((type) => [type.kind, type]),
)

/** Opaque types whose names begin as namespaces of functions do. */
const opaqueTypes = new Set([
  'net.IP',
  'net.CIDR',
  'kubernetes.URL',
  'kubernetes.Quantity',
  'kubernetes.Semver',
  'kubernetes.NamedFormat',
  'kubernetes.authorization.Authorizer',
  'kubernetes.authorization.PathCheck',
  'kubernetes.authorization.GroupCheck',
  'kubernetes.authorization.ResourceCheck',
  'kubernetes.authorization.Decision',
])

class SignatureReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): Pick<Overload, 'name' | 'member' | 'args' | 'result'> {
    const receiver = this.#receiver()
    const name = this.#take(/[^(]+/y)
    const args = [...(receiver ? [receiver] : []), ...this.#arguments()]
    this.#take(/ /y)
    return { name, member: receiver !== undefined, args, result: this.#type() }
  }

  /** What stands before the last dot outside parentheses, where that is a type. */
  #receiver(): Type | undefined {
    const start = this.#at
    const head = /^[\w.]+/.exec(this.#text)?.[0] ?? ''
    const known = [...opaqueTypes].find((name) => head.startsWith(`${name}.`))
    if (known) {
      this.#at = known.length + 1
      return types.opaque(known)
    }
    const first = head.split('.')[0] ?? ''
    const made = /^(?:list|map|optional|type)\(/.test(this.#text)
    if (!made && !primitives.has(first) && !/^[A-Z]$/.test(first)) return undefined
    const type = this.#type(true)
    if (this.#text[this.#at] === '.') {
      this.#at++
      return type
    }
    this.#at = start
    return undefined
  }

  #arguments(): Type[] {
    const args: Type[] = []
    this.#take(/\(/y)
    while (this.#text[this.#at] !== ')') {
      args.push(this.#type())
      if (this.#text[this.#at] === ',') this.#take(/, /y)
    }
    this.#at++
    return args
  }

  #type(short = false): Type {
    const name = this.#take(short ? /\w+/y : /[\w.]+/y)
    const known = primitives.get(name)
    if (known) return known
    if (/^[A-Z]$/.test(name)) return types.param(name)
    if (opaqueTypes.has(name)) return types.opaque(name)
    const [first = types.dyn, second = types.dyn] =
      this.#text[this.#at] === '(' ? this.#arguments() : []
    switch (name) {
      case 'list':
        return types.list(first)
      case 'map':
        return types.map(first, second)
      case 'optional':
        return types.optional(first)
      case 'type':
        return types.typeOf(first)
      case 'null':
        return types.nullType
      default:
        throw new RangeError(`${name} in ${this.#text} is no type; see functions.ts`)
    }
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (!match) throw new RangeError(`cannot read ${this.#text} at ${this.#at}`)
    this.#at += match[0].length
    return match[0]
  }
}
