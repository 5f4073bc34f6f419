/** Calls into a child process over its IPC channel: the measuring process stays idle while load and server work. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What a child serves: one argument each, JSON there and back. */
export type Methods = Record<string, (argument: never) => unknown>

interface Call {
  id: number
  method: string
  argument: unknown
}

interface Answer {
  id: number
  result?: unknown
  error?: string
}

/** In the child: answers calls of these methods, and leaves others to other servers of the same process. */
export function serve(methods: Methods): void {
  process.on('message', async ({ id, method, argument }: Call) => {
    if (!Object.hasOwn(methods, method)) return
    let answer: Answer
    try {
      answer = { id, result: await methods[method]!(argument as never) }
    } catch (error) {
      answer = { id, error: (error as Error).stack ?? String(error) }
    }
    process.send?.(answer)
  })
}

/** The one that the supervisor gives to components. */
const root = join(import.meta.dirname, '..', '..')
const compileCache = join(root, 'node_modules', '.cache', 'tiphys', 'compile')

export interface ChildOptions {
  args?: string[]
  nodeArgs?: string[]
  env?: NodeJS.ProcessEnv
}

export interface Child<M extends Methods> {
  readonly pid: number
  /** Rejects with the child's error, or when it ends first. */
  call<K extends keyof M & string>(
    method: K,
    ...argument: Parameters<M[K]>
  ): Promise<Awaited<ReturnType<M[K]>>>
  /** The end of what it has written. */
  output(): string
  /** Rejects when it ends by itself. */
  readonly ended: Promise<never>
  /** SIGTERM, and SIGKILL after ten seconds. */
  stop(): Promise<void>
}

/** Starts a TypeScript file with this process's own Node. */
export function startChild<M extends Methods>(
  file: string,
  { args = [], nodeArgs = [], env = {} }: ChildOptions = {},
): Child<M> {
  const child = spawn(process.execPath, [...nodeArgs, file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-8_000)
    })
  const waiting = new Map<number, (answer: Answer) => void>()
  let stopping = false
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      const error = `${file} ended with ${signal ?? code}:\n${output}`
      for (const [id, settle] of waiting) settle({ id, error })
      waiting.clear()
      if (!stopping) reject(new Error(error))
    })
  })
  ended.catch(() => undefined) // who waits hears of it, and every later call
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  let next = 0
  return {
    pid: child.pid ?? 0,
    ended,
    output: () => output,
    call: (method, argument?: unknown) =>
      new Promise((resolve, reject) => {
        if (hasEnded(child)) return reject(new Error(`${file} has ended:\n${output}`))
        const id = next++
        waiting.set(id, ({ result, error }) =>
          error === undefined ? resolve(result as never) : reject(new Error(error)),
        )
        child.send({ id, method, argument } satisfies Call)
      }),
    async stop() {
      stopping = true
      await end(child)
    },
  }
}

const hasEnded = ({ exitCode, signalCode, pid }: ChildProcess) =>
  exitCode !== null || signalCode !== null || pid === undefined

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await exit
  clearTimeout(timer)
}
