/**
 * The one I/O port of the framework: everything a controller or the node agent does to a cluster goes through it.
 * Implemented over HTTP, and in process by the API server itself; `cluster.cases.ts` holds for all of them.
 */

import type { Observable } from 'rxjs'
import type { KubernetesObject, ObjectMeta } from '../../api/object.ts'
import type { Kind } from './kind.ts'

/** A refusal by the API server; `reason` and `code` are those of its `Status`. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly code: number
  readonly reason: string
  readonly details: ApiErrorDetails | undefined
  constructor(code: number, reason: string, message: string, details?: ApiErrorDetails) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }
}

/** What a `Status` says in its `details`: the fields that were refused, and after how many seconds to try again. */
export interface ApiErrorDetails {
  name?: string
  group?: string
  kind?: string
  uid?: string
  causes?: { reason?: string; message?: string; field?: string }[]
  retryAfterSeconds?: number
}

/** The reply never came: the write may or may not have happened. */
export class ConnectionError extends Error {
  override name = 'ConnectionError'
}

/** There is no such object, or no such kind. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof ApiError && error.reason === 'NotFound'
/** A create was refused because there is an object of that name. */
export const isAlreadyExists = (error: unknown): boolean =>
  error instanceof ApiError && error.reason === 'AlreadyExists'
/** The object is another, or has another resourceVersion, than the write said; or a field belongs to somebody else. */
export const isConflict = (error: unknown): boolean =>
  error instanceof ApiError && error.reason === 'Conflict'
/** The history that was asked for is gone: list again. */
export const isExpired = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 410

/** Nothing can be created in the namespace any more. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof ApiError &&
  error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true

/** What addresses an object; `namespace` is absent for cluster-scoped kinds. */
export interface Ref {
  namespace?: string
  name: string
}

/** Which objects to list, and how many in a page. */
export interface ListOptions {
  /** All namespaces without it. */
  namespace?: string
  /** As in `labelSelector=`. */
  labelSelector?: string
  fieldSelector?: string
  limit?: number
  continue?: string
  /** Not older than this; `0`: whatever is at hand. Consistent without it. */
  resourceVersion?: string
  /** `Exact`: as of `resourceVersion`, which must still be kept (410). */
  resourceVersionMatch?: 'Exact' | 'NotOlderThan'
  /** Only `apiVersion`, `kind` and `metadata` are wanted; more may come. */
  metadataOnly?: boolean
}

/** A page of a list, all of it as of one moment. */
export interface List<T> {
  items: T[]
  resourceVersion: string
  continue?: string
}

/** Which objects to watch, from where on and for how long. */
export interface WatchOptions {
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  /** Events strictly after it; without it the current objects come first, as ADDED. */
  resourceVersion?: string
  /** Seconds after which the server ends the stream (it then completes). */
  timeoutSeconds?: number
  /** Only `apiVersion`, `kind` and `metadata` are wanted; more may come. */
  metadataOnly?: boolean
  /** Called once when the server has accepted the watch, before its first event. */
  opened?: () => void
}

/** What a watch tells: a change of one object, or how far it has come. */
export type WatchEvent<T> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  /** No change, but everything up to this resourceVersion has been delivered. */
  | { type: 'BOOKMARK'; resourceVersion: string }

/** How to change an object without sending it whole. */
export type Patch =
  | { type: 'json'; operations: JsonPatchOperation[] }
  | { type: 'merge'; body: object }
  /** Built-in kinds only. */
  | { type: 'strategic'; body: object }
  /**
   * Server-side apply: `body` says all that its manager (`fieldManager`, which must be given) wants of the object,
   * which is made if it is not there. Refused (Conflict) where others own another value, unless it is forced.
   */
  | { type: 'apply'; body: object; force?: boolean }

/** One step of a JSON patch (RFC 6902); `test` refuses the whole patch where the value is another. */
export type JsonPatchOperation =
  | { op: 'add' | 'replace' | 'test'; path: string; value: unknown }
  | { op: 'remove'; path: string }
  | { op: 'move' | 'copy'; from: string; path: string }

/** How to write; all of it may be left out. */
export interface WriteOptions {
  /** Writes `/status`, `/scale` ... of the object instead of the object. */
  subresource?: string
  /** Who owns the fields; the process' user agent without it. */
  fieldManager?: string
  dryRun?: boolean
}

/** How to delete, and on what condition. */
export interface RemoveOptions {
  /** Refused (Conflict) when the object has another uid or resourceVersion by now. */
  uid?: string
  resourceVersion?: string
  gracePeriodSeconds?: number
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
}

/** What every object has for the port's purposes. */
export type WithMeta = { metadata: ObjectMeta }

/**
 * Every call rejects with `ApiError` when the server refused and `ConnectionError` when no answer came. Objects that
 * are returned always carry `apiVersion` and `kind`; they belong to the caller, except those from an in-process watch
 * or list, which are shared and must not be changed.
 */
export interface Cluster {
  /** `undefined` when it does not exist; NotFound when its kind is not served. A live, linearizable read. */
  get<T extends WithMeta>(kind: Kind<T>, ref: Ref): Promise<T | undefined>
  list<T extends WithMeta>(kind: Kind<T>, options?: ListOptions): Promise<List<T>>
  /**
   * Cold: each subscription is one watch, ended by unsubscribing. Errors with `ApiError` 410 when `resourceVersion` is
   * too old, `ConnectionError` when the stream breaks; completes when the server ends it. Asks for bookmarks.
   */
  watch<T extends WithMeta>(kind: Kind<T>, options?: WatchOptions): Observable<WatchEvent<T>>
  create<T extends WithMeta>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T>
  /** PUT; refused with Conflict when `metadata.resourceVersion` is set and no longer current. */
  update<T extends WithMeta>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T>
  patch<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T>
  /** Resolves when the server has accepted; the object may linger (grace, finalizers). Rejects when absent. */
  remove<T extends WithMeta>(kind: Kind<T>, ref: Ref, options?: RemoveOptions): Promise<void>
  /** POST to a subresource: `binding`, `eviction`, `token`. */
  createSubresource<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    subresource: string,
    body: object,
  ): Promise<KubernetesObject>
  /** The kinds the server serves now, for controllers that treat all alike (garbage collector, namespaces). */
  discover(): Promise<DiscoveredKind[]>
}

/** A kind as the server tells of it. */
export interface DiscoveredKind extends Kind {
  verbs: string[]
}
