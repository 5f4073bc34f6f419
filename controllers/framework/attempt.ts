/**
 * One run of a key, from the object to the outcome: sees to the finalizer, runs what the author wrote within its time,
 * and sends the status it spoke. Retries are the queue's.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Cluster } from './cluster.ts'
import type { EventText } from './context.ts'
import type { Controller } from './controller.ts'
import { Finalizing } from './finalizing.ts'
import type { Following } from './following.ts'
import type { Key } from './inputs.ts'
import type { Intents } from './intents.ts'
import { keyText, type Outcome } from './queue.ts'
import { answered, type Result, TerminalError, thrown } from './result.ts'
import { Run } from './run.ts'
import type { OwnWrites } from './writes.ts'

export interface AttemptOptions {
  controller: Controller
  cluster: Cluster
  following: Following
  intents: Intents
  clock: Clock
  random: Random
  /** The prefix of the field manager. */
  component: string
  fence(): void
  record(about: KubernetesObject, event: EventText): void
  /** Milliseconds after which a run's signal aborts (300,000). */
  runTimeout?: number
  /** Aborts when nothing may run any more. */
  signal: AbortSignal
}

export interface Ended {
  outcome: Outcome
  error?: unknown
}

export class Attempts {
  readonly #options: AttemptOptions
  readonly #finalizing: Finalizing | undefined

  constructor(options: AttemptOptions) {
    this.#options = options
    const { controller, record } = options
    this.#finalizing = controller.finalizer && new Finalizing(controller.finalizer, record)
  }

  /** Never rejects. */
  async run(key: Key, object: KubernetesObject | undefined, writes: OwnWrites): Promise<Ended> {
    const { controller, clock, runTimeout = 300_000, signal } = this.#options
    const who = `${controller.name} ${keyText(key)}`
    const abort = new AbortController()
    const onStop = () => abort.abort(signal.reason)
    signal.addEventListener('abort', onStop, { once: true })
    const cancel = clock.after(runTimeout, () =>
      abort.abort(new Error(`${who} ran longer than ${runTimeout} ms`)),
    )
    try {
      const result = await this.#steps(object, this.#newRun(key, object, writes, abort.signal))
      return { outcome: { type: 'ok', ...answered(result, who) } }
    } catch (reason) {
      const error = thrown(reason, who)
      return { outcome: { type: error instanceof TerminalError ? 'terminal' : 'failed' }, error }
    } finally {
      cancel()
      signal.removeEventListener('abort', onStop)
    }
  }

  #steps(object: KubernetesObject | undefined, run: Run): Promise<Result> {
    const { controller } = this.#options
    const reconcile = () => run.reporting(() => controller.reconcile(object, run as never))
    const mayRun = !object?.metadata.deletionTimestamp || controller.runsWhileDeleting
    if (object && this.#finalizing)
      return this.#finalizing.around(object, run, mayRun ? reconcile : nothing)
    return mayRun ? reconcile() : nothing()
  }

  #newRun(
    key: Key,
    object: KubernetesObject | undefined,
    writes: OwnWrites,
    signal: AbortSignal,
  ): Run {
    const { component, controller } = this.#options
    return new Run({
      ...this.#options,
      key,
      object,
      writes,
      signal,
      fieldManager: `${component}-${controller.name}`,
    })
  }
}

const nothing = async (): Promise<Result> => undefined
