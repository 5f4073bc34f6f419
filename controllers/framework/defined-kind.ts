/** What a declared kind is, as types: the versions it has, how they become each other, and what its value can do. */

import type { ObjectMeta } from '../../api/object.ts'
import type { Kind } from './kind.ts'
import type { JsonSchema } from './schema/json-schema.ts'
import type { VersionDeclaration, VersionInput, VersionObject } from './version-declaration.ts'

/** What a kind is called; the rest follows from it. */
export interface KindNames<Group extends string = string, Name extends string = string> {
  /** A domain of one's own: `demo.example.com`. */
  group: Group
  /** UpperCamelCase, singular. */
  name: Name
  /** Lower case; by the rules of English unless told. */
  plural?: string
  /** `Namespaced` unless told. */
  scope?: 'Namespaced' | 'Cluster'
  /** `kubectl get st` */
  shortNames?: string[]
  /** `kubectl get all` */
  categories?: string[]
}

/** A kind that knows what may be written of it. */
export interface WritableKind<T, Input> extends Kind<T> {
  /**
   * An object as the server would give it back: defaults filled in, `apiVersion` and `kind` too. Not validated.
   *
   *     Site.make({ metadata: { name: 'a' }, spec: { image: 'x' } }).spec.replicas   // 1
   */
  make(input: Input): T
}

/** The type of a kind's objects as they are read: what has a default is there. */
export type ObjectOf<K> = K extends Kind<infer T> ? T : never

/** The type of a kind's objects as they may be written: what has a default may be left out. */
export type InputOf<K> = K extends { make(input: infer Input): unknown } ? Input : ObjectOf<K>

/** A version, ready for a definition. */
export interface DefinedVersion {
  readonly name: string
  readonly declaration: VersionDeclaration
  readonly schema: JsonSchema
  readonly stored: boolean
}

/** `up` makes the newer of the older, `down` the older of the newer. Both are pure, and lose nothing together. */
export interface ConversionFunctions<Old extends VersionTypes, New extends VersionTypes> {
  up(object: Old['object']): Converted<New['input']>
  down(object: New['object']): Converted<Old['input']>
}

/** What a conversion says of the new object; of its metadata only labels and annotations may change. */
export type Converted<Input> = Omit<Input, 'apiVersion' | 'kind' | 'metadata'> & {
  metadata?: Pick<ObjectMeta, 'labels' | 'annotations'>
}

/** How neighbouring versions become each other. */
export interface DefinedConversion {
  readonly from: string
  readonly to: string
  /** `unchanged`: only `apiVersion` differs. */
  readonly functions: 'unchanged' | ConversionFunctions<VersionTypes, VersionTypes>
}

/** What is known of a declared kind at run time, whatever its types. */
export interface Definition {
  readonly names: Required<KindNames>
  /** In the order in which they were declared, oldest first. */
  readonly versions: readonly DefinedVersion[]
  readonly conversions: readonly DefinedConversion[]
}

/** The types of one version. */
export interface VersionTypes {
  object: unknown
  input: unknown
}

/** What the types know of a kind while it is declared. */
export interface Declared {
  group: string
  name: string
  versions: Record<string, VersionTypes>
  newest: string
  /** The version that the kind's value is about. */
  current: string
  /** Whether a version said `stored: true`. */
  told: boolean
}

/** What is known before the first version. */
export interface Undeclared<Group extends string, Name extends string> {
  group: Group
  name: Name
  versions: Record<never, VersionTypes>
  newest: never
  current: never
  told: false
}

/** `D` and one more version. */
export interface WithVersion<
  D extends Declared,
  Version extends string,
  V extends VersionDeclaration,
> {
  group: D['group']
  name: D['name']
  versions: D['versions'] &
    Record<
      Version,
      {
        object: VersionObject<D['group'], D['name'], Version, V>
        input: VersionInput<D['group'], D['name'], Version, V>
      }
    >
  newest: Version
  current: V extends { stored: true } ? Version : D['told'] extends true ? D['current'] : Version
  told: V extends { stored: true } ? true : D['told']
}

/** A kind that was declared with `kind()`: usable wherever a `Kind` is, and the source of its definition. */
export interface DefinedKind<D extends Declared = Declared>
  extends Definition,
    WritableKind<D['versions'][D['current']]['object'], D['versions'][D['current']]['input']> {
  /**
   * The next version, together with how objects of the version before become its own, and back. What one cannot say in
   * the other goes into an annotation, or it is lost.
   *
   *     .next('v1', { spec: object({ replicas: int() }) }, {
   *       up: ({ spec, ...site }) => ({ ...site, spec: { replicas: spec.count } }),
   *       down: ({ spec, ...site }) => ({ ...site, spec: { count: spec.replicas } }),
   *     })
   *     .next('v1', { spec }, 'unchanged')   // only where both have the same types
   */
  next<const Version extends string, const V extends VersionDeclaration>(
    version: Version,
    declaration: V,
    conversion:
      | Unchanged<D['versions'][D['newest']], WithVersion<D, Version, V>['versions'][Version]>
      | ConversionFunctions<
          D['versions'][D['newest']],
          WithVersion<D, Version, V>['versions'][Version]
        >,
  ): DefinedKind<WithVersion<D, Version, V>>
  /** The same kind in another of its versions: `Site.at('v1beta1')`. */
  at<Version extends keyof D['versions'] & string>(
    version: Version,
  ): WritableKind<D['versions'][Version]['object'], D['versions'][Version]['input']>
}

type Unchanged<Old extends VersionTypes, New extends VersionTypes> = [
  Omit<Old['object'], 'apiVersion'>,
  Omit<New['object'], 'apiVersion'>,
] extends [Omit<New['object'], 'apiVersion'>, Omit<Old['object'], 'apiVersion'>]
  ? 'unchanged'
  : never
