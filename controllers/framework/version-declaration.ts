/** What is said of one version of a kind, and the types of objects that follow from it. */

import type { ObjectMeta } from '../../api/object.ts'
import type { ValidationRule } from './schema/json-schema.ts'
import type { Flat, OutputOf, Typed, WrittenOf } from './schema/schema.ts'

/** A column that `kubectl get` prints. */
export interface Column {
  /** `.status.ready`; JSONPath, as in `.status.conditions[?(@.type=="Ready")].status`. */
  path: string
  /** What the schema says of the path unless told; `string` where it does not tell. */
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  format?: string
  /** Above 0: only in `-o wide`. */
  priority?: number
  description?: string
}

/** One version of a kind: what its objects look like, and how it is served. */
export interface VersionDeclaration {
  spec?: Typed
  /** Makes the status subresource. */
  status?: Typed
  /** CEL over the whole object. */
  rules?: readonly ValidationRule[]
  /** Headings to paths: `{ Ready: '.status.ready' }`. */
  columns?: Readonly<Record<string, string | Column>>
  /** Makes the scale subresource, for `kubectl scale` and autoscalers. */
  scale?: { readonly spec: string; readonly status: string; readonly selector?: string }
  /** Paths that field selectors may name, `.spec.image`; 8 at most. */
  selectable?: readonly string[]
  /** What `kubectl explain` says first. */
  description?: string
  /** `true` unless told. */
  served?: boolean
  /** What stands in the store, and what the kind's value is about; the last version unless told. */
  stored?: boolean
  /** Clients are warned, with this text if one is given. */
  deprecated?: boolean | string
}

type SpecOutput<V> = V extends { spec: infer S extends Typed }
  ? undefined extends OutputOf<S>
    ? { spec?: OutputOf<S> }
    : { spec: OutputOf<S> }
  : unknown
type SpecInput<V> = V extends { spec: infer S extends Typed }
  ? undefined extends WrittenOf<S>
    ? { spec?: WrittenOf<S> }
    : { spec: WrittenOf<S> }
  : unknown
type StatusOutput<V> = V extends { status: infer S extends Typed }
  ? { status?: OutputOf<S> }
  : unknown
type StatusInput<V> = V extends { status: infer S extends Typed }
  ? { status?: WrittenOf<S> }
  : unknown

/** The metadata of an object that is read: it has a name. */
export interface NamedMeta extends ObjectMeta {
  name: string
}

/** What is read of a version. */
export type VersionObject<
  Group extends string,
  Name extends string,
  Version extends string,
  V extends VersionDeclaration,
> = Flat<
  { apiVersion: `${Group}/${Version}`; kind: Name; metadata: NamedMeta } & SpecOutput<V> &
    StatusOutput<V>
>

/** What may be written of a version. */
export type VersionInput<
  Group extends string,
  Name extends string,
  Version extends string,
  V extends VersionDeclaration,
> = Flat<
  { apiVersion?: `${Group}/${Version}`; kind?: Name; metadata: ObjectMeta } & SpecInput<V> &
    StatusInput<V>
>
