/** What happens from now on, as a recording, of a server that keeps no history itself: until somebody interrupts. */

import { observe } from '../../../recordings/observe.ts'
import type { Line, Moment } from '../../../recordings/recording.ts'
import type { Context } from '../../context.ts'
import type { Session } from '../session.ts'

/** Ends with an END when `context.signal` aborts; that is how it is meant to end. */
export async function* linesFromNow(
  { clock, random, signal, err }: Pick<Context, 'clock' | 'random' | 'signal' | 'err'>,
  { cluster, namespace, fetch }: Pick<Session, 'cluster' | 'namespace' | 'fetch'>,
): AsyncGenerator<Line, void, undefined> {
  const { gitVersion = 'unknown' } = (await fetch('/version', 'application/json')) as {
    gitVersion?: string
  }
  let said: string | undefined
  const trouble = (reason: string | undefined) => {
    if (reason !== undefined && reason !== said) err.write(`tiphys: ${reason}\n`)
    said = reason
  }
  let head: Moment | undefined
  const what = { cluster, namespace, server: gitVersion, clock, random, signal, trouble }
  for await (const line of observe(what)) {
    if ('revision' in line) head = { revision: line.revision, at: line.at }
    yield line
  }
  if (head) yield { type: 'END', ...head }
}
