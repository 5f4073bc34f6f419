/** What the node's HTTP server needs to know of the pods that run here. Answers from memory; it starts nothing. */

import type { Pod } from '../../api/types.ts'
import type { RuntimeContainer } from '../runtime/runtime.ts'
import type { PodView } from '../runtime/runtime-view.ts'
import { newest } from './decide.ts'

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

/** @param awaitsNext whether an instance counts as the previous one already */
export function foundPod(
  pod: Pod,
  view: PodView,
  awaitsNext: (container: RuntimeContainer) => boolean,
): FoundPod {
  const { containers, sandboxes } = view
  const first = containers.filter(({ name, id }) => newest(view, name)?.id === id)
  const previous = first.flatMap((one) =>
    awaitsNext(one) ? one : (containers.filter(({ name }) => name === one.name)[1] ?? []),
  )
  return {
    pod,
    sandboxId: sandboxes[0]?.state === 'ready' ? sandboxes[0].id : undefined,
    containers: first.map(found),
    previous: previous.map(found),
  }
}

const found = ({ name, id, attempt, state, logPath }: RuntimeContainer): FoundContainer => ({
  name,
  id,
  attempt,
  state,
  logPath,
})
