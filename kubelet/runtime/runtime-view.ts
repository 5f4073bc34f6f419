/**
 * What runs on this node, as last seen, by pod: so that deciding about a pod costs no call. Kept fresh by the runtime's
 * events, by whoever has just changed something, and by a relist now and then. Refuses to guess: a failed refresh
 * leaves what was seen before.
 */

import type { Observable, Subscription } from 'rxjs'
import { Subject } from 'rxjs/internal/Subject'
import type { Cancel, Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { labels } from './labels.ts'
import { type Runtime, type RuntimeContainer, RuntimeError, type Sandbox } from './runtime.ts'

/** Newest first, both. */
export interface PodView {
  readonly sandboxes: readonly Sandbox[]
  readonly containers: readonly RuntimeContainer[]
}

export interface RuntimeViewOptions {
  runtime: Runtime
  clock: Clock
  random: Random
  /** Milliseconds between relists, plus up to a fifth; 1 s unless told. */
  relistEvery?: number
  onError(error: unknown): void
}

/** How long after a kill its reason is asked for again. */
const reasonPatienceMs = 20_000

const newestFirst = (a: { attempt: number; createdAt: number }, b: typeof a) =>
  b.createdAt - a.createdAt || b.attempt - a.attempt

export class RuntimeView {
  readonly #options: RuntimeViewOptions
  readonly #sandboxes = new Map<string, Sandbox>()
  readonly #containers = new Map<string, RuntimeContainer>()
  /** The ids of a pod's sandboxes and containers. */
  readonly #pods = new Map<string, Set<string>>()
  /** Sequence numbers, so that an answer never overwrites that of a question asked later. */
  readonly #seen = new Map<string, number>()
  #sequence = 0
  readonly #changes = new Subject<string>()
  /** The uid of a pod of which something has changed. */
  readonly changes: Observable<string> = this.#changes.asObservable()
  #relisting: Promise<void> | undefined
  /** The one after it, for who asks while it is running: it may have missed what they ask about. */
  #nextRelist: Promise<void> | undefined
  #cancelRelist: Cancel = () => {}
  #events: Subscription | undefined
  #closed = false

  constructor(options: RuntimeViewOptions) {
    this.#options = options
  }

  /** Rejects when the runtime cannot be listed now. Afterwards the view keeps itself fresh until closed. */
  async start(): Promise<void> {
    this.#events ??= this.#options.runtime.events.subscribe(({ containerId }) => {
      this.refresh(containerId).catch(this.#options.onError)
    })
    await this.relist()
    this.#scheduleRelist()
  }

  close(): void {
    this.#closed = true
    this.#events?.unsubscribe()
    this.#cancelRelist()
    this.#changes.complete()
  }

  pod(uid: string): PodView {
    const sandboxes: Sandbox[] = []
    const containers: RuntimeContainer[] = []
    for (const id of this.#pods.get(uid) ?? []) {
      const sandbox = this.#sandboxes.get(id)
      const container = this.#containers.get(id)
      if (sandbox) sandboxes.push(sandbox)
      if (container) containers.push(container)
    }
    return { sandboxes: sandboxes.sort(newestFirst), containers: containers.sort(newestFirst) }
  }

  /** Of every pod that has something here. */
  uids(): string[] {
    return [...this.#pods.keys()]
  }

  /** Looks again at one sandbox or container; at everything when the id is unknown. */
  async refresh(id: string): Promise<void> {
    if (this.#containers.has(id)) await this.refreshContainer(id)
    else if (this.#sandboxes.has(id)) await this.refreshSandbox(id)
    else await this.relist()
  }

  async refreshContainer(id: string): Promise<void> {
    const asked = ++this.#sequence
    const container = await unlessGone(this.#options.runtime.container(id))
    if (container) this.#put(this.#containers, container, uidOf(container), asked)
    else this.#drop(id, asked)
  }

  async refreshSandbox(id: string): Promise<void> {
    const asked = ++this.#sequence
    const sandbox = await unlessGone(this.#options.runtime.sandbox(id))
    if (sandbox) this.#put(this.#sandboxes, sandbox, sandbox.pod.uid, asked)
    else this.#drop(id, asked)
  }

  /** One runs at a time; whoever asks meanwhile shares the next one. */
  relist(): Promise<void> {
    if (!this.#relisting) {
      this.#relisting = this.#relist().finally(() => {
        this.#relisting = undefined
      })
      return this.#relisting
    }
    const next = () => {
      this.#nextRelist = undefined
      return this.relist()
    }
    this.#nextRelist ??= this.#relisting.then(next, next)
    return this.#nextRelist
  }

  async #relist(): Promise<void> {
    const { runtime } = this.#options
    const asked = ++this.#sequence
    const [sandboxes, containers] = await Promise.all([runtime.sandboxes(), runtime.containers()])
    const listed = new Set([...sandboxes, ...containers].map(({ id }) => id))
    for (const id of [...this.#sandboxes.keys(), ...this.#containers.keys()])
      if (!listed.has(id)) this.#drop(id, asked)
    const changed = [
      ...sandboxes
        .filter(({ id, state }) => this.#sandboxes.get(id)?.state !== state)
        .map(({ id }) => this.refreshSandbox(id)),
      ...containers
        .filter(({ id, state }) => this.#isOutdated(this.#containers.get(id), state))
        .map(({ id }) => this.refreshContainer(id)),
    ]
    await Promise.all(changed)
  }

  /** Lists tell the state alone; why a container was killed the runtime may learn after it was. */
  #isOutdated(known: RuntimeContainer | undefined, state: RuntimeContainer['state']): boolean {
    if (known?.state !== state) return true
    const killed = state === 'exited' && known.exitCode === 137 && known.reason !== 'OOMKilled'
    return killed && this.#options.clock.now() - known.finishedAt < reasonPatienceMs
  }

  #scheduleRelist(): void {
    if (this.#closed) return
    const { clock, random, onError, relistEvery = 1000 } = this.#options
    this.#cancelRelist = clock.after(relistEvery * (1 + random.next() / 5), () => {
      this.relist()
        .catch(onError)
        .finally(() => this.#scheduleRelist())
    })
  }

  #put<T extends { id: string; state: string }>(
    into: Map<string, T>,
    value: T,
    uid: string,
    asked: number,
  ): void {
    if ((this.#seen.get(value.id) ?? 0) > asked) return
    this.#seen.set(value.id, asked)
    const before = into.get(value.id)
    into.set(value.id, value)
    const ids = this.#pods.get(uid) ?? new Set()
    this.#pods.set(uid, ids.add(value.id))
    if (JSON.stringify(before) !== JSON.stringify(value)) this.#changes.next(uid)
  }

  #drop(id: string, asked: number): void {
    if ((this.#seen.get(id) ?? 0) > asked) return
    const container = this.#containers.get(id)
    const uid = container ? uidOf(container) : this.#sandboxes.get(id)?.pod.uid
    this.#seen.delete(id)
    this.#containers.delete(id)
    this.#sandboxes.delete(id)
    if (uid === undefined) return
    const ids = this.#pods.get(uid)
    ids?.delete(id)
    if (ids?.size === 0) this.#pods.delete(uid)
    this.#changes.next(uid)
  }
}

const uidOf = (container: RuntimeContainer): string => container.labels[labels.podUid] ?? ''

async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'notFound') return undefined
    throw error
  }
}
