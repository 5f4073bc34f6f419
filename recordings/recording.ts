/**
 * A recording: what the objects of a namespace were over a stretch of time, as lines of JSON. The server streams it, a file
 * holds it, the timeline is built from it; all three are the same. It never holds Secrets.
 *
 * The first line is the header; then a keyframe, then changes in the order of their revisions, now and then another
 * keyframe (all that is there, so that a reader may begin at it), logs of containers that ended, marks of how far it has
 * come, and the end, where there is one.
 */

import type { KubernetesObject } from '../api/object.ts'
import type { WriteRecord } from '../api/write-record.ts'

export const recordingFormat = 'tiphys.dev/recording/v1'

/** A revision of the store, and when it was (RFC 3339, milliseconds where known). */
export interface Moment {
  revision: number
  at: string
}

export interface Header {
  type: 'HEADER'
  format: typeof recordingFormat
  /** Which server: what `/version` says. */
  server: string
  namespace: string
  /** `pods`, `deployments.apps`: what is recorded. */
  resources: string[]
  /** What is older is kept no longer; `at` is empty where nobody knows. */
  edge: Moment
}

/** Everything that was there. */
export interface Keyframe extends Moment {
  type: 'KEYFRAME'
  objects: KubernetesObject[]
}

export interface Put extends Moment {
  type: 'PUT'
  /** With its `resourceVersion`, which is the revision. */
  object: KubernetesObject
  by?: WriteRecord
}

export interface Deletion extends Moment {
  type: 'DELETE'
  /** As it was last. */
  object: KubernetesObject
  by?: WriteRecord
}

/** The end of what a container wrote before it ended. */
export interface Log {
  type: 'LOG'
  at: string
  pod: { name: string; uid: string }
  container: string
  /** Restarts before this run of it. */
  restarts: number
  lines: string[]
}

/** Nothing has happened up to here that was not told. */
export interface Mark extends Moment {
  type: 'MARK'
}

export interface End extends Moment {
  type: 'END'
}

export type Line = Header | Keyframe | Put | Deletion | Log | Mark | End

/** What a rollout is told by. */
export const rolloutResources: readonly string[] = [
  'deployments.apps',
  'replicasets.apps',
  'pods',
  'events',
]
