/** Any Kubernetes as a source: lists and watches of the namespace. Its past begins when it was looked at first. */

import type { KubernetesObject } from '../../api/object.ts'
import {
  type Cluster,
  Deployment,
  Event,
  type Informer,
  Informers,
  type Kind,
  Pod,
  ReplicaSet,
  type WithMeta,
} from '../../controllers/framework/index.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { type Line, recordingFormat, rolloutResources } from '../../recordings/recording.ts'
import type { ReadOptions, Source } from './source.ts'

export interface ObservedOptions {
  cluster: Cluster
  clock: Clock
  random: Random
  /** What `/version` says. */
  version(): Promise<string>
}

export const observedSource = (options: ObservedOptions): Source => ({
  async *lines(namespace, { signal, trouble }): AsyncGenerator<Line, void, undefined> {
    const observation = new Observation(options, namespace, { signal, trouble })
    try {
      yield* observation.lines(await options.version())
    } finally {
      observation.stop()
    }
  },
})

class Observation {
  readonly #informers: Informers
  readonly #all: Informer<WithMeta>[]
  readonly #namespace: string
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #ends: (() => void)[] = []
  /** Lines that are not taken yet; whoever takes them does so at once. */
  #waiting: Line[] = []
  #wake = () => {}

  constructor(
    { cluster, clock, random }: ObservedOptions,
    namespace: string,
    { signal, trouble }: Pick<ReadOptions, 'signal' | 'trouble'>,
  ) {
    this.#informers = new Informers({ cluster, clock, random })
    this.#namespace = namespace
    this.#clock = clock
    this.#signal = signal
    const of = <T extends WithMeta>(kind: Kind<T>) =>
      this.#informers.of(kind, { namespace }) as unknown as Informer<WithMeta>
    this.#all = [of(Deployment), of(ReplicaSet), of(Pod), of(Event)]
    for (const informer of this.#all) {
      const states = informer.state$.subscribe(() => trouble(this.#trouble()))
      this.#ends.push(() => states.unsubscribe())
    }
    signal.addEventListener('abort', () => this.#wake(), { once: true })
  }

  async *lines(server: string): AsyncGenerator<Line, void, undefined> {
    for (const informer of this.#all) this.#attend(informer)
    await Promise.all(this.#all.map((informer) => informer.whenSynced(this.#signal)))
    const revision = this.#revision()
    const edge = { revision, at: this.#now() }
    const objects = this.#all.flatMap(({ reader }) => reader.list() as KubernetesObject[])
    const resources = [...rolloutResources]
    const namespace = this.#namespace
    yield { type: 'HEADER', format: recordingFormat, server, namespace, resources, edge }
    yield { type: 'KEYFRAME', ...edge, objects }
    yield { type: 'MARK', ...edge }
    while (!this.#signal.aborted) {
      const lines = this.#waiting
      this.#waiting = []
      yield* lines
      if (this.#waiting.length > 0) continue
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  stop(): void {
    for (const end of this.#ends) end()
    this.#informers.stop()
  }

  #attend(informer: Informer<WithMeta>): void {
    const changes = informer.changes$.subscribe((change) => {
      // What is there at first is in the keyframe.
      if (!this.#all.every(({ synced }) => synced)) return
      const object = change.object as KubernetesObject
      const gone = change.type === 'deleted'
      const own = Number(object.metadata.resourceVersion) || 0
      const revision = gone ? Math.max(own, this.#revision()) : own
      this.#waiting.push({ type: gone ? 'DELETE' : 'PUT', revision, at: this.#now(), object })
      this.#wake()
    })
    this.#ends.push(() => changes.unsubscribe())
  }

  #revision = (): number =>
    Math.max(0, ...this.#all.map(({ resourceVersion }) => Number(resourceVersion) || 0))

  #now = (): string => new Date(this.#clock.now()).toISOString()

  #trouble(): string | undefined {
    for (const { state, kind } of this.#all)
      if (state.name === 'degraded')
        return state.error instanceof Error ? state.error.message : String(state.error)
      else if (state.name === 'absent') return `the server does not know ${kind.plural}`
    return undefined
  }
}
