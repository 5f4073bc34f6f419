/** What can go wrong in a World, as values: who asked for what, and what is to happen to it. Nothing happens here. */

import type { ApiError, Kind, Ref } from '../controllers/framework/index.ts'

/** What a process asks of the cluster. */
export type Verb = ReadVerb | WriteVerb
/** Requests that change nothing. */
export type ReadVerb = 'get' | 'list' | 'watch' | 'discover'
/** Requests that change something. */
export type WriteVerb = 'create' | 'update' | 'patch' | 'apply' | 'remove' | 'createSubresource'

/** One request of one process, as it leaves the process. */
export interface WorldRequest {
  /** `controllers`, `built-in`, `nodes` ... */
  readonly process: string
  /** 1 for the process as it was started first; one more after each restart. */
  readonly incarnation: number
  /**
   * Of a write: the how-manieth of this process it is, from 1, whether or not it succeeds; restarts do not begin anew.
   * 0 of a read.
   */
  readonly sequence: number
  readonly verb: Verb
  /** Absent for `discover`. */
  readonly kind?: Kind
  /** Whom it is about; without a name for lists, watches and creates with `generateName`. */
  readonly ref?: Partial<Ref>
  readonly subresource?: string
  /** Shared: it must not be changed. */
  readonly body?: object
  readonly fieldManager?: string
  /** Virtual milliseconds since the epoch. */
  readonly at: number
}

/** What becomes of a request: refused, lost before or after it was done, or the last thing that its process asks. */
export type Fault =
  /** The server never sees it; the process is told this. */
  | { type: 'refuse'; error: ApiError }
  /** The process is told that the connection broke, after the server has done it, or before it has heard of it. */
  | { type: 'lose'; applied: boolean }
  /** The process is dropped where it stands, after the server has done it or before, and started anew at once. */
  | { type: 'crash'; applied: boolean }

/** Asked about every request of every process; the first of several plans that answers decides. */
export type FaultPlan = (request: WorldRequest) => Fault | undefined

const writes: ReadonlySet<Verb> = new Set<WriteVerb>([
  'create',
  'update',
  'patch',
  'apply',
  'remove',
  'createSubresource',
])

/** Whether a request changes anything. */
export const isWrite = ({ verb }: Pick<WorldRequest, 'verb'>): boolean => writes.has(verb)

/** How what was held back comes: every event, late; or not at all: the watch is told 410 and lists again. */
export type Release = 'events' | 'relist'

/** What one process sees of the cluster, kind by kind. Its writes and live reads always meet the server as it is. */
export interface Views {
  /**
   * Its watches of the kind hear nothing more, and lists answer as of now. With `ref` this begins with the next event
   * of that object: events before it still come, as a watch tells all in order.
   */
  hold(kind: Kind<never> | Kind, ref?: Ref): void
  /** Ends what `hold` or a past position (`RestartOptions.asOf`) has begun; `events` unless told. */
  release(kind: Kind<never> | Kind, how?: Release): void
  /** Ends all of it, with events. */
  catchUp(): void
  /** Its watches of the kind hear the last event again. */
  duplicate(kind: Kind<never> | Kind): void
  /** Of those that are held or in the past. */
  held(): readonly string[]
}

/** How a process starts anew. */
export interface RestartOptions {
  /**
   * By `kindKey`: lists and watches of the new process show the kind as it was right after the write of this position
   * (`LogEntry.position`; 0: at the beginning), and nothing later until `release` or `catchUp`.
   */
  asOf?: Readonly<Record<string, number>>
}
