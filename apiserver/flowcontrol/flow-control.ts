/**
 * API priority and fairness: every request belongs to a flow schema and through it to a priority level, and runs when
 * that level has seats for it. What cannot run soon is told to come back, so that a server under load stays one that
 * answers, and no client can keep another from its leases. Streams take no seat, and watches none once they have told
 * what there was: they last for hours.
 */

import type { FlowSchema, PriorityLevelConfiguration } from '../../api/types.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Attributes } from '../auth/authorization.ts'
import { tooManyRequests } from '../http/status.ts'
import type { User } from '../registry/registry.ts'
import { flowSchemas, mandatory, priorityLevels } from './configuration.ts'
import { FlowCounters, type Tally } from './flow-counters.ts'
import { distinguisher, inOrder, matches } from './flow-schema.ts'
import { type Outcome, PriorityLevel, type Refusal, type Seats } from './priority-level.ts'
import type { Work } from './work.ts'

export interface FlowControlOptions {
  clock: Clock
  /** Over all levels; 600 unless told. */
  seats?: number
  /** How long one waits for a seat; 15 seconds unless told. */
  patienceMs?: number
}

export interface Configuration {
  schemas: readonly FlowSchema[]
  levels: readonly PriorityLevelConfiguration[]
}

/** A request that runs. */
export interface Admitted {
  /** Of the objects that decided; empty for what is built in. */
  flowSchemaUid: string
  priorityLevelUid: string
  leave(): void
}

interface Placed {
  schema: FlowSchema
  level: PriorityLevel
  flow: string
  tally: Tally
}

/** Placements that are remembered for one user. */
const mostPlacements = 256

const light: Work = { seats: 1 }

/** Its signal is asked for only where there is something to wait for. */
export interface Waiting {
  readonly signal: AbortSignal
}

export class FlowControl {
  readonly #clock: Clock
  readonly #seats: Seats
  readonly #patienceMs: number
  readonly counters = new FlowCounters(() => this.levels)
  #schemas: FlowSchema[] = []
  #levels = new Map<string, PriorityLevel>()
  #placed = new WeakMap<User, Map<string, Placed>>()

  constructor({ clock, seats = 600, patienceMs = 15_000 }: FlowControlOptions) {
    this.#clock = clock
    this.#seats = { total: seats, taken: 0, kept: 0 }
    this.#patienceMs = patienceMs
    this.configure({ schemas: flowSchemas, levels: priorityLevels })
  }

