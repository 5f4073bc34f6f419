/** One version of one object as the server keeps it: encoded once, its bytes shared by every reader. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Revision } from '../storage/storage.ts'

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED'

export interface CachedObject {
  readonly key: string
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly revision: Revision
  /** The whole object as JSON, `resourceVersion` spliced in. Shared: never written to. */
  readonly bytes: Buffer
  /** The same as an item of a list of a built-in kind: without `kind` and `apiVersion`. A copy at each call. */
  readonly itemBytes: Buffer
  /**
   * `itemBytes` without its first `{`, as a view of `bytes`: a list is written without copying when the `{` goes
   * into what stands before the first item and between two of them (`[{`, `,{`).
   */
  readonly itemTail: Buffer
  readonly labels: ReadonlyMap<string, string>
  /** The values of the resource's field selectors, `metadata.name` and `metadata.namespace` included. */
  readonly fields: ReadonlyMap<string, string>
  /** Parsed from the bytes on each call or from a small cache; callers must not change it. */
  readonly object: KubernetesObject
  /** A line of a watch stream, `{"type":...,"object":...}\n`. Made once and shared: never written to. */
  frame(type: ChangeType): Buffer
}

/** What a watcher is told, after selectors. `revision` is what `metadata.resourceVersion` says. */
export type CacheEvent =
  /** `previous`: what it was before, for a change of an object that was there; its selectors may not have matched. */
  | { type: ChangeType; object: CachedObject; previous?: CachedObject }
  | { type: 'BOOKMARK'; revision: Revision; initialEventsEnd?: boolean }
