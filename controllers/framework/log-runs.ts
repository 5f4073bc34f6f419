/**
 * Tells of runs in a log: why each ran, what it did and how it ended. An error that repeats is told once, until the key
 * has run well or fails otherwise; the rest is for who asks for debug.
 */

import type { Observable } from 'rxjs'
import { isConflict } from './cluster.ts'
import { keyText } from './queue.ts'
import { Recent } from './recent.ts'
import type { Reconciled } from './reconciled.ts'
import { causeText } from './tracing.ts'

/** How much a line of the log matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What is used of a pino logger. */
export type RunLog = Record<LogLevel, (fields: object, message: string) => void>

/** Keys of which the last trouble is remembered. */
const remembered = 10_000

/**
 *     logRuns(manager.reconciles$, pino({ name: 'site' }))
 *
 * @param options.quiet only trouble is told; other runs are for who asks for debug
 * @returns what ends it
 */
export function logRuns(
  reconciles$: Observable<Reconciled>,
  log: RunLog,
  { quiet = false }: { quiet?: boolean } = {},
): () => void {
  const troubles = new Recent<string>(remembered)
  const subscription = reconciles$.subscribe((reconciled) => {
    const key = `${reconciled.controller} ${keyText(reconciled.key)}`
    const trouble = troubleOf(reconciled)
    const repeated = trouble !== undefined && troubles.get(key) === trouble
    if (trouble === undefined) troubles.delete(key)
    else troubles.set(key, trouble)
    const level = levelOf(reconciled)
    log[repeated || (quiet && level === 'info') ? 'debug' : level](
      fieldsOf(reconciled),
      messageOf(reconciled),
    )
  })
  return () => subscription.unsubscribe()
}

const troubleOf = ({ error, warning }: Reconciled): string | undefined =>
  error === undefined ? warning : String(error)

/** A conflict is how two writers notice each other; the next run sees what the other wrote. */
function levelOf({ error, outcome, warning, writes }: Reconciled): LogLevel {
  if (isConflict(error)) return 'debug'
  if (outcome.type === 'terminal') return 'error'
  if (error !== undefined || warning !== undefined) return 'warn'
  return writes > 0 ? 'info' : 'debug'
}

function fieldsOf({ controller, key, causes, outcome, duration, writes, ...rest }: Reconciled) {
  const { namespace, name } = key
  const { error, warning } = rest
  return {
    controller,
    ...(namespace ? { namespace } : {}),
    object: name,
    because: causes.map(causeText),
    duration: Math.round(duration * 10) / 10,
    writes,
    ...(outcome.type === 'ok' && outcome.requeueAfter !== undefined
      ? { requeueAfter: outcome.requeueAfter }
      : {}),
    ...(warning === undefined ? {} : { warning }),
    ...(error === undefined ? {} : { err: error }),
  }
}

function messageOf({ outcome, error, warning }: Reconciled): string {
  if (outcome.type === 'terminal')
    return 'a run has failed and is not tried again until the object changes'
  if (outcome.type === 'failed' || error !== undefined) return 'a run has failed and is tried again'
  return warning === undefined ? 'reconciled' : 'a run deserves a look'
}
