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

/** Written out, so that editors and errors show the fields. */
export type Flat<T> = { [Key in keyof T]: T[Key] } & unknown

/** A schema's content. */
export interface Node {
  /** May be left out of the object that it is a field of. */
  readonly optional: boolean
  /** What was said of this value itself. */
  readonly keywords: JsonSchema
  /** What follows from its parts; asked for when a kind is declared, as only then is it known where it stands. */
  readonly parts?: (path: string) => JsonSchema
}

/**
 * A schema of ours. `Output` is the type that is read, `Input` what may be written; each includes `undefined` where the
 * value may be left out.
 */
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

  /** What `kubectl explain` prints: `int().describe('How many servers answer.')` */
  describe(description: string): this {
    return this.with({ description })
  }

  /**
   * A CEL rule on this value, as `rule` makes it; several may be added.
   *
   *     string().max(63).rule("!self.startsWith('kube-')", 'this prefix is taken')
   */
  rule(expression: string | ValidationRule, text?: string | RuleText): this {
    const added = typeof expression === 'string' ? rule(expression, text) : expression
    const rules = this.node.keywords['x-kubernetes-validations'] ?? []
    return this.with({ 'x-kubernetes-validations': [...rules, added] })
  }

  /** A value that satisfies it: for readers, and for `exampleOf` where it cannot think of one by itself. */
  example(value: Exclude<Input, undefined>): this {
    return this.with({ example: value })
  }

  /** `null` is a value too; without it the server drops a `null` where there is a default and refuses it elsewhere. */
  nullable(): Schema<Output | null, Input | null> {
    return new Schema({ ...this.node, keywords: { ...this.node.keywords, nullable: true } })
  }

  /** May be left out: `string().optional()` */
  optional(): Schema<Output | undefined, Input | undefined> {
    return new Schema({ ...this.node, optional: true })
  }

  /**
   * The server fills this in where it is left out, and the defaults of its fields then too: what is read has it.
   *
   *     object({ limits: object({ cpu: quantity().default('1') }).default({}) })
   */
  default(value: Exclude<Input, undefined>): Schema<Exclude<Output, undefined>, Input | undefined> {
    const keywords = { ...this.node.keywords, default: value }
    return new Schema({ ...this.node, keywords, optional: true })
  }

  /** The same with other keywords. */
  protected with(keywords: JsonSchema): this {
    const Same = this.constructor as new (node: Node) => this
    return new Same({ ...this.node, keywords: { ...this.node.keywords, ...keywords } })
  }
}
