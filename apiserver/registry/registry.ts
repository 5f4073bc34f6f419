/**
 * The contract of the registry: the one generic path that every kind takes, between the wire (bytes, headers) and
 * the watch cache. It authenticates nobody and knows no HTTP; what it refuses is a `StatusError`.
 */

import type { Observable } from 'rxjs'
import type { GroupVersionKind, KubernetesObject } from '../../api/object.ts'
import type { Selector } from '../../api/selector.ts'
import type { WriteCause } from '../../api/write-record.ts'
import type { Resource } from '../resources/resource.ts'
import type { Revision } from '../storage/storage.ts'
import type { CachedObject } from '../watch/cached-object.ts'
import type { Asked } from './write-note.ts'

export interface User {
  name: string
  uid?: string
  groups: string[]
  extra?: Record<string, string[]>
}

/** What the audit log is told of one request while it is worked on. */
export interface RequestAudit {
  /** The object that was sent, before anybody completes it; the first one counts. */
  received(object: object): void
  /** The same for what is no object but changes one. */
  receivedPatch(patch: object): void
  /**
   * @param key `example.com/key`: others are dropped, and so is a second value for the same one
   * @param level only where the policy has as much kept; `Metadata` unless told
   */
  annotate(key: string, value: string, level?: 'Metadata' | 'Request'): void
}

/** Who asks, and what the pipeline needs to know of the request besides its target and body. */
export interface RequestContext {
  user: User
  /** The name of who acts as that user, where it is somebody else. */
  readonly impersonator?: string
  /** Also the `Audit-Id` header. */
  requestId: string
  userAgent: string
  /** On account of what is written, as the client says: it may be untrue. */
  readonly cause?: WriteCause
  /** What is asked for, in the records of what is written: the registry says it. */
  asked?: Asked
  /** Aborts when the client is gone or the request's time is up. */
  signal: AbortSignal
  /** Adds a `Warning` header to the answer. */
  warn(text: string): void
  /** Whether the user may also create what is written, where it is not there; without it they may. @throws StatusError 403 */
  mayCreate?(): Promise<void>
  /** Absent where no audit log is kept. */
  readonly audit?: RequestAudit
  /** Called when a watch has told what there was: from now on it tells changes as they happen. */
  begun?(): void
}

export interface Target {
  resource: Resource
  /** Empty for cluster-scoped objects, and for all namespaces in list, watch. */
  namespace: string
  /** Absent for collections. */
  name?: string
  subresource?: string
}

/** A body before decoding: bytes from the wire, or an object from inside the process (which is copied). */
export type Body = { bytes: Buffer; mediaType: string } | { object: object }

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

export interface WriteOptions {
  dryRun?: boolean
  fieldManager?: string
  fieldValidation?: 'Ignore' | 'Warn' | 'Strict'
}

export interface DeleteOptions {
  gracePeriodSeconds?: number
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  orphanDependents?: boolean
  preconditions?: { uid?: string; resourceVersion?: string }
  dryRun?: boolean
}

export interface ListOptions {
  labels: Selector
  fields: Selector
  limit?: number
  continue?: string
  resourceVersion?: string
  resourceVersionMatch?: 'Exact' | 'NotOlderThan'
  /** Of watches alone: a list that has it is refused. */
  sendInitialEvents?: boolean
}

export interface ListResult {
  items: CachedObject[]
  revision: Revision
  continue?: string
  /** Absent with selectors. */
  remaining?: number
}

export interface WatchOptions {
  labels: Selector
  fields: Selector
  resourceVersion?: string
  resourceVersionMatch?: 'NotOlderThan'
  sendInitialEvents?: boolean
  /** Of lists alone: where it matters, a watch that has it is refused. */
  continue?: string
  bookmarks: boolean
  /** Waited for while initial objects or remembered changes are told: until the reader has room. */
  drained?: () => Promise<void> | undefined
}

/** What a watcher is told, after selectors. `revision` is what `metadata.resourceVersion` says. */
export type WatchEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: CachedObject }
  | { type: 'BOOKMARK'; revision: Revision; initialEventsEnd?: boolean }

/** A stored object, or one that would have been (dry run): `revision` is then that of the old one, or absent. */
export interface Written {
  object: KubernetesObject
  bytes: Buffer
  /** Answer 201 rather than 200. */
  created: boolean
}

export type Deleted =
  /** It is gone; the answer is a `Status` naming it. */
  | { gone: true; object: KubernetesObject }
  /** It lingers (grace period, finalizers), or its kind returns what was deleted; the answer is the object. */
  | { gone: false; object: KubernetesObject; bytes: Buffer }

/** Every method rejects with a `StatusError`, or with the storage's error where the store is the matter. */
export interface Registry {
  /** What is served at the moment; another array after each change. */
  readonly resources: readonly Resource[]
  /** By its place in the URL. */
  find(group: string, version: string, plural: string): Resource | undefined
  /** The same; what anybody was told is served, by whichever server of the store, is waited for. */
  located(group: string, version: string, plural: string): Promise<Resource | undefined>
  get(
    target: Target,
    resourceVersion: string | undefined,
    context: RequestContext,
  ): Promise<CachedObject>
  list(target: Target, options: ListOptions, context: RequestContext): Promise<ListResult>
  /** Cold; the promise rejects before the first event where the options or the revision are at fault. */
  watch(
    target: Target,
    options: WatchOptions,
    context: RequestContext,
  ): Promise<Observable<WatchEvent>>
  create(
    target: Target,
    body: Body,
    options: WriteOptions,
    context: RequestContext,
  ): Promise<Written>
  update(
    target: Target,
    body: Body,
    options: WriteOptions,
    context: RequestContext,
  ): Promise<Written>
  patch(
    target: Target,
    type: PatchType,
    body: Body,
    options: WriteOptions & { force?: boolean },
    context: RequestContext,
  ): Promise<Written>
  delete(target: Target, options: DeleteOptions, context: RequestContext): Promise<Deleted>
  deleteCollection(
    target: Target,
    selection: ListOptions,
    options: DeleteOptions,
    context: RequestContext,
  ): Promise<ListResult>
  /**
   * Admission, for what does not go through the registry otherwise: connections (the kind is that of their options,
   * `PodExecOptions`) and actions that answer for themselves (`TokenRequest`). Changes the object in place.
   */
  admit(
    target: Target,
    subject: { operation: 'CREATE' | 'CONNECT'; kind: GroupVersionKind; object: KubernetesObject },
    options: WriteOptions | undefined,
    context: RequestContext,
  ): Promise<void>
}
