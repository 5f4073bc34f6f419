/**
 * What a kind is, as data and a few pure functions: the one description from which discovery, OpenAPI, the
 * registry, tables and selectors are served. One file beside this one for each kind; adding a kind is adding
 * a file and naming it in `index.ts`. Nothing here does I/O.
 */

import type { GroupVersionKind, KubernetesObject } from '../../api/object.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { CustomSchema } from '../schema/custom-schema.ts'

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

/** What a strategy may use besides the object: ports, who asks, and nothing else. */
export interface StrategyContext {
  clock: Clock
  random: Random
  /** Who creates the object; absent on other writes. */
  user?: { name: string; uid?: string; groups: string[]; extra?: Record<string, string[]> }
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

/** Errors as they are found, and `undefined` where others may have a turn: some 50 ms lie between two at most. */
export type Examination = Generator<FieldError | undefined, void, undefined>

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
  /**
   * What may take long to find out, on create and update.
   * @param old absent on create
   * @param warn for what is let pass because it was so before
   */
  examine?(object: T, old: T | undefined, warn?: (text: string) => void): Examination
  /** The same on a write to `/status`. */
  examineStatus?(object: T, old: T, warn?: (text: string) => void): Examination
  /** Texts for `Warning` headers. `old` is absent on create; otherwise the generation has been counted. */
  warnings?(object: T, old?: T): Iterable<string>
  /** Seconds this object lingers after DELETE when the client gave `requested`; 0 or absent: gone at once. */
  gracePeriodSeconds?(object: T, requested: number | undefined): number
  /** What the first DELETE adds before it is decided whether the object lingers. What `object` holds is shared. */
  beginDeletion?(object: T, context: Pick<StrategyContext, 'clock'>): void
  /** DELETE answers the object as it was, not a `Status`: few kinds do. */
  returnsDeleted?: boolean
  /** PUT of an absent object creates it: Endpoints, Event, Lease and Service; few kinds do. */
  createOnUpdate?: boolean
  /** DELETE that does not say what becomes of dependents leaves them alone, and may be told so in a `Warning`. */
  orphansByDefault?: { warning?: string }
  /** PUT without a resourceVersion is allowed (default). Leases and custom resources say false. */
  unconditionalUpdate?: boolean
  /** What `metadata.generation` counts; without it: every change outside metadata and status. `false`: not counted. */
  generation?: false | ((object: T, old: T) => boolean)
}

/**
 * A subresource. `status` and `scale` are the registry's own; one with a `part` is written through the registry as a
 * part of its parent; one that takes POST is answered by an action, one that streams by a handler: both are bound
 * elsewhere by name, so that this stays data.
 */
export interface Subresource<T = KubernetesObject> {
  /** `status`, `scale`, `log`, `exec`, `binding` ... */
  name: string
  verbs: Verb[]
  /** The kind that it answers with or takes, where that is not the parent's. */
  kind?: GroupVersionKind
  /** The parent's own kind is read and written, but only a part of it may change. */
  part?: SubresourcePart<T>
  /**
   * What a write to it puts back, and so nobody can own by it: `metadata.labels`, and all that is below. Of a status
   * the spec unless told.
   */
  resets?: readonly string[]
  /** All that can be owned by it, where that is told more shortly; `*` is any item: `spec.containers.*.resources`. */
  owns?: readonly string[]
}

/** What a write to a subresource may change of its parent: `ephemeralcontainers`, `resize`, `approval`. */
export interface SubresourcePart<T = KubernetesObject> {
  /** Puts back from `old` all that is not the subresource's to change. */
  prepareForUpdate(object: T, old: T, context: StrategyContext): void
  validateUpdate?(object: T, old: T): FieldError[]
}

/**
 * How what is stored becomes what this version of a kind shows, and back: for kinds that several versions or groups
 * show (`events`, `horizontalpodautoscalers`, custom resources). Without it what is stored is what is shown.
 */
export interface StorageForm {
  /** The kind under whose group and plural the objects are stored and cached. */
  readonly stored: Resource
  /**
   * What is stored (read only: readers share it), in the form of this version: as many, in the same order. The same
   * object where nothing changes. A promise only where somebody else must be asked (conversion webhooks).
   */
  read(
    objects: readonly KubernetesObject[],
  ): readonly KubernetesObject[] | Promise<readonly KubernetesObject[]>
  /** An object of this version in the form in which it is stored; the caller's own. */
  write(object: KubernetesObject): KubernetesObject | Promise<KubernetesObject>
}

/** A pool from which objects take values that must be unique in the cluster (service addresses, node ports). */
export interface Allocation {
  pool: 'clusterip' | 'nodeport'
  /** The value the object asks for; absent: any free one. */
  wanted?: string
  /** How it is said that the value asked for cannot be had. */
  refuse(problem: string): FieldError
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
  /** The name of its definition in the schema facts: `io.k8s.api.apps.v1.Deployment`. Custom resources have none. */
  schema?: string
  /** The schema that a custom resource brings with it. */
  custom?: CustomSchema
  /** Absent: objects are stored as they are shown. */
  storage?: StorageForm
  /** Never stored: an action answers a `create` (reviews), by `plural.group`, or its objects are found out when read. */
  virtual?: boolean
  /** All of them unless told. */
  verbs?: Verb[]
  /** What defines it is going: what there is may be changed and deleted, nothing new is made. */
  terminating?: boolean
  /** Clients of a version that is on its way out are warned with this on every request. */
  deprecation?: string
  /** Problems with a name, empty when it is good; a DNS subdomain unless told. `prefix`: it is a `generateName`. */
  validateName?(name: string, prefix: boolean): string[]
  strategy: Strategy<T>
  /** What every write to the object itself puts back, besides a status that has a subresource. */
  resets?: readonly string[]
  subresources: Subresource<T>[]
  /** Field selectors beyond `metadata.name` and `metadata.namespace`: label -> value. */
  fieldSelectors?: Record<string, (object: T) => string>
  /** The table's columns after Name and before Age are the kind's own; a kind lists all, Name and Age included. */
  columns: Column<T>[]
  /** A row's conditions (`Completed` for finished pods). */
  rowConditions?(object: T): { type: string; status: string; reason?: string; message?: string }[]
  /** How to read and write `/scale`, by the kinds that have it. */
  scale?: {
    /** Where the number of replicas wanted stands; `spec.replicas` unless told. */
    path?: readonly string[]
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

/** What is served at the moment, as most of the server needs to know it. */
export interface Resources {
  /** Another array after each change, so that what is made from it can be kept as long as it is the same. */
  readonly all: readonly Resource[]
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
