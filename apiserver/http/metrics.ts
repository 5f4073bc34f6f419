/** What is counted, and served at `/metrics`. Labels take few values, none of them a client's to choose. */

import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type Metric,
  Registry,
} from 'prom-client'

export interface RequestLabels {
  verb: string
  group: string
  resource: string
  subresource: string
}

const labelNames = ['verb', 'group', 'resource', 'subresource'] as const

export class Metrics {
  readonly #registry = new Registry()
  readonly #requests: Counter<(typeof labelNames)[number] | 'code'>
  readonly #duration: Histogram<(typeof labelNames)[number]>
  readonly #longRunning: Gauge<(typeof labelNames)[number]>

  /** @param others counted elsewhere, and served with these */
  constructor(others: Readonly<Record<string, Metric>> = {}) {
    const registers = [this.#registry]
    this.#requests = new Counter({
      name: 'apiserver_request_total',
      help: 'Requests answered, by what they were about and the code of the answer.',
      labelNames: [...labelNames, 'code'],
      registers,
    })
    this.#duration = new Histogram({
      name: 'apiserver_request_duration_seconds',
      help: 'Seconds between a request and the end of its answer; watches and streams excluded.',
      labelNames,
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    })
    this.#longRunning = new Gauge({
      name: 'apiserver_longrunning_requests',
      help: 'Watches and streams that are open now.',
      labelNames,
      registers,
    })
    collectDefaultMetrics({ register: this.#registry })
    for (const metric of Object.values(others)) this.#registry.registerMetric(metric)
  }

  answered(labels: RequestLabels, code: number, seconds: number): void {
    this.#requests.inc({ ...labels, code }, 1)
    this.#duration.observe({ ...labels }, seconds)
  }

  /** Counts a stream in; what is returned counts it out. */
  streaming(labels: RequestLabels): () => void {
    this.#longRunning.inc({ ...labels })
    return () => this.#longRunning.dec({ ...labels })
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
