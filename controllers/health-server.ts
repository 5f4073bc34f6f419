/** `/healthz`, `/livez`, `/readyz` and `/metrics` on a loopback port, in plain HTTP: there is nothing secret in them. */

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { createServer } from '../ports/node-http.ts'
import type { RunningManager } from './framework/index.ts'

export interface HealthServer {
  readonly port: number
  close(): Promise<void>
}

export interface HealthServerOptions {
  host: string
  /** 0: any that is free. */
  port: number
  manager: RunningManager
}

export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { manager, host, port } = options
  const registry = metricsOf(manager)
  let state = 'syncing'
  const states = manager.state$.subscribe((next) => {
    state = next
  })
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0]
    const answer = (code: number, body: string, type = 'text/plain; charset=utf-8') => {
      response.writeHead(code, { 'content-type': type }).end(body)
    }
    if (path === '/healthz' || path === '/livez')
      answer(state === 'stopped' ? 503 : 200, state === 'stopped' ? 'stopped' : 'ok')
    else if (path === '/readyz') {
      const ready = state === 'leading' || state === 'standby'
      answer(ready ? 200 : 503, state)
    } else if (path === '/metrics')
      registry.metrics().then(
        (text) => answer(200, text, registry.contentType),
        (error: unknown) => answer(500, String(error)),
      )
    else answer(404, 'there are /healthz, /livez, /readyz and /metrics\n')
  })
  await listen(server, port, host)
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      states.unsubscribe()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
}

function metricsOf(manager: RunningManager): Registry {
  const registry = new Registry()
  const registers = [registry]
  const reconciles = new Counter({
    name: 'tiphys_reconciles_total',
    help: 'Runs that have ended, by controller and outcome.',
    labelNames: ['controller', 'outcome'],
    registers,
  })
  const durations = new Histogram({
    name: 'tiphys_reconcile_duration_seconds',
    help: 'How long runs took.',
    labelNames: ['controller'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  })
  const writes = new Counter({
    name: 'tiphys_reconcile_writes_total',
    help: 'Objects written by runs.',
    labelNames: ['controller'],
    registers,
  })
  manager.reconciles$.subscribe(({ controller, outcome, duration, writes: count }) => {
    reconciles.inc({ controller, outcome: outcome.type })
    durations.observe({ controller }, duration / 1_000)
    if (count > 0) writes.inc({ controller }, count)
  })
  gauges(manager, registers)
  return registry
}

function gauges(manager: RunningManager, registers: Registry[]): void {
  new Gauge({
    name: 'tiphys_queue_keys',
    help: 'Keys by controller: waiting to run, running, or failed and waiting.',
    labelNames: ['controller', 'state'],
    registers,
    collect() {
      for (const { name, depth, running, retrying } of manager.measure().controllers) {
        this.set({ controller: name, state: 'ready' }, depth)
        this.set({ controller: name, state: 'running' }, running)
        this.set({ controller: name, state: 'retrying' }, retrying)
      }
    },
  })
  new Gauge({
    name: 'tiphys_informer_objects',
    help: 'Objects that informers hold, by kind and state of the informer.',
    labelNames: ['kind', 'state'],
    registers,
    collect() {
      this.reset()
      for (const { kind, state, objects } of manager.measure().informers)
        this.inc({ kind, state }, objects)
    },
  })
  new Gauge({
    name: 'tiphys_events_dropped',
    help: 'Events that were not recorded.',
    registers,
    collect() {
      this.set(manager.measure().eventsDropped)
    },
  })
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
}
