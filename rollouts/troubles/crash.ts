/** A container ends again and again: how, how often, and what it wrote last. */

import { counted } from '../span.ts'
import { detailOf, endOf, type Place, type Told, type Trouble, waiting } from './trouble.ts'

/** Ends after which nobody has to wait any more: one or two happen to programs that wait for others. */
export const hopelessEnds = 3

export function crashing(place: Place, told: Told): Trouble | undefined {
  const { status, init } = place
  const ended = endOf(place)
  const finishedInit = init && status.state?.terminated?.exitCode === 0
  if (status.ready || finishedInit || (init && status.started === true)) return undefined
  const backingOff = waiting(place)?.reason === 'CrashLoopBackOff'
  const endedNow = status.state?.terminated !== undefined && status.state.terminated !== null
  if (!backingOff && !ended) return undefined
  // Once restarted it is still the same trouble until it becomes ready.
  if (!backingOff && !endedNow && status.restartCount === 0) return undefined
  const how = ended ? `exits with code ${ended.exitCode} (${reasonOf(ended)})` : 'keeps ending'
  const ends = status.restartCount + (endedNow || backingOff ? 1 : 0)
  const field = endedNow
    ? `${place.field}.terminated`
    : place.field.replace(/state$/, 'lastState.terminated')
  return {
    code: 'crash',
    sentence: `${place.label} ${how} and is restarted with back-off (CrashLoopBackOff)`,
    field,
    detail: ended?.message ?? detailOf(place),
    hopeless: ends >= hopelessEnds,
    more: [
      { field: place.field.replace(/state$/, 'restartCount'), message: count(ends, status) },
      ...lastLines(place, told),
    ],
  }
}

const count = (ends: number, { restartCount }: Place['status']): string =>
  ends < hopelessEnds
    ? `${counted(restartCount, 'restart')}; given up after ${hopelessEnds} ends`
    : counted(restartCount, 'restart')

const signals: ReadonlyMap<number, string> = new Map([
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [3, 'SIGQUIT'],
  [4, 'SIGILL'],
  [6, 'SIGABRT'],
  [7, 'SIGBUS'],
  [8, 'SIGFPE'],
  [9, 'SIGKILL'],
  [11, 'SIGSEGV'],
  [13, 'SIGPIPE'],
  [15, 'SIGTERM'],
])

type Ended = NonNullable<ReturnType<typeof endOf>>

/** `Error, SIGSEGV`; what the runtime knows better (`OOMKilled`) needs no signal. */
function reasonOf({ exitCode, signal, reason = 'Error' }: Ended): string {
  const number = signal || (exitCode > 128 ? exitCode - 128 : 0)
  const name = reason === 'Error' ? signals.get(number) : undefined
  return name ? `${reason}, ${name}` : reason
}

function lastLines({ pod, status }: Place, { logs }: Told) {
  const tail = logs.find(
    ({ uid, container }) => uid === pod.metadata.uid && container === status.name,
  )
  if (!tail || tail.lines.length === 0) return []
  return [{ field: `log[${status.name}]`, message: tail.lines.slice(-10).join('\n') }]
}
