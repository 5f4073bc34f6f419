/**
 * The structure of the API's kinds as typed values, read lazily from one table of facts: what decoding, pruning,
 * patches, apply, protobuf and OpenAPI go by. It knows structure only; what values mean stands with each kind.
 *
 * The table (`facts/facts.json`, carried over from the published v1.36 tables) has one line a definition: a head
 * (`published`, `typeMeta`, `kind`, `form=...`) and one string a field, `name:number type;marks;key=value;...`.
 * A type is a scalar, a definition of the same package or `package.Name`, after `[]` for a list or `{}` for a map
 * of strings. Marks: `*` pointer, `?` omitempty, `~` omitzero, `^` flattened into its owner in JSON, `!` required.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GroupVersionKind } from '../../api/object.ts'

export type Scalar = 'string' | 'boolean' | 'int32' | 'int64' | 'double' | 'bytes'

export type Type =
  | { kind: Scalar }
  | { kind: 'list'; items: Type }
  | { kind: 'map'; values: Type }
  | DefinitionType

/** A reference, followed when first asked: definitions refer to themselves. */
export class DefinitionType {
  readonly kind = 'definition'
  readonly name: string
  #definition: Definition | undefined

  constructor(name: string) {
    this.name = name
  }

  get definition(): Definition {
    this.#definition ??= definition(this.name)
    return this.#definition
  }
}

/** How a definition stands in JSON. All but `struct` have a form of their own there. */
export type Form =
  /** An object with the fields that are listed. */
  | 'struct'
  /** RFC 3339, whole seconds. */
  | 'time'
  /** RFC 3339, six digits of a second. */
  | 'microTime'
  /** As Go prints it: `1h0m0s`. */
  | 'duration'
  | 'quantity'
  | 'intOrString'
  /** Any JSON. */
  | 'json'
  /** A list wrapped in a message; a bare list in JSON. */
  | 'list'
  /** The unions inside JSON schemas: a schema, or the other thing. */
  | 'schemaOrArray'
  | 'schemaOrBool'
  | 'schemaOrStrings'

export interface Field {
  name: string
  type: Type
  /** In its protobuf message; 0 where it has none. */
  number: number
  /** A pointer in Go: zero is a value, other than absent. */
  pointer: boolean
  omitEmpty: boolean
  omitZero: boolean
  /** As OpenAPI lists it. */
  required: boolean
  enum?: readonly string[]
  /** From the source's markers; most defaults stand with the kinds. */
  default?: unknown
  listType?: 'atomic' | 'map' | 'set'
  listMapKeys?: readonly string[]
  mapType?: 'atomic' | 'granular'
  /** `merge`, `replace`, `retainKeys`. */
  patchStrategies: readonly string[]
  patchMergeKey?: string
}

/** A field of the message: of the definition's own, or a message that JSON flattens into it. */
export type MessageField = { field: Field } | { flattened: Definition }

export interface Union {
  discriminator?: string
  'fields-to-discriminateBy': Record<string, string>
}

export interface Definition {
  name: string
  form: Form
  /** Stands in the OpenAPI documents. */
  published: boolean
  /** `apiVersion` and `kind` stand in its JSON, not in its message. */
  typeMeta: boolean
  /** The kinds that OpenAPI says it is of. */
  kinds: readonly GroupVersionKind[]
  mapType?: 'atomic' | 'granular'
  unions?: readonly Union[]
  /** By the name in JSON, flattened ones included. */
  fields: ReadonlyMap<string, Field>
  /** By the number in protobuf. */
  message: ReadonlyMap<number, MessageField>
}

interface Facts {
  version: string
  packages: Record<string, string>
  groups: Record<string, string>
  definitions: Record<string, Record<string, string[]>>
}

interface Entry {
  package: string
  head: string
  fields: string[]
}

class Table {
  readonly #facts: Facts
  readonly #entries = new Map<string, Entry>()
  readonly #definitions = new Map<string, Definition>()
  #byKind: Map<string, string> | undefined

  constructor(facts: Facts) {
    this.#facts = facts
    for (const [short, packageName] of Object.entries(facts.packages))
      for (const [name, [head = '', ...fields]] of Object.entries(facts.definitions[short] ?? {}))
        this.#entries.set(`${packageName}.${name}`, { package: short, head, fields })
  }

