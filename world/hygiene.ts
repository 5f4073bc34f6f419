/**
 * Watches over the processes of Worlds for what would make a test depend on the machine: timers, time, chance and
 * requests that do not go through what the process was handed, and rejections that nobody handles. It only tells; who
 * is no process of a World is left alone. What is imported from `node:` modules it does not see.
 */

import { actor } from './actor.ts'
import { WorldError } from './world-error.ts'

type Callable = (...args: never[]) => unknown

interface Outside {
  on: object
  name: string
  /** How it is written; its name unless told. */
  text?: string
  /** What to use instead. */
  instead: string
}

const timers =
  'the clock that it is handed: `sleep(clock, ms, signal)`, `clock.after(ms, task)`, `requeue.after(ms)`'
const outsides: readonly Outside[] = [
  { on: globalThis, name: 'setTimeout', instead: timers },
  { on: globalThis, name: 'setInterval', instead: timers },
  { on: AbortSignal, name: 'timeout', text: 'AbortSignal.timeout', instead: timers },
  { on: Date, name: 'now', text: 'Date.now', instead: '`clock.now()`' },
  { on: performance, name: 'now', text: 'performance.now', instead: '`clock.monotonic()`' },
  { on: Math, name: 'random', text: 'Math.random', instead: '`random.next()`' },
  {
    on: globalThis.crypto,
    name: 'randomUUID',
    text: 'crypto.randomUUID',
    instead: '`random.uuid()`',
  },
  {
    on: globalThis,
    name: 'fetch',
    instead: 'the cluster, or a port of its own that tests replace',
  },
]

let guards = 0
let restore: (() => void)[] = []

/** Until it is ended; several at once are one. @returns ends it */
export function guardProcesses(): () => void {
  if (guards++ === 0) {
    restore = [...outsides.map(replace), replaceDate()]
    process.on('unhandledRejection', onUnhandled)
  }
  let ended = false
  return () => {
    if (ended) return
    ended = true
    if (--guards > 0) return
    for (const undo of restore.splice(0)) undo()
    process.off('unhandledRejection', onUnhandled)
  }
}

function replace({ on, name, text = name, instead }: Outside): () => void {
  const original = Reflect.get(on, name) as Callable
  const watched = function (this: unknown, ...args: never[]): unknown {
    tellOf(text, instead, watched)
    return original.apply(this, args)
  }
  return put(on, name, watched)
}

/** With an argument it tells no time: `new Date(ms)` is as good as any other arithmetic. */
function replaceDate(): () => void {
  const tell = (parameters: readonly unknown[], from: Callable) => {
    if (parameters.length === 0) tellOf('new Date without a time', '`new Date(clock.now())`', from)
  }
  const handler: ProxyHandler<DateConstructor> = {
    construct(target, parameters, newTarget) {
      tell(parameters, handler.construct as Callable)
      return Reflect.construct(target, parameters, newTarget) as Date
    },
    apply(target) {
      tell([], handler.apply as Callable)
      return target()
    },
  }
  return put(globalThis, 'Date', new Proxy(Date, handler))
}

/** @returns puts back what was there, unless somebody else has replaced it again meanwhile */
function put(on: object, name: string, watched: unknown): () => void {
  const original = Reflect.get(on, name) as unknown
  Reflect.set(on, name, watched)
  return () => {
    if (Reflect.get(on, name) === watched) Reflect.set(on, name, original)
  }
}

function tellOf(name: string, instead: string, from: Callable): void {
  const at = actor.getStore()
  // The server keeps its own house.
  if (at?.breach && !at.request) at.breach(breachOf(at.process, name, instead, from))
}

function breachOf(process: string, name: string, instead: string, from: Callable): WorldError {
  const error = new WorldError(
    `the process ${process} uses ${name}, which is not of the World; it should use ${instead}`,
  )
  Error.captureStackTrace(error, from)
  return error
}

/** Mocha hands on what it was told: the same may be told twice. */
const told = new WeakSet<Promise<unknown>>()

function onUnhandled(reason: unknown, promise: Promise<unknown>): void {
  const at = actor.getStore()
  if (told.has(promise)) return
  told.add(promise)
  if (at?.breach) {
    const text = `a promise of the process ${at.process} was rejected and nobody handles it: ${reason}`
    at.breach(new WorldError(text, { cause: reason }))
  } else if (process.listenerCount('unhandledRejection') === 1) throw reason
}
