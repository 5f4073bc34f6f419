/** What an explanation says; the shape that condition messages, command line and pages share. */

import type { TroubleCode } from './troubles/trouble.ts'

/**
 * - `ok`: nothing is left to do. `info`: it goes on by itself. `warning`: something else has to give way first.
 * - `error`: it will not go on unless somebody changes something.
 */
export type Severity = 'ok' | 'info' | 'warning' | 'error'

export type Code =
  | 'not-observed'
  | 'paused'
  | 'complete'
  | 'refused'
  | TroubleCode
  | 'min-ready'
  | 'terminating'
  | 'deadline'
  | 'progressing'

export interface Because {
  /** `pod/web-5d4f-x2x9k`, as kubectl takes it. */
  object: string
  /** A path into that object, or what was told about it: `events[Unhealthy]`, `log[app]`. */
  field: string
  /** What stands there, or follows from it. Lines of a log are lines here. */
  message: string
}

export interface Explanation {
  code: Code
  /** One sentence. Below `warning` it may count pods; from there on it changes only with the cause. */
  verdict: string
  severity: Severity
  /** No waiting will help: who has no patience ends here. Never of a cause that often passes by itself. */
  hopeless: boolean
  /** At most `evidenceLimit` of them, the most telling first. */
  because: Because[]
  /** What to do, or what will happen. */
  next: string
}

/** Entries of `because`. */
export const evidenceLimit = 8
