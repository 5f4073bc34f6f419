/**
 * The probes of one running container on the clock: when each runs, and what so many successes or failures in a row
 * mean. Liveness and readiness wait for the startup probe; a failed startup or liveness probe is final for this
 * instance. Times are kubelet's: the first run `initialDelaySeconds` after the start, then one every `periodSeconds`.
 */

import type { Container, Pod, Probe } from '../../api/types.ts'
import type { EventText } from '../../controllers/framework/index.ts'
import type { Cancel, Clock } from '../../ports/clock.ts'
import type { RuntimeContainer } from '../runtime/runtime.ts'
import type { ProbeOutcome, Prober, ProbeTarget } from './prober.ts'

type Kind = ProbeTarget['kind']

export interface ContainerProbesOptions {
  pod: Pod
  container: Container
  instance: RuntimeContainer
  ip: string
  clock: Clock
  prober: Prober
  /** What was known of this very instance before this agent started. */
  known: { started: boolean; ready: boolean }
  changed(): void
  report(event: EventText): void
  onError(error: unknown): void
}

/** Least milliseconds between readiness probes that are asked for out of turn. */
const triggerEvery = 1000

/** One probe, run again and again. */
class ProbeLoop {
  readonly #run: () => Promise<ProbeOutcome>
  readonly #probe: Probe
  readonly #clock: Clock
  readonly #settled: (passes: boolean) => void
  #cancel: Cancel = () => {}
  #stopped = false
  #running = false
  #lastRun = Number.NEGATIVE_INFINITY
  #last: boolean | undefined
  #inRow = 0

  constructor(
    probe: Probe,
    clock: Clock,
    delay: number,
    run: () => Promise<ProbeOutcome>,
    settled: (passes: boolean) => void,
  ) {
    this.#probe = probe
    this.#clock = clock
    this.#run = run
    this.#settled = settled
    this.#cancel = clock.after(delay, () => this.#tick())
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
  }

  /** Runs now, out of turn; the turns stay as they are. */
  trigger(): void {
    const ran = this.#lastRun > Number.NEGATIVE_INFINITY
    if (!ran || this.#running || this.#clock.monotonic() - this.#lastRun < triggerEvery) return
    void this.#once()
  }

  #tick(): void {
    if (this.#stopped) return
    const period = (this.#probe.periodSeconds ?? 10) * 1000
    this.#cancel = this.#clock.after(period, () => this.#tick())
    if (!this.#running) void this.#once()
  }

  async #once(): Promise<void> {
    this.#running = true
    this.#lastRun = this.#clock.monotonic()
    try {
      const outcome = await this.#run()
      if (!this.#stopped && outcome.result !== 'unknown') this.#count(outcome.result === 'success')
    } finally {
      this.#running = false
    }
  }

  #count(passes: boolean): void {
    this.#inRow = this.#last === passes ? this.#inRow + 1 : 1
    this.#last = passes
    const threshold = passes
      ? (this.#probe.successThreshold ?? 1)
      : (this.#probe.failureThreshold ?? 3)
    if (this.#inRow >= threshold) this.#settled(passes)
  }
}

const titles = { startup: 'Startup', readiness: 'Readiness', liveness: 'Liveness' } as const

export class ContainerProbes {
  readonly #options: ContainerProbesOptions
  readonly #loops = new Map<Kind, ProbeLoop>()
  #started: boolean
  #ready: boolean
  #failed: 'startup' | 'liveness' | undefined

  constructor(options: ContainerProbesOptions) {
    this.#options = options
    const { container, known } = options
    this.#started = !container.startupProbe || known.started
    this.#ready = !container.readinessProbe || known.ready
    if (this.#started) this.#afterStartup()
    else this.#loop('startup', container.startupProbe)
  }

  /** The startup probe has passed, or there is none. */
  get started(): boolean {
    return this.#started
  }

  get ready(): boolean {
    return this.#started && this.#ready
  }

  /** The probe that has given the instance up. */
  get failed(): 'startup' | 'liveness' | undefined {
    return this.#failed
  }

  /** Something has changed about the pod: asks again at once whether it is ready, if it is not. */
  trigger(): void {
    if (!this.ready) this.#loops.get('readiness')?.trigger()
  }

  /** Stops every probe but the one for readiness. */
  probeReadinessAlone(): void {
    for (const [kind, loop] of this.#loops) {
      if (kind === 'readiness') continue
      loop.stop()
      this.#loops.delete(kind)
    }
  }

  stop(): void {
    for (const loop of this.#loops.values()) loop.stop()
    this.#loops.clear()
  }

  #afterStartup(): void {
    this.#loop('readiness', this.#options.container.readinessProbe)
    this.#loop('liveness', this.#options.container.livenessProbe)
  }

  #loop(kind: Kind, probe: Probe | undefined): void {
    if (!probe) return
    const { clock, instance } = this.#options
    const due = instance.startedAt + (probe.initialDelaySeconds ?? 0) * 1000
    const delay = Math.max(0, due - clock.now())
    const loop = new ProbeLoop(
      probe,
      clock,
      delay,
      () => this.#run(kind, probe),
      (passes) => this.#settled(kind, passes),
    )
    this.#loops.set(kind, loop)
  }

  async #run(kind: Kind, probe: Probe): Promise<ProbeOutcome> {
    const { pod, container, instance, ip, prober, report, onError } = this.#options
    const { id, startedAt } = instance
    try {
      const outcome = await prober.probe({ kind, probe, pod, container, id, ip, startedAt })
      if (outcome.result !== 'success' && this.#loops.has(kind)) {
        const how = outcome.result === 'failure' ? 'failed' : 'errored'
        report({
          type: 'Warning',
          reason: 'Unhealthy',
          message: `${titles[kind]} probe ${how}: ${outcome.message}`,
        })
      }
      return outcome
    } catch (error) {
      onError(error)
      return { result: 'unknown', message: String(error) }
    }
  }

  #settled(kind: Kind, passes: boolean): void {
    switch (kind) {
      case 'readiness':
        if (this.#ready === passes) return
        this.#ready = passes
        break
      case 'liveness':
        if (passes) return
        this.#failed = 'liveness'
        this.stop()
        break
      case 'startup':
        this.#loops.get('startup')?.stop()
        this.#loops.delete('startup')
        if (passes) {
          this.#started = true
          this.#afterStartup()
        } else this.#failed = 'startup'
        break
      default:
        kind satisfies never
    }
    this.#options.changed()
  }
}
