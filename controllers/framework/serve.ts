/**
 * A running manager as a process: its state and its runs in the log, its health over HTTP, until it is told to stop or
 * cannot go on. It installs no signal handlers and ends no process.
 */

import { startHealthServer } from './health.ts'
import { logRequests } from './log-requests.ts'
import { logRuns, type RunLog } from './log-runs.ts'
import type { RunningManager } from './manager.ts'

/** What to run, where to tell of it and what ends it. */
export interface ServeOptions {
  /** Called once all is ready to tell of it: nothing that the manager does goes unseen. */
  start(): RunningManager
  log: RunLog
  /** Of runs only trouble is told (false). */
  quiet?: boolean
  /** Aborts to end it in good order. */
  stop: AbortSignal
  /** Where `/healthz`, `/readyz` and `/metrics` are served: port 0 is any free one, below 0 none. All addresses: `*`. */
  health: { address: string; port: number }
}

/**
 * Resolves when `stop` has aborted and all has ended; rejects with what ended the manager otherwise.
 *
 *     await serve({ start: () => startManager(options), log: pino(), stop, health: { address: '*', port: 8081 } })
 */
export async function serve({ start, log, stop, health, ...rest }: ServeOptions): Promise<void> {
  const { address, port } = health
  if (port >= 0) await import('./metrics.ts')
  const manager = start()
  const quiet = logRuns(manager.reconciles$, log, rest)
  const requests = logRequests(manager.requests$, log)
  const states = manager.state$.subscribe((state) => log.info({ state }, state))
  const end = () => void manager.stop()
  stop.addEventListener('abort', end, { once: true })
  if (stop.aborted) end()
  const listening =
    port < 0
      ? undefined
      : startHealthServer({ manager, port, ...(address === '*' ? {} : { host: address }) })
  try {
    await Promise.race([listening?.then(said), manager.done])
    await manager.done
  } finally {
    stop.removeEventListener('abort', end)
    await manager.stop()
    await listening?.then(
      (server) => server.close(),
      () => {},
    )
    states.unsubscribe()
    quiet()
    requests()
  }

  function said(server: { port: number }): void {
    log.info({ address, port: server.port }, 'health and metrics are served')
  }
}
