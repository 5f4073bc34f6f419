/**
 * Whether a manager lives, is ready and what it measures: `/livez`, `/healthz`, `/readyz` and `/metrics` in plain HTTP.
 * There is nothing secret in them. It answers questions; it ends and restarts nothing.
 */

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from '../../ports/node-http.ts'
import type { InformerMeasures, ManagerState, RunningManager } from './manager.ts'

/** A server of `/healthz`, `/readyz` and `/metrics` that listens. */
export interface HealthServer {
  readonly port: number
  close(): Promise<void>
}

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

/** The answer of `/readyz`: a line for the manager and one for each cache, good `+`, being filled `~` or bad `-`. */
export interface Readiness {
  ready: boolean
  text: string
}

/**
 * Ready is who leads or stands by, which takes caches that are filled, as long as these still hear of changes. A kind
 * that the server does not serve yet keeps nobody from being ready, nor does a cache that was asked for later.
 *
 *     readinessOf('leading', manager.measure().informers)
 *     // { ready: true, text: '[+] leading\n[+] deployments.apps: live, 3 objects, heard of 2 s ago\n' }
 */
export function readinessOf(
  state: ManagerState,
  informers: readonly InformerMeasures[],
  staleAfter = 300_000,
): Readiness {
  const runs = state === 'leading' || state === 'standby'
  const followed = informers.filter((informer) => informer.state !== 'stopped')
  const lines = followed.map((informer) => {
    const mark = isStale(informer, staleAfter) ? '-' : informer.synced ? '+' : '~'
    return `[${mark}] ${textOf(informer, staleAfter)}\n`
  })
  return {
    ready: runs && !followed.some((informer) => isStale(informer, staleAfter)),
    text: `[${runs ? '+' : '-'}] ${state}\n${lines.join('')}`,
  }
}

const isStale = (
  { synced, state, lastEventAge = 0 }: InformerMeasures,
  staleAfter: number,
): boolean => synced && state !== 'absent' && lastEventAge > staleAfter

function textOf(informer: InformerMeasures, staleAfter: number): string {
  const { resource, namespace, state, objects, lastEventAge, error } = informer
  const where = namespace === undefined ? '' : ` in ${namespace}`
  const heard =
    lastEventAge === undefined ? '' : `, heard of ${Math.round(lastEventAge / 1_000)} s ago`
  const stale = isStale(informer, staleAfter) ? ', stale' : ''
  const why = error === undefined ? '' : `: ${error instanceof Error ? error.message : error}`
  return `${resource}${where}: ${state}, ${objects} objects${heard}${stale}${why}`
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
  await listen(server, port, host).catch((error: unknown) => {
    quiet()
    throw error
  })
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      quiet()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function listen(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
}
