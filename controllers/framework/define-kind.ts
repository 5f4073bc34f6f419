/**
 * Kinds of one's own, declared once: the TypeScript types, the CustomResourceDefinition and the value by which a cluster
 * is asked for them all come from the same schema. What a definition cannot hold is refused as the module is loaded.
 */

import type { ObjectMeta } from '../../api/object.ts'
import type { Kind } from './kind.ts'
import type { JsonSchema } from './schema/json-schema.ts'
import { KindError } from './schema/kind-error.ts'
import type { ValidationRule } from './schema/rule.ts'
import type { OutputOf, Typed, WrittenOf } from './schema/schema.ts'
import { schemaAt } from './schema/schema-at.ts'

/** What a kind is called; the rest follows from it. */
export interface KindNames<Group extends string, Name extends string> {
  /** A domain of one's own: `demo.example.com`. */
  group: Group
  /** UpperCamelCase, singular. */
  name: Name
  /** Lower case; English rules unless told. */
  plural?: string
  /** `Namespaced` unless told. */
  scope?: 'Namespaced' | 'Cluster'
  /** `kubectl get st`. */
  shortNames?: string[]
  /** `kubectl get all`. */
  categories?: string[]
}

/** A column that `kubectl get` prints. */
export interface Column {
  /** `.status.ready` */
  path: string
  /** What the schema says unless told. */
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  format?: string
  /** Above 0: only in `-o wide`. */
  priority?: number
  description?: string
}

/** One version of a kind. */
export interface VersionDeclaration {
  spec?: Typed
  /** Makes the status subresource. */
  status?: Typed
  /** CEL over the whole object. */
  rules?: readonly ValidationRule[]
  /** Headings to paths. */
  columns?: Readonly<Record<string, string | Column>>
  /** Makes the scale subresource, for `kubectl scale` and autoscalers. */
  scale?: { spec: string; status: string; selector?: string }
  /** Paths that field selectors may name: `.spec.image`. */
  selectable?: readonly string[]
  description?: string
  /** `true` unless told. */
  served?: boolean
  /** What is in the store; the last version unless told. */
  stored?: boolean
  /** Clients are warned, with this text if one is given. */
  deprecated?: boolean | string
}

type Flat<T> = { [Key in keyof T]: T[Key] }
type SpecOf<V, Side extends 'input' | 'output'> = V extends { spec: infer S extends Typed }
  ? Side extends 'output'
    ? { spec: OutputOf<S> }
    : undefined extends WrittenOf<S>
      ? { spec?: WrittenOf<S> }
      : { spec: WrittenOf<S> }
  : unknown
type StatusOf<V> = V extends { status: infer S extends Typed } ? { status?: OutputOf<S> } : unknown

/** What is read of a version. */
export type VersionObject<
  Group extends string,
  Name extends string,
  Version extends string,
  V extends VersionDeclaration,
> = Flat<
  { apiVersion: `${Group}/${Version}`; kind: Name; metadata: ObjectMeta } & SpecOf<V, 'output'> &
    StatusOf<V>
>

/** What may be written of a version. */
export type VersionInput<
  Group extends string,
  Name extends string,
  Version extends string,
  V extends VersionDeclaration,
> = Flat<
  { apiVersion?: `${Group}/${Version}`; kind?: Name; metadata: ObjectMeta } & SpecOf<V, 'input'> &
    StatusOf<V>
>

declare const inputType: unique symbol

/** A kind that was declared here; usable wherever a `Kind` is. */
export interface DefinedKind<T, Input> extends Kind<T> {
  readonly names: Required<KindNames<string, string>>
  readonly versions: readonly DefinedVersion[]
  /** Carries the type of what may be written; never there at run time. */
  readonly [inputType]?: Input
}

/** A version, ready for a definition. */
export interface DefinedVersion {
  readonly name: string
  readonly declaration: VersionDeclaration
  readonly schema: JsonSchema
  readonly stored: boolean
}

/** The type of a kind's objects as they are read: what has a default is there. */
export type ObjectOf<K> = K extends Kind<infer T> ? T : never

/** The type of a kind's objects as they may be written: what has a default may be left out. */
export type InputOf<K> = K extends DefinedKind<unknown, infer Input> ? Input : ObjectOf<K>

/** A kind that has no version yet. */
export interface KindBuilder<Group extends string, Name extends string> {
  version<const Version extends string, const V extends VersionDeclaration>(
    version: Version,
    declaration: V,
  ): DefinedKind<VersionObject<Group, Name, Version, V>, VersionInput<Group, Name, Version, V>>
}

/**
 * Begins a kind.
 *
 *     export const Site = kind({ group: 'demo.example.com', name: 'Site' }).version('v1', {
 *       spec: object({ image: string(), replicas: int().min(0).default(1) }),
 *       status: object({ ready: int().optional(), conditions: conditions() }),
 *     })
 *     export type Site = ObjectOf<typeof Site>
 */
export function kind<const Group extends string, const Name extends string>(
  names: KindNames<Group, Name>,
): KindBuilder<Group, Name> {
  const complete: Required<KindNames<string, string>> = {
    plural: pluralOf(names.name),
    scope: 'Namespaced',
    shortNames: [],
    categories: [],
    ...names,
  }
  return {
    version: (version, declaration) => ({
      group: complete.group,
      version,
      kind: complete.name,
      plural: complete.plural,
      namespaced: complete.scope === 'Namespaced',
      names: complete,
      versions: [{ name: version, declaration, schema: schemaOf(declaration), stored: true }],
    }),
  }
}

/** As English and Kubernetes' own kinds have it: `policies`, `ingresses`, `proxies`, `gateways`. */
function pluralOf(name: string): string {
  const lower = name.toLowerCase()
  if (/(s|x|z|ch|sh)$/.test(lower)) return `${lower}es`
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`
  return `${lower}s`
}

function schemaOf({ spec, status, rules = [], description }: VersionDeclaration): JsonSchema {
  const properties: Record<string, JsonSchema> = {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
  }
  const required: string[] = []
  if (spec) {
    const { json, optional } = schemaAt(spec, 'spec')
    properties.spec = json
    if (!optional) required.push('spec')
  }
  if (status) properties.status = schemaAt(status, 'status').json
  if (!spec && !status) throw new KindError('', 'a version needs a spec or a status')
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    properties,
    ...(required.length > 0 ? { required } : {}),
    ...(rules.length > 0 ? { 'x-kubernetes-validations': [...rules] } : {}),
  }
}
