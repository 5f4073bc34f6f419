/** An object that an expression has made: `Object{spec: ...}`. */

import type { ObjectType } from './types.ts'
import { CelObject, type Value } from './values.ts'

export class Constructed extends CelObject {
  readonly type: ObjectType
  readonly #fields: ReadonlyMap<string, Value>

  constructor(type: ObjectType, fields: ReadonlyMap<string, Value>) {
    super()
    this.type = type
    this.#fields = fields
  }

  fieldNames(): Iterable<string> {
    return this.#fields.keys()
  }

  get(name: string): Value | undefined {
    return this.#fields.get(name)
  }
}
