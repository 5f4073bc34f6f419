/**
 * Statuses on their way to the API server: only what differs is sent, the latest wins, one write a pod at a time, and a
 * server that is away is tried again. What others have written into a status stays.
 */

import { isDeepStrictEqual } from 'node:util'
import type { Pod, PodStatus } from '../../api/types.ts'
import {
  ApiError,
  type Cluster,
  objectVersion,
  onAccountOf,
  Pod as PodKind,
} from '../../controllers/framework/index.ts'
import type { Cancel, Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { passingConditions } from './conditions.ts'
import { Limiter } from './limiter.ts'

export interface StatusWriterOptions {
  cluster: Cluster
  clock: Clock
  random: Random
  /** Milliseconds that a status waits for what changes with it; 0: none. */
  patience: number
  onError(error: unknown): void
}

const concurrentWrites = 16
const firstRetry = 200
const longestRetry = 5000

type Conditions = NonNullable<PodStatus['conditions']>

function ipsPatch(old: { ip?: string }[], next: { ip?: string }[]): object[] {
  const gone = old.filter(({ ip }) => !next.some((other) => other.ip === ip))
  return [...next, ...gone.map(({ ip }) => ({ ip, $patch: 'delete' }))]
}

/** What to send so that `base` becomes `next`, as a strategic merge; `undefined` when they agree. */
export function statusPatch(base: PodStatus, next: PodStatus): object | undefined {
  const patch: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(next)) {
    const old = base[field as keyof PodStatus]
    if (isDeepStrictEqual(old, value)) continue
    if (field === 'conditions') {
      const known = (old ?? []) as Conditions
      const changes = conditionsPatch(known, value as Conditions)
      if (changes.length > 0) patch.conditions = changes
    } else if (field === 'podIPs' || field === 'hostIPs')
      patch[field] = ipsPatch((old ?? []) as { ip?: string }[], value as { ip?: string }[])
    else patch[field] = value
  }
  for (const field of ['reason', 'message'] as const)
    if (base[field] !== undefined && next[field] === undefined) patch[field] = null
  return Object.keys(patch).length > 0 ? patch : undefined
}

function conditionsPatch(known: Conditions, next: Conditions): object[] {
  const changed = next.filter((one) => !known.some((other) => sameCondition(other, one)))
  const gone = known.filter(
    ({ type }) => passingConditions.includes(type) && !next.some((one) => one.type === type),
  )
  return [
    ...changed.map(wholeCondition(known)),
    ...gone.map(({ type }) => ({ type, $patch: 'delete' })),
  ]
}

/** `lastProbeTime` is another's to show: the node never sets it. */
function sameCondition(old: Conditions[number], next: Conditions[number]): boolean {
  const { lastProbeTime: _, ...rest } = old
  return isDeepStrictEqual(rest, next)
}

/** Reason and message that no longer hold are taken back by name: a merge would keep them. */
const wholeCondition = (known: Conditions) => (next: Conditions[number]) => {
  const old = known.find(({ type }) => type === next.type)
  return {
    ...(old?.reason !== undefined && next.reason === undefined ? { reason: null } : {}),
    ...(old?.message !== undefined && next.message === undefined ? { message: null } : {}),
    ...next,
  }
}

interface Entry {
  pod: Pod
  /** As the API server has it, as far as we know. */
  base: PodStatus
  wanted: PodStatus | undefined
  /** The version our last write made: older ones in the watch are out of date. */
  written: string | undefined
  writing: Promise<void> | undefined
  /** Set while the next write is waited for: for company, or after a failure. */
  cancelWait: Cancel | undefined
  wait: number
  /** The pod is not there any more, or this very status is refused: there is no use in trying again. */
  refused: 'pod' | 'status' | undefined
}

const isOlder = (version: string | undefined, than: string): boolean =>
  /^\d+$/.test(version ?? '') && /^\d+$/.test(than)
    ? BigInt(version ?? 0) < BigInt(than)
    : version !== than

export class StatusWriter {
  readonly #options: StatusWriterOptions
  readonly #entries = new Map<string, Entry>()
  readonly #limiter = new Limiter(concurrentWrites)

  constructor(options: StatusWriterOptions) {
    this.#options = options
  }

  /** The pod as the watch has it now. */
  observe(pod: Pod): void {
    const entry = this.#entry(pod)
    entry.pod = pod
    const { resourceVersion } = pod.metadata
    if (entry.written !== undefined && isOlder(resourceVersion, entry.written)) return
    entry.written = undefined
    entry.base = pod.status ?? {}
  }

