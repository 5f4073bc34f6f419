/**
 * Schemas as values from which TypeScript types are inferred and which are, at the same time, what the API server
 * enforces. A schema is never changed: each method answers a new one. Nothing is validated here; the server does that.
 */

import type { JsonSchema } from './json-schema.ts'
import { type RuleText, rule, type ValidationRule } from './rule.ts'

/**
 * What carries a pair of types: our schemas, and every vendor's that follows Standard Schema. Written and read types
 * differ where there are defaults: what has one may be left out when writing, and is always there when reading.
 */
export interface Typed<Output = unknown, Input = unknown> {
  readonly '~standard': {
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** The type of what one reads. */
export type OutputOf<S extends Typed> = NonNullable<S['~standard']['types']>['output']
/** The type of what one may write. */
export type WrittenOf<S extends Typed> = NonNullable<S['~standard']['types']>['input']

/** A schema's content. */
export interface Node {
  readonly json: JsonSchema
  /** May be left out of the object that it is a field of. */
  readonly optional: boolean
}

export class Schema<Output, Input = Output> implements Typed<Output, Input> {
  readonly node: Node
  readonly '~standard': {
    readonly version: 1
    readonly vendor: 'tiphys'
    readonly types?: { readonly input: Input; readonly output: Output }
  } = { version: 1, vendor: 'tiphys' }

  constructor(node: Node) {
    this.node = node
  }

  /** What `kubectl explain` prints. */
  describe(description: string): this {
    return this.with({ description })
  }

  /** A CEL rule on this value; see `rule`. */
  rule(expression: string | ValidationRule, text?: string | RuleText): this {
    const added = typeof expression === 'string' ? rule(expression, text) : expression
    return this.with({
      'x-kubernetes-validations': [...(this.node.json['x-kubernetes-validations'] ?? []), added],
    })
  }

  /** The same schema, `null` being a value too. */
  nullable(): Schema<Output | null, Input | null> {
    return new Schema({ ...this.node, json: { ...this.node.json, nullable: true } })
  }

  /** May be left out. */
  optional(): Schema<Output | undefined, Input | undefined> {
    return new Schema({ ...this.node, optional: true })
  }

  /** The API server fills this in where it is left out (by its own defaults too, for objects). */
  default(value: Exclude<Input, undefined>): Schema<Exclude<Output, undefined>, Input | undefined> {
    return new Schema({ json: { ...this.node.json, default: value }, optional: true })
  }

  /** The same with other keywords. */
  protected with(json: JsonSchema): this {
    const Same = this.constructor as new (node: Node) => this
    return new Same({ ...this.node, json: { ...this.node.json, ...json } })
  }
}
