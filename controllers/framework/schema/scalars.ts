/** Strings, numbers, booleans and what has a fixed set of values. */

import type { JsonSchema } from './json-schema.ts'
import { goPattern } from './pattern.ts'
import { Schema } from './schema.ts'

const required = (keywords: JsonSchema) => ({ keywords, optional: false })

/** What `string()` makes. */
export class StringSchema extends Schema<string> {
  /** Not shorter than this, in characters. */
  min(length: number): this {
    return this.with({ minLength: length })
  }
  /** Not longer than this, in characters; keeps CEL rules over the string cheap. */
  max(length: number): this {
    return this.with({ maxLength: length })
  }
  /** Matches somewhere, so anchor it; RE2, as in Go: look-around and back references are refused. */
  pattern(pattern: RegExp | string): this {
    return this.with({ pattern: typeof pattern === 'string' ? pattern : goPattern(pattern) })
  }
  /** One of the formats that the API server knows: `ipv4`, `uri`, `cidr`, `hostname` ... */
  format(format: string): this {
    return this.with({ format })
  }
}

/** What `int()` and `number()` make. */
export class NumberSchema extends Schema<number> {
  /** Not less than this. */
  min(minimum: number): this {
    return this.with({ minimum })
  }
  /** Not more than this. */
  max(maximum: number): this {
    return this.with({ maximum })
  }
  /** Greater than this. */
  above(minimum: number): this {
    return this.with({ minimum, exclusiveMinimum: true })
  }
  /** Less than this. */
  below(maximum: number): this {
    return this.with({ maximum, exclusiveMaximum: true })
  }
  /** A whole number of times this: `int().multipleOf(5)` */
  multipleOf(factor: number): this {
    return this.with({ multipleOf: factor })
  }
}

/** `string().min(1).max(63).pattern(/^[a-z]+$/)` */
export const string = (): StringSchema => new StringSchema(required({ type: 'string' }))

/** A whole number: `int().min(0).max(100).default(1)` */
export const int = (): NumberSchema => new NumberSchema(required({ type: 'integer' }))

/** Any number: `number().above(0).max(1)`. Kubernetes' own types avoid fractions, since languages differ in them; a quantity is often better. */
export const number = (): NumberSchema => new NumberSchema(required({ type: 'number' }))

/** `bool().default(false)` */
export const bool = (): Schema<boolean> => new Schema(required({ type: 'boolean' }))

/** One of these strings: `enumeration('Always', 'Never').default('Always')` */
export const enumeration = <const Values extends readonly [string, ...string[]]>(
  ...values: Values
): Schema<Values[number]> => new Schema(required({ type: 'string', enum: [...values] }))

/** This one value: `literal('v1')`. */
export function literal<const Value extends string | number | boolean>(
  value: Value,
): Schema<Value> {
  const type =
    typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'boolean' : 'number'
  return new Schema(required({ type: Number.isInteger(value) ? 'integer' : type, enum: [value] }))
}