  /**
   * From now on; what runs goes on, and gives back its seat; who waits begins to wait anew. Mandatory objects that are
   * missing are added.
   */
  configure({ schemas, levels }: Configuration): void {
    const allLevels = completed(levels, priorityLevels)
    const allShares = allLevels.reduce((sum, { spec }) => sum + sharesOf(spec), 0)
    const ports = { clock: this.#clock, seats: this.#seats, patienceMs: this.#patienceMs }
    const before = this.#levels
    for (const level of before.values()) level.close()
    this.#schemas = inOrder(completed(schemas, flowSchemas))
    this.#levels = new Map(
      allLevels.map((level) => [
        level.metadata.name ?? '',
        new PriorityLevel(level, allShares, ports),
      ]),
    )
    this.#placed = new WeakMap()
    this.counters.keep(new Set(this.#schemas.map(({ metadata }) => metadata.name ?? '')))
  }

  get levels(): Iterable<PriorityLevel> {
    return this.#levels.values()
  }

  /**
   * Lets a request in, at once if there are seats.
   * @param waiting who may give up meanwhile
   * @throws StatusError 429
   */
  enter(
    attributes: Attributes,
    waiting: Waiting,
    work: Work = light,
  ): Admitted | Promise<Admitted> {
    const placed = this.#place(attributes)
    const seats = placed.level.seatsFor(Math.max(work.seats, work.after?.seats ?? 0))
    if (placed.level.tryTake(seats)) return this.#admitted(placed, seats, work, 0)
    return this.#queue(placed, attributes, waiting, { seats, work })
  }

  async #queue(
    placed: Placed,
    attributes: Attributes,
    waiting: Waiting,
    { seats, work }: { seats: number; work: Work },
  ): Promise<Admitted> {
    const { level, flow, tally } = placed
    const since = this.#clock.monotonic()
    tally.waiting++
    const outcome: Outcome = await level.wait(flow, seats, waiting.signal)
    tally.waiting--
    const waited = (this.#clock.monotonic() - since) / 1000
    switch (outcome) {
      case 'seated':
        return this.#admitted(placed, seats, work, waited)
      case 'reconfigured':
        return this.enter(attributes, waiting, work)
      default:
        tally.refused(outcome, waited)
        throw refused(outcome)
    }
  }

  #admitted({ schema, level, tally }: Placed, seats: number, work: Work, waited: number): Admitted {
    tally.running++
    tally.seats += seats
    tally.dispatched(waited)
    const give = (some: number) => {
      if (some === 0) return
      tally.seats -= some
      level.give(some)
      this.#admitWaiting()
    }
    const { after, mostMs } = work
    let left = false
    const leave = () => {
      if (left) return
      left = true
      cancel?.()
      tally.running--
      const kept = after && !level.exempt ? Math.min(after.seats, seats) : 0
      give(seats - kept)
      if (after && kept > 0) this.#clock.after(after.ms, () => give(kept))
    }
    const cancel =
      mostMs === undefined || level.exempt ? undefined : this.#clock.after(mostMs, leave)
    return {
      flowSchemaUid: schema.metadata.uid ?? '',
      priorityLevelUid: level.configuration.metadata.uid ?? '',
      leave,
    }
  }

  /** Seats are free: for the level that has the least of its own share, as far as it may have them. */
  #admitWaiting(): void {
    let waiting: PriorityLevel[] | undefined
    for (const level of this.#levels.values()) {
      if (level.waiting === 0) continue
      waiting ??= []
      waiting.push(level)
    }
    while (waiting) {
      waiting.sort((one, other) => one.use - other.use)
      if (!waiting.find((level) => level.admitNext())) return
    }
  }

  #place(attributes: Attributes): Placed {
    const { user } = attributes
    let known = this.#placed.get(user)
    if (!known || known.size >= mostPlacements) {
      known = new Map()
      this.#placed.set(user, known)
    }
    const key = keyOf(attributes)
    let placed = known.get(key)
    if (!placed) {
      placed = this.#find(attributes)
      known.set(key, placed)
    }
    return placed
  }

  #find(attributes: Attributes): Placed {
    for (const schema of this.#schemas) {
      const level = this.#levels.get(schema.spec?.priorityLevelConfiguration.name ?? '')
      if (!level || !matches(schema, attributes)) continue
      return this.#placedIn(schema, level, distinguisher(schema, attributes))
    }
    const schema = flowSchemas.find(({ metadata }) => metadata.name === 'catch-all')!
    return this.#placedIn(schema, this.#levels.get('catch-all')!, '')
  }

  #placedIn(schema: FlowSchema, level: PriorityLevel, who: string): Placed {
    const name = schema.metadata.name ?? ''
    return { schema, level, flow: `${name}/${who}`, tally: this.counters.of(name, level.name) }
  }
}

function keyOf(attributes: Attributes): string {
  if ('path' in attributes) return `${attributes.verb} ${attributes.path}`
  const { verb, group, resource, subresource = '', namespace } = attributes
  return `${verb} ${group} ${resource}/${subresource} ${namespace}`
}

const sharesOf = (spec: PriorityLevelConfiguration['spec']): number =>
  spec?.type === 'Limited' ? (spec.limited?.nominalConcurrencyShares ?? 30) : 0

type Named = { metadata: { name?: string } }

function completed<T extends Named>(objects: readonly T[], builtIn: readonly T[]): T[] {
  const names = new Set(objects.map(({ metadata }) => metadata.name))
  const missing = builtIn.filter(
    ({ metadata: { name = '' } }) => mandatory.has(name) && !names.has(name),
  )
  return [...objects, ...missing]
}

function refused(refusal: Refusal) {
  switch (refusal) {
    case 'queue-full':
    case 'concurrency-limit':
    case 'time-out':
    case 'cancelled':
      return tooManyRequests('too many requests, please try again later', 1)
    default:
      return refusal satisfies never
  }
}
