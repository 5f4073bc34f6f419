/** What is known of a rollout at one moment. Only the first three are needed; the more there is, the more can be said. */

import type { Deployment, Event, Pod, ReplicaSet } from '../api/types.ts'

export interface Snapshot {
  deployment: Deployment
  /** Of the Deployment's namespace; those of others are left out of account. */
  replicaSets: readonly ReplicaSet[]
  pods: readonly Pod[]
  /** What was told about any of these objects. */
  events?: readonly Event[]
  logs?: readonly LogTail[]
  /** Milliseconds since the epoch: with it clocks are told. */
  now?: number
}

/** The end of what a container wrote before it ended. */
export interface LogTail {
  /** The pod's. */
  uid: string
  container: string
  lines: readonly string[]
}