  names(): string[] {
    return [...this.#entries.keys()]
  }

  find(name: string): Definition | undefined {
    const known = this.#definitions.get(name)
    if (known) return known
    const entry = this.#entries.get(name)
    if (!entry) return undefined
    const made = this.#read(name, entry)
    this.#definitions.set(name, made)
    return made
  }

  /** The definition whose package is of this group and version, and whose name is the kind's. */
  byKind({ group, version, kind }: GroupVersionKind): string | undefined {
    if (!this.#byKind) {
      this.#byKind = new Map()
      for (const [name, entry] of this.#entries) {
        const own = this.#facts.groups[entry.package]
        if (own !== undefined && entry.head.includes('typeMeta'))
          this.#byKind.set(`${own}/${name.slice(name.lastIndexOf('.') + 1)}`, name)
      }
    }
    return this.#byKind.get(`${group}/${version}/${kind}`)
  }

  #read(name: string, entry: Entry): Definition {
    const head = attributes(entry.head.split(';'))
    const form = (head.get('form') ?? 'struct') as Form
    const fields = new Map<string, Field>()
    const message = new Map<number, MessageField>()
    if (head.has('typeMeta'))
      for (const typeMeta of ['apiVersion', 'kind'])
        fields.set(typeMeta, this.#field(`${typeMeta}:0 string;?`, entry.package))
    for (const text of entry.fields) {
      const field = this.#field(text, entry.package)
      if (/;[^;=]*\^/.test(text) && field.type.kind === 'definition') {
        const { definition: flattened } = field.type
        message.set(field.number, { flattened })
        for (const [inner, own] of flattened.fields) fields.set(inner, own)
      } else {
        fields.set(field.name, field)
        if (field.number > 0) message.set(field.number, { field })
      }
    }
    const unions = head.get('unions')
    return {
      name,
      form,
      published: head.has('published'),
      typeMeta: head.has('typeMeta'),
      kinds: this.#kinds(name, entry.package, head),
      ...(head.has('map') && { mapType: head.get('map') as 'atomic' | 'granular' }),
      ...(unions !== undefined && { unions: JSON.parse(unions) as Union[] }),
      fields,
      message,
    }
  }

  #kinds(name: string, short: string, head: Map<string, string>): GroupVersionKind[] {
    const own = `${this.#facts.groups[short]}/${name.slice(name.lastIndexOf('.') + 1)}`
    const all = head.has('kind') ? own : head.get('kinds')
    if (all === undefined) return []
    return all.split(',').map((text) => {
      const [group = '', version = '', kind = ''] = text.split('/')
      return { group, version, kind }
    })
  }

  #field(text: string, home: string): Field {
    const [start = '', ...rest] = text.split(';')
    const [, name = '', number = '0', type = ''] = /^(.*):(\d+) (.*)$/.exec(start) ?? []
    const marks = rest[0]?.includes('=') ? '' : (rest[0] ?? '')
    const given = attributes(rest)
    const defaultText = given.get('default')
    return {
      name,
      type: this.#type(type, home),
      number: Number(number),
      pointer: marks.includes('*'),
      omitEmpty: marks.includes('?'),
      omitZero: marks.includes('~'),
      required: marks.includes('!'),
      ...(given.has('enum') && { enum: given.get('enum')?.split(',') }),
      ...(defaultText !== undefined && { default: JSON.parse(defaultText) as unknown }),
      ...(given.has('list') && { listType: given.get('list') as Field['listType'] }),
      ...(given.has('keys') && { listMapKeys: given.get('keys')?.split(',') }),
      ...(given.has('map') && { mapType: given.get('map') as Field['mapType'] }),
      patchStrategies: given.get('patch')?.split(',') ?? [],
      ...(given.has('on') && { patchMergeKey: given.get('on') }),
    }
  }

  #type(text: string, home: string): Type {
    if (text.startsWith('[]')) return { kind: 'list', items: this.#type(text.slice(2), home) }
    if (text.startsWith('{}')) return { kind: 'map', values: this.#type(text.slice(2), home) }
    switch (text) {
      case 'bool':
        return { kind: 'boolean' }
      case 'string':
      case 'int32':
      case 'int64':
      case 'double':
      case 'bytes':
        return { kind: text }
    }
    const dot = text.lastIndexOf('.')
    const packageName = this.#facts.packages[dot < 0 ? home : text.slice(0, dot)]
    return new DefinitionType(`${packageName}.${text.slice(dot + 1)}`)
  }
}

function attributes(tokens: string[]): Map<string, string> {
  return new Map(
    tokens.map((token) => {
      const at = token.indexOf('=')
      return at < 0 ? [token, ''] : [token.slice(0, at), token.slice(at + 1)]
    }),
  )
}

let loaded: Table | undefined

function table(): Table {
  loaded ??= new Table(
    JSON.parse(readFileSync(join(import.meta.dirname, 'facts/facts.json'), 'utf8')) as Facts,
  )
  return loaded
}

/** @throws RangeError where the table has no such name: a mistake in the calling code. */
export function definition(name: string): Definition {
  const found = table().find(name)
  if (!found)
    throw new RangeError(`${name} is not in apiserver/schema/facts/facts.json; check the name`)
  return found
}

export const findDefinition = (name: string): Definition | undefined => table().find(name)

/** The name of a built-in kind's definition. */
export const definitionOfKind = (kind: GroupVersionKind): string | undefined => table().byKind(kind)

/** Every name there is, unpublished ones included. */
export const definitionNames = (): string[] => table().names()
