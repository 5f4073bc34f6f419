/** Waits for things outside this process, which can only be asked again and again: sockets, ports, health. */

import { createConnection } from 'node:net'
import { type Clock, sleep } from '../ports/clock.ts'
import { get } from '../ports/node-http.ts'
import { CommandError } from './context.ts'

export interface WaitOptions {
  clock: Clock
  signal: AbortSignal
  /** For the message when time is up. */
  what: string
  timeoutMs: number
  intervalMs?: number
  /** Ends the wait early by throwing: what is waited for cannot come any more. */
  hopeless?: () => Promise<void>
}

/** Resolves with the first answer that is not `undefined`. */
export async function until<T>(
  ask: () => Promise<T | undefined>,
  options: WaitOptions,
): Promise<T> {
  const { clock, signal, timeoutMs, intervalMs = 30 } = options
  const start = clock.monotonic()
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await options.hopeless?.()
    if (clock.monotonic() - start > timeoutMs)
      throw new CommandError(`${options.what} did not come up within ${timeoutMs / 1000} s`)
    await sleep(clock, intervalMs, signal)
  }
}

/** Whether somebody accepts connections there. */
export function accepts(target: { path: string } | { host: string; port: number }) {
  return new Promise<true | undefined>((resolve) => {
    const connection = createConnection(target)
    connection.on('connect', () => {
      connection.destroy()
      resolve(true)
    })
    connection.on('error', () => resolve(undefined))
  })
}

/** Whether etcd says on its socket that it is healthy. */
export function etcdHealth(socketPath: string) {
  return new Promise<true | undefined>((resolve) => {
    const request = get({ socketPath, path: '/health', timeout: 2000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200 ? true : undefined)
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(undefined))
  })
}
