/** One run: a world, a scenario, and at most one thing that goes wrong in it. */

import type { KubernetesObject } from '../../api/object.ts'
import { ApiError, type Kind, Namespace, type Ref } from '../../controllers/framework/index.ts'
import { startWorld, type World } from '../world.ts'
import { WorldError } from '../world-error.ts'
import { isChatter } from './canonical.ts'
import { Disturbance } from './disturbance.ts'
import type { Plan } from './plan.ts'
import { perform, type Step } from './steps.ts'
import { builtInOf, controllersOf, type Subject, testedBy } from './subject.ts'
import type { Trace } from './trace.ts'
import { Witness } from './witness.ts'

export interface Attempt {
  plan: Plan
  steps: readonly Step[]
  seed: number
}

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
    return await play({ subject, plan, steps, world, witness })
  } finally {
    await world.close()
  }
}

interface Play {
  subject: Subject
  plan: Plan
  steps: readonly Step[]
  world: World
  witness: Witness
}

async function play({ subject, plan, steps, world, witness }: Play): Promise<Trace> {
  const start = world.log.length
  const settled: number[] = []
  const process = testedBy(subject)
  const disturbance = new Disturbance(plan, world, process, await positionOf(world))
  const end = disturbance.begin()
  const within = subject.within ?? '1h'
  let unsettled: string | undefined
  let finished = 0
  let afterResync: Trace['afterResync'] = []
  const scene = {
    cluster: world.cluster,
    kinds: await world.cluster.discover(),
    advance: (time: number | string) => world.advance(time),
  }
  try {
    const taken = plan.type === 'rollback' ? steps.slice(0, plan.step) : steps
    let before: KubernetesObject | undefined
    for (const [index, step] of taken.entries()) {
      if (plan.type === 'rollback' && index === plan.step - 1) before = await seen(world, step)
      await patiently(disturbance, () => perform(step, scene))
      await world.converge({ within })
      await disturbance.settled()
      settled.push(world.log.length - start)
    }
    await disturbance.finished()
    if (before) {
      await takeBack(world, taken.at(-1)!, before)
      await world.converge({ within })
    }
    end()
    finished = world.log.length
    await world.restart(process)
    await world.converge({ within })
    afterResync = world.log.slice(finished).filter(isWriteOf(process))
  } catch (error) {
    if (!(error instanceof WorldError)) throw error
    unsettled = error.message
  } finally {
    end()
  }
  return {
    prologue: world.log.slice(0, start),
    log: world.log.slice(start, finished || undefined),
    requests: disturbance.requests,
    settled,
    afterResync,
    unsettled,
    notes: witness.notes,
    errors: [],
  }
}

/** Of the last write so far, whoever has written it and before the log began, too. */
async function positionOf(world: World): Promise<number> {
  return Number((await world.cluster.list(Namespace, { limit: 1 })).resourceVersion)
}

/** A user whose step does not go through because something is still under way waits for it. */
async function patiently(disturbance: Disturbance, step: () => Promise<void>): Promise<void> {
  try {
    await step()
  } catch (error) {
    if (!(error instanceof ApiError) || !(await disturbance.finished())) throw error
    await step()
  }
}

const isWriteOf =
  (process: string) =>
  ({ by, kind }: Trace['log'][number]): boolean =>
    by.startsWith(process) && !isChatter(kind)

type Patched = Extract<Step, { do: 'patch' }>

const seen = (world: World, step: Step): Promise<KubernetesObject | undefined> => {
  const { kind, ref } = step as Patched
  return world.cluster.get(kind, ref)
}

/** What users say of an object, as it was; what others say of it stays. */
async function takeBack(world: World, step: Step, before: KubernetesObject): Promise<void> {
  const { kind, ref } = step as Patched
  const now = await world.cluster.get<KubernetesObject>(kind as Kind, ref as Ref)
  if (!now) return
  const { labels, annotations } = before.metadata
  const metadata = { ...now.metadata, labels, annotations } as KubernetesObject['metadata']
  const { status } = now
  await world.cluster.update(kind as Kind, {
    ...before,
    metadata,
    ...(status === undefined ? {} : { status }),
  })
}
