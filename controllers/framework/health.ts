/**
 * Whether a manager lives, is ready and what it measures: `/livez`, `/healthz`, `/readyz` and `/metrics` in plain HTTP.
 * There is nothing secret in them. It answers questions; it ends and restarts nothing.
 */

import { createServer } from '../../ports/node-http.ts'
import { type Listening, listening } from './listening.ts'
import type { ManagerState, RunningManager } from './manager.ts'
import { readinessOf } from './readiness.ts'

/** A server of `/healthz`, `/readyz` and `/metrics` that listens. */
export type HealthServer = Listening

/** Of which manager to tell, and where. */
export interface HealthServerOptions {
  /** All addresses of this machine unless told. */
  host?: string
  /** 0: any that is free. */
  port: number
  manager: RunningManager
  /** Milliseconds without a word from the server after which what a cache knows counts as stale (300,000). */
  staleAfter?: number
}

/**
 *     const health = await startHealthServer({ host: '0.0.0.0', port: 8081, manager })
 *     await health.close()
 */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { manager, host, port, staleAfter } = options
  const { managerMetrics } = await import('./metrics.ts')
  const metrics = managerMetrics(manager)
  let state: ManagerState = 'syncing'
  const states = manager.state$.subscribe((next) => {
    state = next
  })
  const server = createServer((request, response) => {
    const answer = (code: number, body: string, type = 'text/plain; charset=utf-8') => {
      response.writeHead(code, { 'content-type': type }).end(body)
    }
    switch (request.url?.split('?')[0]) {
      case '/healthz':
      case '/livez':
        answer(state === 'stopped' ? 503 : 200, state === 'stopped' ? 'stopped' : 'ok')
        return
      case '/readyz': {
        const { ready, text } = readinessOf(state, manager.measure().informers, staleAfter)
        answer(ready ? 200 : 503, text)
        return
      }
      case '/metrics':
        metrics.text().then(
          (text) => answer(200, text, metrics.contentType),
          (error: unknown) => answer(500, String(error)),
        )
        return
      default:
        answer(404, 'there are /healthz, /livez, /readyz and /metrics\n')
    }
  })
  const quiet = () => {
    states.unsubscribe()
    metrics.close()
  }
  try {
    const { port: found, close } = await listening(server, port, host)
    return {
      port: found,
      close() {
        quiet()
        return close()
      },
    }
  } catch (error) {
    quiet()
    throw error
  }
}
