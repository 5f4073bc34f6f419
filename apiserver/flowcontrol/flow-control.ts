/**
 * API priority and fairness: every request belongs to a flow schema and through it to a priority level, and runs when
 * that level has a seat for it. What cannot run soon is told to come back, so that a server under load stays one that
 * answers, and no client can keep another from its leases. Watches and streams take no seat: they last for hours.
 */

import type { FlowSchema, PriorityLevelConfiguration } from '../../api/types.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Attributes } from '../auth/authorization.ts'
import { tooManyRequests } from '../http/status.ts'
import type { User } from '../registry/registry.ts'
import { flowSchemas, mandatory, priorityLevels } from './configuration.ts'
import { distinguisher, inOrder, matches } from './flow-schema.ts'
import { PriorityLevel, type Refusal, type Seats } from './priority-level.ts'

export interface FlowControlOptions {
  clock: Clock
  /** Requests that run at once, over all levels; 600 unless told. */
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
}

/** Placements that are remembered for one user. */
const mostPlacements = 256

export class FlowControl {
  readonly #clock: Clock
  readonly #seats: Seats
  readonly #patienceMs: number
  #schemas: FlowSchema[] = []
  #levels = new Map<string, PriorityLevel>()
  #placed = new WeakMap<User, Map<string, Placed>>()

  constructor({ clock, seats = 600, patienceMs = 15_000 }: FlowControlOptions) {
    this.#clock = clock
    this.#seats = { total: seats, taken: 0 }
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
    this.#schemas = inOrder(completed(schemas, flowSchemas))
    this.#levels = new Map(
      allLevels.map((level) => [
        level.metadata.name ?? '',
        new PriorityLevel(level, allShares, ports),
      ]),
    )
    this.#placed = new WeakMap()
    for (const level of before.values()) level.close()
  }

  get levels(): Iterable<PriorityLevel> {
    return this.#levels.values()
  }

  /**
   * Lets a request in, at once if there is a seat.
   * @throws StatusError 429
   */
  enter(attributes: Attributes, signal: AbortSignal): Admitted | Promise<Admitted> {
    const placed = this.#place(attributes)
    if (placed.level.tryTake()) return this.#admitted(placed)
    return this.#queue(placed, attributes, signal)
  }

  async #queue(placed: Placed, attributes: Attributes, signal: AbortSignal): Promise<Admitted> {
    const outcome = await placed.level.wait(placed.flow, signal)
    switch (outcome) {
      case 'seated':
        return this.#admitted(placed)
      case 'reconfigured':
        return this.enter(attributes, signal)
      default:
        throw refused(outcome)
    }
  }

  #admitted({ schema, level }: Placed): Admitted {
    let left = false
    return {
      flowSchemaUid: schema.metadata.uid ?? '',
      priorityLevelUid: level.configuration.metadata.uid ?? '',
      leave: () => {
        if (left) return
        left = true
        level.leave()
        this.#admitWaiting(level)
      },
    }
  }

  /** A seat is free: first for whoever waits on the same level, then for those who may borrow it. */
  #admitWaiting(level: PriorityLevel): void {
    if (level.admitNext()) return
    for (const other of this.#levels.values()) if (other.admitNext()) return
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
      const flow = `${schema.metadata.name}/${distinguisher(schema, attributes)}`
      return { schema, level, flow }
    }
    const schema = flowSchemas.find(({ metadata }) => metadata.name === 'catch-all')!
    return { schema, level: this.#levels.get('catch-all')!, flow: 'catch-all/' }
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
      return tooManyRequests('too many requests, please try again later', 1)
    default:
      return refusal satisfies never
  }
}
