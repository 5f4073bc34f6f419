/**
 * What a manager measures, in the form and under the names that dashboards for controllers know: `controller_runtime_`,
 * `workqueue_`, `rest_client_`. Loaded by who serves it only: prom-client takes 45 ms and 7 MB.
 */

import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ManagerMeasures, RunningManager } from './manager.ts'
import type { RequestVerb } from './observed-cluster.ts'
import type { Reconciled } from './reconciled.ts'

export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
  /** Counts no more. */
  close(): void
}

const seconds = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300]

/** Counts from now on. */
export function managerMetrics(manager: RunningManager): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const subscriptions = [countRuns(manager, registers), countRequests(manager, registers)]
  runnerGauges(manager, registers)
  cacheGauges(manager, registers)
  processGauges(registers)
  const leading = new Gauge({
    name: 'leader_election_master_status',
    help: 'Whether it leads.',
    registers,
  })
  const states = manager.state$.subscribe((state) => leading.set(state === 'leading' ? 1 : 0))
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    close: () => {
      for (const subscription of [...subscriptions, states]) subscription.unsubscribe()
    },
  }
}

function countRuns({ reconciles$ }: RunningManager, registers: Registry[]) {
  const runs = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Runs that have ended, by controller and result.',
    labelNames: ['controller', 'result'],
    registers,
  })
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Runs that have failed.',
    labelNames: ['controller'],
    registers,
  })
  const terminal = new Counter({
    name: 'controller_runtime_terminal_reconcile_errors_total',
    help: 'Runs that have failed and are not tried again.',
    labelNames: ['controller'],
    registers,
  })
  const durations = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long runs took.',
    labelNames: ['controller'],
    buckets: seconds,
    registers,
  })
  const waits = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long keys waited for their turn.',
    labelNames: ['name'],
    buckets: seconds,
    registers,
  })
  const writes = new Counter({
    name: 'tiphys_reconcile_writes_total',
    help: 'Objects written by runs.',
    labelNames: ['controller'],
    registers,
  })
  return reconciles$.subscribe((reconciled) => {
    const { controller, outcome, duration, waited, writes: count } = reconciled
    runs.inc({ controller, result: resultOf(reconciled) })
    if (outcome.type !== 'ok') errors.inc({ controller })
    if (outcome.type === 'terminal') terminal.inc({ controller })
    durations.observe({ controller }, duration / 1_000)
    waits.observe({ name: controller }, waited / 1_000)
    if (count > 0) writes.inc({ controller }, count)
  })
}

function resultOf({ outcome }: Reconciled): string {
  if (outcome.type !== 'ok') return 'error'
  return outcome.requeueAfter === undefined ? 'success' : 'requeue_after'
}

const methods: Record<RequestVerb, string> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  discover: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
}

function countRequests({ requests$ }: RunningManager, registers: Registry[]) {
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests that were answered, by code, method and verb; no answer is <error>.',
    labelNames: ['code', 'method', 'verb'],
    registers,
  })
  const durations = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'How long the answers took, by verb.',
    labelNames: ['verb'],
    buckets: seconds,
    registers,
  })
  return requests$.subscribe(({ verb, code, duration }) => {
    requests.inc({ code: code === 0 ? '<error>' : String(code), method: methods[verb], verb })
    durations.observe({ verb }, duration / 1_000)
  })
}

type Read = (measures: ManagerMeasures, set: (labels: Labels, value: number) => void) => void

/** What is read when it is asked for. */
function measured(
  manager: RunningManager,
  registers: Registry[],
  [name, help, ...labelNames]: [string, string, ...string[]],
  read: Read,
): void {
  collected(registers, [name, help, ...labelNames], (set) => read(manager.measure(), set))
}

type Labels = Record<string, string>

/** By the rules of the names, what ends in `_total` only grows. */
function collected(
  registers: Registry[],
  [name, help, ...labelNames]: [string, string, ...string[]],
  read: (set: (labels: Labels, value: number) => void) => void,
): void {
  const Type = name.endsWith('_total') ? Counter : Gauge
  new Type<string>({
    name,
    help,
    labelNames,
    registers,
    collect() {
      this.reset()
      read((labels, value) => this.inc(labels, value))
    },
  })
}

function runnerGauges(manager: RunningManager, registers: Registry[]): void {
  const each = (name: string, help: string, label: string, read: (one: Runner) => number) =>
    measured(manager, registers, [name, help, label], ({ controllers }, set) => {
      for (const one of controllers) set({ [label]: one.name }, read(one))
    })
  each('workqueue_adds_total', 'Keys that became ones that may run.', 'name', ({ adds }) => adds)
  each('workqueue_depth', 'Keys that may run.', 'name', ({ depth }) => depth)
  each('workqueue_retrying', 'Keys that have failed and wait.', 'name', ({ retrying }) => retrying)
  each('controller_runtime_active_workers', 'Keys that run.', 'controller', (one) => one.running)
}

type Runner = ManagerMeasures['controllers'][number]

function cacheGauges(manager: RunningManager, registers: Registry[]): void {
  const each = (name: string, help: string, read: (one: Cache) => number | undefined) =>
    measured(manager, registers, [name, help, 'resource', 'namespace'], ({ informers }, set) => {
      for (const one of informers) {
        const { resource, namespace = '' } = one
        const value = read(one)
        if (value !== undefined) set({ resource, namespace }, value)
      }
    })
  each('tiphys_informer_objects', 'Objects that are known.', ({ objects }) => objects)
  each('tiphys_informer_synced', 'Whether all were listed once.', ({ synced }) => Number(synced))
  each(
    'tiphys_informer_last_event_age_seconds',
    'Since the server was last heard of; bookmarks come every minute.',
    ({ lastEventAge }) => (lastEventAge === undefined ? undefined : lastEventAge / 1_000),
  )
  measured(
    manager,
    registers,
    ['tiphys_informer_state', 'One, for the state it is in.', 'resource', 'namespace', 'state'],
    ({ informers }, set) => {
      for (const { resource, namespace = '', state } of informers)
        set({ resource, namespace, state }, 1)
    },
  )
  const total = (name: string, help: string, read: (measures: ManagerMeasures) => number) =>
    measured(manager, registers, [name, help], (measures, set) => set({}, read(measures)))
  total('tiphys_open_watches', 'Watches that are open.', ({ watches }) => watches)
  total('tiphys_events_dropped', 'Events not recorded.', ({ eventsDropped }) => eventsDropped)
}

type Cache = ManagerMeasures['informers'][number]

function processGauges(registers: Registry[]): void {
  collected(registers, ['process_resident_memory_bytes', 'Resident memory.'], (set) =>
    set({}, process.memoryUsage.rss()),
  )
  collected(registers, ['process_cpu_seconds_total', 'Processor time.'], (set) => {
    const { user, system } = process.cpuUsage()
    set({}, (user + system) / 1e6)
  })
}
