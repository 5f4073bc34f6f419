/** What the node's HTTP server needs to know of the pods that run here. Answers from memory; it starts nothing. */

import type { Pod } from '../../api/types.ts'

/** One instance of a container, running or dead. */
export interface FoundContainer {
  name: string
  /** The runtime's id. */
  id: string
  /** Counts instances of this container, from 0. */
  attempt: number
  state: 'created' | 'running' | 'exited' | 'unknown'
  /** Absolute; in the CRI log format. Lies where pods may be able to write: open without following links. */
  logPath: string
}

export interface FoundPod {
  pod: Pod
  /** Absent before there is one and after it is gone. */
  sandboxId: string | undefined
  /** The newest instance of each container that has one (init containers included). */
  containers: FoundContainer[]
  /** The last that has ended where another runs or is waited for, if it is still kept. */
  previous: FoundContainer[]
}

export interface PodLookup {
  /** A pod of this node; with `uid` only if it is that very one. */
  find(namespace: string, name: string, uid?: string): FoundPod | undefined
  all(): FoundPod[]
}
