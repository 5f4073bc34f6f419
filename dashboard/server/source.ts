/** Where lines of a recording come from: Tiphys' own past, a watch on any other Kubernetes, or a file. */

import type { Line } from '../../recordings/recording.ts'

export interface Source {
  /** The file's name, of a source that does not go on. */
  readonly file?: string
  /** The only one that there is, of a file. */
  readonly namespace?: string
  /**
   * Lines in order, from the beginning of what is kept, or those after a revision without a keyframe. Goes on until
   * `signal` aborts, or the other end has enough: then it is asked again. Throws `ApiError` 410 where `after` is kept no
   * longer, and whatever else is in the way. The first MARK, or END, comes when all has come that there was when it was
   * asked: only then is anything of it shown.
   */
  lines(namespace: string, options: ReadOptions): AsyncIterable<Line>
  /** What there is now and then all that happens, likewise; of a source whose past may take long to read. */
  present?(namespace: string, signal: AbortSignal): AsyncIterable<Line>
}

export interface ReadOptions {
  after?: number
  signal: AbortSignal
  /** Called by a source that reconnects by itself: what is in the way, and `undefined` when it is no longer. */
  trouble(reason: string | undefined): void
}
