/** What is counted of flow control, under the names that it has everywhere. Labels are the names of its objects alone. */

import { Counter, Gauge, Histogram, type Metric } from 'prom-client'
import { type Limits, type Refusal, refusals } from './priority-level.ts'

/** The requests of one flow schema on one priority level. */
export interface Tally {
  running: number
  /** Seats that they take. */
  seats: number
  waiting: number
  dispatched(waitedSeconds: number): void
  refused(why: Refusal, waitedSeconds: number): void
}

export interface NamedLimits {
  readonly name: string
  readonly exempt: boolean
  readonly limits: Limits
}

const prefix = 'apiserver_flowcontrol_'
const byFlow = ['flow_schema', 'priority_level'] as const
const byLevel = ['priority_level'] as const
const buckets = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]

// Whoever serves metrics takes them in.
const registers: [] = []

const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
  new Counter({ name: prefix + name, help, labelNames, registers })

export class FlowCounters {
  #tallies = new Map<string, Tally & { schema: string; level: string }>()
  readonly #dispatched = counter(
    'dispatched_requests_total',
    'Requests that were let in, at once or after they had waited.',
    byFlow,
  )
  readonly #rejected = counter('rejected_requests_total', 'Requests refused with 429, by reason.', [
    ...byFlow,
    'reason',
  ])
  readonly #waits = new Histogram({
    name: `${prefix}request_wait_duration_seconds`,
    help: 'Seconds that requests waited for their seats, whether they got them or not.',
    labelNames: [...byFlow, 'execute'],
    buckets,
    registers,
  })
  readonly #gauges: Metric[]

  /** @param levels those in force whenever it is asked */
  constructor(levels: () => Iterable<NamedLimits>) {
    this.#gauges = [
      this.#now('current_executing_requests', 'Requests that run.', ({ running }) => running),
      this.#now('current_executing_seats', 'Seats that are taken.', ({ seats }) => seats),
      this.#now('current_inqueue_requests', 'Requests that wait.', ({ waiting }) => waiting),
      limit('nominal_limit_seats', 'Seats of its own.', levels, ({ nominal }) => nominal),
      limit('lower_limit_seats', 'Seats not lent.', levels, ({ guaranteed }) => guaranteed),
      limit('upper_limit_seats', 'Seats with borrowed ones.', levels, ({ most }) => most),
    ]
  }

  get metrics(): Record<string, Metric> {
    const all = [this.#dispatched, this.#rejected, this.#waits, ...this.#gauges]
    return Object.fromEntries(all.map((metric, at) => [`flow${at}`, metric as Metric]))
  }

  /** The same for the same names, until they are forgotten. */
  of(schema: string, level: string): Tally {
    const key = `${schema} ${level}`
    let tally = this.#tallies.get(key)
    if (!tally) {
      tally = this.#tally(schema, level)
      this.#tallies.set(key, tally)
    }
    return tally
  }

  /** Forgets what was counted of schemas that are not there any more, once nothing of them runs. */
  keep(schemas: ReadonlySet<string>): void {
    for (const [key, { schema, level, running, waiting }] of this.#tallies) {
      if (schemas.has(schema) || running > 0 || waiting > 0) continue
      this.#tallies.delete(key)
      const names = { flow_schema: schema, priority_level: level }
      this.#dispatched.remove(names)
      for (const execute of ['true', 'false']) this.#waits.remove({ ...names, execute })
      for (const reason of refusals) this.#rejected.remove({ ...names, reason })
    }
  }

  #tally(schema: string, level: string) {
    const names = { flow_schema: schema, priority_level: level }
    const dispatched = this.#dispatched.labels(names)
    const waited = this.#waits.labels({ ...names, execute: 'true' })
    return {
      schema,
      level,
      running: 0,
      seats: 0,
      waiting: 0,
      dispatched: (seconds: number) => {
        dispatched.inc()
        waited.observe(seconds)
      },
      refused: (reason: Refusal, seconds: number) => {
        this.#rejected.inc({ ...names, reason })
        this.#waits.observe({ ...names, execute: 'false' }, seconds)
      },
    }
  }

  #now(name: string, help: string, value: (tally: Tally) => number): Metric {
    const tallies = () => this.#tallies.values()
    return new Gauge({
      name: prefix + name,
      help,
      labelNames: byFlow,
      registers,
      collect() {
        this.reset()
        for (const tally of tallies())
          this.set({ flow_schema: tally.schema, priority_level: tally.level }, value(tally))
      },
    }) as Metric
  }
}

function limit(
  name: string,
  help: string,
  levels: () => Iterable<NamedLimits>,
  value: (limits: Limits) => number,
): Metric {
  return new Gauge({
    name: prefix + name,
    help,
    labelNames: byLevel,
    registers,
    collect() {
      this.reset()
      for (const { name: level, exempt, limits } of levels())
        if (!exempt) this.set({ priority_level: level }, value(limits))
    },
  }) as Metric
}
