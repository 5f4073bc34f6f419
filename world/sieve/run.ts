/** One run: a world, a scenario, and at most one thing that goes wrong in it. */

import { ApiError, Namespace } from '../../controllers/framework/index.ts'
import { startWorld, type World } from '../world.ts'
import { WorldError } from '../world-error.ts'
import { isChatter } from './canonical.ts'
import { Disturbance } from './disturbance.ts'
import type { Plan } from './plan.ts'
import { perform, type Scene, type Step, stepWords } from './steps.ts'
import { builtInOf, controllersOf, type Subject, testedBy } from './subject.ts'
import { undoOf } from './take-back.ts'
import type { Trace } from './trace.ts'
import { Witness } from './witness.ts'

export interface Attempt {
  plan: Plan
  steps: readonly Step[]
  seed: number
}

/** Runs a plan in a world of its own. What goes wrong in the run is in the trace. */
export async function attempt(subject: Subject, { plan, steps, seed }: Attempt): Promise<Trace> {
  const witness = new Witness()
  const world = await startWorld({
    seed,
    kinds: subject.kinds ?? [],
    controllers: () => witness.of(controllersOf(subject)),
    builtIn: builtInOf(subject),
    nodes: subject.nodes ?? (subject.builtIn === true ? 1 : 0),
    objects: subject.objects ?? [],
    ...(plan.type === 'takeover' ? { replicas: 2 } : {}),
  })
  try {
    await world.converge()
    return await new Play(subject, plan, world, witness).trace(steps)
  } finally {
    await world.close()
  }
}

/** Of the last write so far, whoever has written it and before the log began, too. */
async function positionOf(world: World): Promise<number> {
  return Number((await world.cluster.list(Namespace, { limit: 1 })).resourceVersion)
}

class Play {
  readonly #plan: Plan
  readonly #world: World
  readonly #witness: Witness
  readonly #process: string
  readonly #within: number | string
  /** Where the scenario begins in the log, and where it has ended. */
  readonly #start: number
  #end: number | undefined
  readonly #settled: number[] = []

  constructor(subject: Subject, plan: Plan, world: World, witness: Witness) {
    this.#plan = plan
    this.#world = world
    this.#witness = witness
    this.#process = testedBy(subject)
    this.#within = subject.within ?? '1h'
    this.#start = world.log.length
  }

  async trace(steps: readonly Step[]): Promise<Trace> {
    const world = this.#world
    const origin = await positionOf(world)
    const disturbance = new Disturbance(this.#plan, world, this.#process, origin)
    const calm = disturbance.begin()
    let trouble: Partial<Pick<Trace, 'unsettled' | 'errors'>> = {}
    try {
      await this.#take(steps, disturbance)
      calm()
      this.#end = world.log.length
      await world.restart(this.#process)
      await this.#settle()
    } catch (error) {
      trouble =
        error instanceof WorldError ? { unsettled: error.message } : { errors: [`${error}`] }
    } finally {
      calm()
    }
    const { log } = world
    return {
      prologue: log.slice(0, this.#start),
      log: log.slice(this.#start, this.#end),
      requests: disturbance.requests,
      settled: this.#settled,
      afterResync: this.#end === undefined ? [] : log.slice(this.#end).filter(this.#isOwnWrite),
      unsettled: undefined,
      notes: this.#witness.notes,
      errors: [],
      ...trouble,
    }
  }

  async #take(steps: readonly Step[], disturbance: Disturbance): Promise<void> {
    const plan = this.#plan
    const last = plan.type === 'rollback' ? plan.step : steps.length
    const { cluster } = this.#world
    const scene = await this.#scene()
    let undo: (() => Promise<void>) | undefined
    for (const [index, step] of steps.slice(0, last).entries()) {
      if (plan.type === 'rollback' && index === last - 1) undo = await undoOf(step, cluster)
      await this.#takeOne(step, scene, disturbance)
      await this.#settle()
      await disturbance.settled()
      this.#settled.push(this.#world.log.length - this.#start)
    }
    await disturbance.finished()
    await undo?.()
    await this.#settle()
  }

  async #scene(): Promise<Scene> {
    const { cluster } = this.#world
    const kinds = await cluster.discover()
    return { cluster, kinds, advance: (time) => this.#world.advance(time) }
  }

  /** Whose step does not go through because something is still under way waits for it. */
  async #takeOne(step: Step, scene: Scene, disturbance: Disturbance): Promise<void> {
    try {
      await perform(step, scene)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (!(await disturbance.finished()))
        throw new Error(`the step "${stepWords(step)}" is refused: ${error.message}`)
      await perform(step, scene)
    }
  }

  #settle(): Promise<void> {
    return this.#world.converge({ within: this.#within })
  }

  readonly #isOwnWrite = ({ by, kind }: Trace['log'][number]): boolean =>
    by.startsWith(this.#process) && !isChatter(kind)
}
