/**
 * From what a client sent to what the schema knows: undeclared fields dropped and named, nulls that say nothing
 * dropped, `metadata` of the resource and of those embedded in it brought into the form of the built-in definition.
 * It makes a copy and never changes what it was given. Whether values are right is validation's.
 */

import { plainNumbers, setOwn } from '../../../api/json-text.ts'
import type { KubernetesObject } from '../../../api/object.ts'
import { definition } from '../schema.ts'
import { repeatedFields, StructureError, structured } from '../structure.ts'
import { propertyOf, type Structural } from './structural.ts'
import { child, isObject, type JsonObject, ownValue } from './values.ts'

/** More findings than these are of use to nobody. */
const maximumProblems = 100

const objectMetadata = 'io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata'

export const typeFields: ReadonlySet<string> = new Set(['apiVersion', 'kind'])
export const resourceFields: ReadonlySet<string> = new Set([...typeFields, 'metadata'])

/** @throws StructureError for metadata of wrong types */
export function decodeObject(
  schema: Structural,
  value: JsonObject,
  repeats?: ReadonlyMap<object, readonly string[]>,
): { object: KubernetesObject; problems: string[] } {
  const walk = new Walk()
  const object = walk.resource(value, schema, '')
  object.metadata ??= {}
  const problems = [...repeatedFields(value, repeats), ...walk.problems()]
  return { object: object as KubernetesObject, problems: problems.slice(0, maximumProblems) }
}

/** A default as it would stand in an object, and whether the schema knows all of it. */
export function pruned(schema: Structural, value: unknown): unknown {
  return new Walk({ metadata: 'as it is' }).value(value, schema, '')
}

class Walk {
  readonly #unknown: string[] = []
  readonly #inMetadata: string[] = []
  readonly #metadata: 'canonical' | 'as it is'

  constructor({ metadata = 'canonical' }: { metadata?: 'canonical' | 'as it is' } = {}) {
    this.#metadata = metadata
  }

  /** Those of metadata first, the others in the order of their paths. */
  problems(): string[] {
    const unknown = this.#unknown.sort().map((path) => `unknown field ${JSON.stringify(path)}`)
    return [...this.#inMetadata, ...unknown]
  }

  value(value: unknown, schema: Structural | undefined, path: string): unknown {
    if (Array.isArray(value))
      return value.map((item, at) => this.#under(item, schema, schema?.items, `${path}[${at}]`))
    if (!isObject(value)) return plainNumbers(value)
    if (schema?.embeddedResource) return this.resource(value, schema, path)
    const copy = {}
    for (const key of Object.keys(value)) this.#field(copy, value, key, schema, path)
    return copy
  }

  /** An object that is a resource of its own, or has one's fields. */
  resource(value: JsonObject, schema: Structural, path: string): JsonObject {
    const copy: JsonObject = {}
    for (const key of Object.keys(value))
      if (resourceFields.has(key)) {
        const own = this.#resourceField(key, value[key], child(path, key))
        if (own !== undefined) copy[key] = own
      } else this.#field(copy, value, key, schema, path)
    return copy
  }

  #field(
    copy: JsonObject,
    value: JsonObject,
    key: string,
    schema: Structural | undefined,
    path: string,
  ): void {
    const own = schema && propertyOf(schema, key)
    const at = child(path, key)
    const known = own || schema?.preserveUnknownFields || schema?.additionalProperties === true
    if (!known) this.#report(at)
    else if (value[key] !== null || !own || own.nullable || own.default !== undefined)
      setOwn(copy, key, this.#under(value[key], schema, own, at))
  }

  /** What is beneath an undeclared field that is kept is kept as well; beneath `additionalProperties: true` it is not. */
  #under(
    value: unknown,
    schema: Structural | undefined,
    own: Structural | undefined,
    path: string,
  ): unknown {
    if (own || !schema?.preserveUnknownFields) return this.value(value, own, path)
    return this.#kept(value)
  }

  #kept(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#kept(item))
    if (!isObject(value)) return plainNumbers(value)
    const copy = {}
    for (const key of Object.keys(value)) setOwn(copy, key, this.#kept(value[key]))
    return copy
  }

  #report(path: string): void {
    if (this.#unknown.length < maximumProblems) this.#unknown.push(path)
  }

  #resourceField(key: string, value: unknown, path: string): unknown {
    if (this.#metadata === 'as it is') return this.#kept(value)
    if (key === 'metadata') return this.#canonical(value, path)
    if (typeof value !== 'string')
      throw new StructureError(`${path}: Invalid value: ${JSON.stringify(value)}: must be a string`)
    return value
  }

  #canonical(value: unknown, path: string): unknown {
    if (value === null) return undefined
    const { object, problems } = structured({ metadata: value }, definition(objectMetadata))
    const prefix = JSON.stringify(path.slice(0, -'metadata'.length)).slice(1, -1)
    for (const problem of problems)
      this.#inMetadata.push(problem.replace('field "', () => `field "${prefix}`))
    return ownValue(object, 'metadata')
  }
}