  /** The status as it is or is about to be: what the next one is computed from. */
  latest(pod: Pod): PodStatus {
    const { base, wanted } = this.#entry(pod)
    if (!wanted) return base
    const own = new Set(wanted.conditions?.map(({ type }) => type))
    const others = (base.conditions ?? []).filter(
      ({ type }) => !own.has(type) && !passingConditions.includes(type),
    )
    return { ...base, ...wanted, conditions: [...(wanted.conditions ?? []), ...others] }
  }

  set(pod: Pod, status: PodStatus): void {
    const entry = this.#entry(pod)
    if (entry.refused === 'status' && !isDeepStrictEqual(entry.wanted, status))
      entry.refused = undefined
    entry.wanted = status
    this.#writeSoon(entry)
  }

  /** Resolves when what was set last has been written, or refused. */
  async flush(uid: string): Promise<void> {
    const entry = this.#entries.get(uid)
    if (!entry) return
    this.#stopWaiting(entry)
    this.#write(entry)
    while (entry.writing) await entry.writing
  }

  forget(uid: string): void {
    const entry = this.#entries.get(uid)
    if (entry) this.#stopWaiting(entry)
    this.#entries.delete(uid)
  }

  close(): void {
    for (const uid of [...this.#entries.keys()]) this.forget(uid)
  }

  #entry(pod: Pod): Entry {
    const uid = pod.metadata.uid ?? ''
    const known = this.#entries.get(uid)
    if (known) return known
    const entry: Entry = {
      pod,
      base: pod.status ?? {},
      wanted: undefined,
      written: undefined,
      writing: undefined,
      cancelWait: undefined,
      wait: firstRetry,
      refused: undefined,
    }
    this.#entries.set(uid, entry)
    return entry
  }

  #stopWaiting(entry: Entry): void {
    entry.cancelWait?.()
    entry.cancelWait = undefined
  }

  #writeSoon(entry: Entry): void {
    if (entry.writing || entry.cancelWait) return
    const { clock, patience } = this.#options
    if (patience === 0) this.#write(entry)
    else if (entry.wanted && statusPatch(entry.base, entry.wanted))
      this.#writeAfter(entry, clock, patience)
  }

  #writeAfter(entry: Entry, clock: Clock, ms: number): void {
    entry.cancelWait = clock.after(ms, () => {
      entry.cancelWait = undefined
      this.#write(entry)
    })
  }

  #write(entry: Entry): void {
    if (entry.writing || entry.cancelWait || entry.refused || !entry.wanted) return
    if (!statusPatch(entry.base, entry.wanted)) return
    entry.writing = this.#limiter
      .run(() => this.#send(entry))
      .finally(() => {
        entry.writing = undefined
        this.#write(entry)
      })
  }

  async #send(entry: Entry): Promise<void> {
    const { metadata } = entry.pod
    const status = entry.wanted && statusPatch(entry.base, entry.wanted)
    if (!status) return
    try {
      const account = { by: 'kubelet', for: objectVersion(PodKind, entry.pod), because: [] }
      const written = await onAccountOf(account, () =>
        this.#options.cluster.patch(
          PodKind,
          { namespace: metadata.namespace, name: metadata.name ?? '' },
          { type: 'strategic', body: { metadata: { uid: metadata.uid }, status } },
          { subresource: 'status' },
        ),
      )
      entry.base = written.status ?? {}
      entry.written = written.metadata.resourceVersion
      entry.wait = firstRetry
    } catch (error) {
      this.#failed(entry, error)
    }
  }

  #failed(entry: Entry, error: unknown): void {
    const { clock, random, onError } = this.#options
    entry.refused = refusal(error)
    // That it is gone is no news, and nobody is left to tell.
    if (entry.refused !== 'pod') onError(error)
    if (entry.refused) return
    this.#writeAfter(entry, clock, entry.wait * (0.5 + random.next() / 2))
    entry.wait = Math.min(longestRetry, entry.wait * 2)
  }
}

function refusal(error: unknown): Entry['refused'] {
  if (!(error instanceof ApiError)) return undefined
  if (error.code === 404 || (error.code === 409 && /uid/i.test(error.message))) return 'pod'
  return error.code === 400 || error.code === 422 ? 'status' : undefined
}
