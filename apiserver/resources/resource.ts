/**
 * What a kind is, as data and a few pure functions: the one description from which discovery, OpenAPI, the
 * registry, tables and selectors are served. One file beside this one for each kind; adding a kind is adding
 * a file and naming it in `index.ts`. Nothing here does I/O.
 */

import type { GroupVersionKind, KubernetesObject } from '../../api/object.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'

export type Verb =
  | 'create'
  | 'delete'
  | 'deletecollection'
  | 'get'
  | 'list'
  | 'patch'
  | 'update'
  | 'watch'

/** One thing wrong with an object, as `Status.details.causes` tells it. */
export interface FieldError {
  reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueDuplicate'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid'
    | 'FieldValueNotFound'
  /** As Kubernetes prints it: `spec.template.spec.containers[0].name`. */
  field: string
  /** Text after the path, for example `Required value: must name a port`. */
  message: string
}

/** What a strategy may use besides the object: ports, and nothing else. */
export interface StrategyContext {
  clock: Clock
  random: Random
}

/** One column of the server-side table. `priority` 0 is always shown, 1 only with `-o wide`. */
export interface Column<T = KubernetesObject> {
  name: string
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  format?: string
  description: string
  priority?: number
  cell(object: T, context: { now: number }): string | number | boolean | null
}

/**
 * How a kind differs from the one generic path. Functions may change the object they are given (it was decoded
 * for this request) and must not keep it.
 */
export interface Strategy<T = KubernetesObject> {
  /** Fills in what the API promises for absent fields. Idempotent; runs after decoding, on every write. */
  default?(object: T): void
  /** Drops or sets what a client may not decide on create (status, for most kinds). */
  prepareForCreate?(object: T, context: StrategyContext): void
  /** The same on update of the main resource: restores status, immutable server-set fields. */
  prepareForUpdate?(object: T, old: T, context: StrategyContext): void
  /** The same on a write to `/status`; without it everything but status and some metadata is restored from `old`. */
  prepareForStatusUpdate?(object: T, old: T, context: StrategyContext): void
  /** Structure (types, required, enums) has been checked; this checks meaning. Runs on create and update. */
  validate?(object: T): FieldError[]
  /** What is asked of a new object alone, besides `validate`. */
  validateCreate?(object: T): FieldError[]
  validateUpdate?(object: T, old: T): FieldError[]
  validateStatusUpdate?(object: T, old: T): FieldError[]
  /** Texts for `Warning` headers. */
  warnings?(object: T): string[]
  /** Seconds this object lingers after DELETE when the client gave `requested`; 0 or absent: gone at once. */
  gracePeriodSeconds?(object: T, requested: number | undefined): number
  /** PUT of an absent object creates it: Endpoints, Event, Lease and Service; few kinds do. */
  createOnUpdate?: boolean
  /** PUT without a resourceVersion is allowed (default). Leases and custom resources say false. */
  unconditionalUpdate?: boolean
  /** What `metadata.generation` counts; without it: every change outside metadata and status. `false`: not counted. */
  generation?: false | ((object: T, old: T) => boolean)
}

/**
 * A subresource that is served by the registry itself (`status`, `scale`) or by a handler of its own. The handler
 * is bound elsewhere by name, so that this stays data.
 */
export interface Subresource {
  /** `status`, `scale`, `log`, `exec`, `binding` ... */
  name: string
  verbs: Verb[]
  /** The kind that it answers with or takes, where that is not the parent's. */
  kind?: GroupVersionKind
}

/** A pool from which objects take values that must be unique in the cluster (service addresses, node ports). */
export interface Allocation {
  pool: 'clusterip' | 'nodeport'
  /** The value the object asks for; absent: any free one. */
  wanted?: string
  /** For error causes: `spec.clusterIPs[0]`. */
  field: string
  /** Called with the value that was taken. */
  set(value: string): void
}

export interface Resource<T = KubernetesObject> extends GroupVersionKind {
  /** `deployments` */
  plural: string
  /** `deployment` */
  singular: string
  /** `DeploymentList` unless told. */
  listKind?: string
  shortNames?: string[]
  /** `all` makes `kubectl get all` list it. */
  categories?: string[]
  namespaced: boolean
  /** The name of its definition in the schema facts: `io.k8s.api.apps.v1.Deployment`. */
  schema: string
  /** All of them unless told. */
  verbs?: Verb[]
  /** Problems with a name, empty when it is good; a DNS subdomain unless told. `prefix`: it is a `generateName`. */
  validateName?(name: string, prefix: boolean): string[]
  strategy: Strategy<T>
  subresources: Subresource[]
  /** Field selectors beyond `metadata.name` and `metadata.namespace`: label -> value. */
  fieldSelectors?: Record<string, (object: T) => string>
  /** The table's columns after Name and before Age are the kind's own; a kind lists all, Name and Age included. */
  columns: Column<T>[]
  /** A row's conditions (`Completed` for finished pods). */
  rowConditions?(object: T): { type: string; status: string; reason?: string; message?: string }[]
  /** How to read and write `/scale`, by the kinds that have it. */
  scale?: {
    read(object: T): { replicas: number; statusReplicas: number; selector: string }
    write(object: T, replicas: number): void
  }
  /** What to take from pools before the object is stored; `old` is absent on create. */
  allocations?(object: T, old: T | undefined): Allocation[]
  /** What it holds, given back when it is gone or no longer listed. */
  allocated?(object: T): { pool: Allocation['pool']; value: string }[]
  /** Objects vanish this long after their last write; only Events use it. */
  ttlSeconds?: number
}

/** Keeps the type of the kind while the registry treats all resources alike. */
export function defineResource<T extends object>(resource: Resource<T>): Resource {
  return resource as unknown as Resource
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf({ group, version }: { group: string; version: string }): string {
  return group === '' ? version : `${group}/${version}`
}

/** `deployments.apps`, or `pods` for the core group: how messages name a resource. */
export function qualifiedName({ group, plural }: { group: string; plural: string }): string {
  return group === '' ? plural : `${plural}.${group}`
}
