/**
 * The life of a pod on its node: what it is in, and the one function that says what it is in next. Pure; what is to be
 * done in each state is `decide`'s.
 */

/** Why a pod is being stopped. */
export type StopCause =
  /** Every container has done its work, or may not run again. */
  | { kind: 'completed' }
  /** The API server, or the node, says it has failed. */
  | { kind: 'failed'; reason: string; message: string }
  /** It has a deletion timestamp. */
  | { kind: 'deleted' }
  /** The API server does not know it any more. */
  | { kind: 'vanished' }

export type PodState =
  /** Volumes, sandbox and containers are made to agree with the spec. */
  | { phase: 'active' }
  /** The node refuses it; nothing of it was ever made. */
  | { phase: 'rejected'; reason: string; message: string }
  /** Containers are being stopped; `deadline` is when SIGKILL comes, in milliseconds since the epoch. */
  | { phase: 'stopping'; cause: StopCause; graceSeconds: number; deadline: number }
  /** No container runs: network and volumes are being released. */
  | { phase: 'releasing'; cause: StopCause }
  /** Over, but still in the API: what is left stays for logs. */
  | { phase: 'finished'; cause: StopCause }
  /** Everything left on the node is being removed. */
  | { phase: 'removing' }
  /** Nothing is left on the node: the API server may forget it. */
  | { phase: 'removed' }
  | { phase: 'gone' }

/** What `step` looks at. */
export interface PodFacts {
  /** Milliseconds since the epoch. */
  now: number
  /** Seconds of grace when the pod has a deletion timestamp. */
  deletion: { graceSeconds: number } | undefined
  /** The API server does not know it any more; `graceSeconds` as it was last known. */
  vanished: { graceSeconds: number } | undefined
  /** Grace of the spec, for pods that are stopped without being deleted. */
  graceSeconds: number
  /** A refusal of the node. */
  refused: { reason: string; message: string } | undefined
  /** The node has to end it. */
  evicted: { reason: string; message: string } | undefined
  /** `activeDeadlineSeconds` has passed. */
  expired: boolean
  /** The API has it as Succeeded or Failed, or no container will run again. */
  completed: boolean
  /** A container runs or is being started. */
  running: boolean
  /** Sandbox or volumes are still held. */
  held(): boolean
  /** Something of it is left: containers, sandboxes, directories, cgroups. */
  left(): boolean
}

/** Seconds: as long as kubelet gives. */
const evictionGrace = 1

function stopping(state: PodState, facts: PodFacts): PodState | undefined {
  const stop = (cause: StopCause, graceSeconds: number): PodState => ({
    phase: 'stopping',
    cause,
    graceSeconds,
    deadline: facts.now + graceSeconds * 1000,
  })
  if (facts.vanished) return stop({ kind: 'vanished' }, facts.vanished.graceSeconds)
  if (facts.deletion) return stop({ kind: 'deleted' }, facts.deletion.graceSeconds)
  if (state.phase !== 'active') return undefined
  if (facts.evicted) return stop({ kind: 'failed', ...facts.evicted }, evictionGrace)
  if (facts.expired)
    return stop(
      {
        kind: 'failed',
        reason: 'DeadlineExceeded',
        message: 'Pod was active on the node longer than the specified deadline',
      },
      facts.graceSeconds,
    )
  if (facts.completed) return stop({ kind: 'completed' }, facts.graceSeconds)
  return undefined
}

const weight = { completed: 0, failed: 0, deleted: 1, vanished: 2 } as const

/** A later order may bring the end nearer, never put it off; being gone outweighs being deleted, and that the rest. */
function hastened(state: PodState & { phase: 'stopping' }, facts: PodFacts): PodState {
  const order = stopping(state, facts)
  if (order?.phase !== 'stopping') return state
  const heavier = weight[order.cause.kind] > weight[state.cause.kind]
  const shorter = order.graceSeconds < state.graceSeconds
  if (!heavier && !shorter) return state
  return {
    phase: 'stopping',
    cause: heavier ? order.cause : state.cause,
    graceSeconds: Math.min(state.graceSeconds, order.graceSeconds),
    deadline: Math.min(state.deadline, order.deadline),
  }
}

const unwanted = (facts: PodFacts): boolean => !!facts.deletion || !!facts.vanished

/** The next state; the same object when nothing changes. Never skips a state, so call it until it rests. */
export function step(state: PodState, facts: PodFacts): PodState {
  switch (state.phase) {
    case 'active':
      if (facts.refused && !unwanted(facts)) return { phase: 'rejected', ...facts.refused }
      return stopping(state, facts) ?? state
    case 'rejected':
      return unwanted(facts) ? { phase: 'removing' } : state
    case 'stopping':
      return facts.running ? hastened(state, facts) : { phase: 'releasing', cause: state.cause }
    case 'releasing':
      if (facts.held()) return state
      return unwanted(facts) ? { phase: 'removing' } : { phase: 'finished', cause: state.cause }
    case 'finished':
      return unwanted(facts) ? { phase: 'removing' } : state
    case 'removing':
      return facts.left() ? state : { phase: 'removed' }
    case 'removed':
      return facts.vanished ? { phase: 'gone' } : state
    case 'gone':
      return state
    default:
      return state satisfies never
  }
}
