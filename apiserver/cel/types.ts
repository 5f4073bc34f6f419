/**
 * What an expression can be before it runs: the types of the Common Expression Language, with objects whose fields are
 * declared and whose field names stand escaped where they are no identifiers. Knows nothing of values.
 */

export type Primitive =
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'duration'
  | 'timestamp'
  | 'null'
  | 'dyn'

export interface ObjectField {
  type: Type
  /** The key in JSON, where the field's name in expressions is escaped. */
  key: string
}

/** An object with declared fields. Two are the same when their names are. */
export interface ObjectType {
  kind: 'object'
  name: string
  /** @param name as expressions write it */
  field(name: string): ObjectField | undefined
  /** The other way: how expressions write a key of JSON. */
  nameOf(key: string): string | undefined
  /** May stand before braces: `Object{...}`. */
  constructible?: boolean
  maxElements?: number
}

/** By what the items of a list are known: by themselves, or by some of their keys in JSON. */
export type ListIdentity = { kind: 'set' } | { kind: 'map'; keys: readonly string[] }

/**
 * `maxElements` bounds the size (characters, bytes, items, entries) that estimates of cost go by; absent: unbounded.
 */
export type Type =
  | { kind: Primitive; maxElements?: number }
  /** Without an identity items are known by their places. */
  | { kind: 'list'; items: Type; identity?: ListIdentity; maxElements?: number }
  | { kind: 'map'; keys: Type; values: Type; maxElements?: number }
  | { kind: 'optional'; of: Type; maxElements?: number }
  | { kind: 'type'; of: Type; maxElements?: number }
  /** A library's own: `kubernetes.URL`, `net.IP`. */
  | { kind: 'opaque'; name: string; maxElements?: number }
  | { kind: 'param'; name: string; maxElements?: number }
  | ObjectType

const primitive = (kind: Primitive): Type => Object.freeze({ kind })

export const bool = primitive('bool')
export const int = primitive('int')
export const uint = primitive('uint')
export const double = primitive('double')
export const string = primitive('string')
export const bytes = primitive('bytes')
export const duration = primitive('duration')
export const timestamp = primitive('timestamp')
export const nullType = primitive('null')
export const dyn = primitive('dyn')

export const list = (items: Type, maxElements?: number, identity?: ListIdentity): Type => ({
  kind: 'list',
  items,
  maxElements,
  ...(identity && { identity }),
})
export const map = (keys: Type, values: Type, maxElements?: number): Type => ({
  kind: 'map',
  keys,
  values,
  maxElements,
})
export const optional = (of: Type): Type => ({ kind: 'optional', of })
export const typeOf = (of: Type): Type => ({ kind: 'type', of })
export const opaque = (name: string): Type => ({ kind: 'opaque', name })
export const param = (name: string): Type => ({ kind: 'param', name })

/** The same type with a bound on its size. */
export const sized = (type: Type, maxElements: number): Type => ({ ...type, maxElements })

/**
 * @param fields by their keys in JSON; those that cannot be escaped cannot be reached
 * @param constructible expressions may make one: `name{field: value}`
 */
export function object(
  name: string,
  fields: Iterable<readonly [key: string, type: Type]>,
  constructible = false,
): ObjectType {
  const known = new Map<string, ObjectField>()
  for (const [key, type] of fields) {
    const escaped = escapeFieldName(key)
    if (escaped !== undefined) known.set(escaped, { type, key })
  }
  return {
    kind: 'object',
    name,
    field: (field) => known.get(field),
    nameOf: (key) => {
      const escaped = escapeFieldName(key)
      return escaped !== undefined && known.has(escaped) ? escaped : undefined
    },
    constructible,
  }
}

const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

const escapes: Record<string, string> = { '.': '__dot__', '-': '__dash__', '/': '__slash__' }

/**
 * A key of JSON as a field's name in expressions: `namespace` is `__namespace__`, `a-b` is `a__dash__b`. `undefined`
 * for what cannot be written.
 */
export function escapeFieldName(key: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_./-]*$/.test(key)) return undefined
  if (reserved.has(key)) return `__${key}__`
  return key.replace(/__|[./-]/g, (part) => escapes[part] ?? '__underscores__')
}

/** As messages print it: `map(string, list(int))`. */
export function formatType(type: Type): string {
  switch (type.kind) {
    case 'list':
      return `list(${formatType(type.items)})`
    case 'map':
      return `map(${formatType(type.keys)}, ${formatType(type.values)})`
    case 'optional':
      return `optional_type(${formatType(type.of)})`
    case 'type':
      return `type(${formatType(type.of)})`
    case 'opaque':
    case 'object':
    case 'param':
      return type.name
    case 'duration':
    case 'timestamp':
      return `google.protobuf.${type.kind === 'duration' ? 'Duration' : 'Timestamp'}`
    default:
      return type.kind
  }
}
