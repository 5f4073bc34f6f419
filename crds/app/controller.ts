/**
 * Keeps apps at the newest image of their tag, and at the last good one when that fails. Each run looks at the registry
 * and the cluster, brings the revision on that the status has recorded, then records what follows; so whenever it is
 * stopped, nothing was done that the status does not know of.
 */

import { EMPTY, mergeMap, type Observable } from 'rxjs'
import { Node, requeue, Secret, Service, time } from '../../controllers/framework/index.ts'
import { type Context, declared } from './declared.ts'
import { Followers, type Push } from './followers.ts'
import { App } from './kind.ts'
import { bounded, chosen, type Memory, memoryOf, runningEntry, settled } from './memory.ts'
import { serviceOf, urlOf } from './parts.ts'
import type { Registry } from './registry/registry.ts'
import { releaseOf } from './release.ts'
import { report } from './report.ts'
import { follows, type Resolution, resolve } from './resolution.ts'
import { autoscale, bringOn, judge, runningRelease } from './rollout.ts'
import { deadlineOf } from './verdict.ts'

export interface AppOptions {
  registry: Registry
  /** What registries tell of; without it a moved tag is noticed within minutes. */
  pushes?: Observable<Push>
}

/** How often a tag is looked at though nobody said that it moved. */
const lookEvery = 3 * 60_000
/** How soon a tag is looked at again of which a push was told and not seen. */
const lookAgainEvery = 1000
/** How often a registry is asked that gave no answer. */
const askAgainEvery = 30_000
/** How often containers are looked at whose time is over. */
const judgeEvery = 10_000

export function appController({ registry, pushes = EMPTY }: AppOptions) {
  const followers = new Followers()
  return declared
    .trigger(pushes.pipe(mergeMap((push) => followers.concerned(push))))
    .reconcileKey(async (seen, context) => {
      followers.note(context.key, seen?.spec.image)
      // What is remembered must not be taken from a view that is behind, or a failure would be forgotten.
      const app = seen && (await context.live(App, context.key))
      if (!app || app.metadata.deletionTimestamp) return undefined
      return reconcile(app, { registry, followers }, context)
    })
}

interface Outside {
  registry: Registry
  followers: Followers
}

async function reconcile(app: App, { registry, followers }: Outside, context: Context) {
  const { apply, clock, event, read, signal, status } = context
  const { namespace } = app.metadata
  const service = await apply(Service, serviceOf(app))
  await autoscale(app, context)
  const secret = app.spec.pullSecret ? read(Secret).get(namespace!, app.spec.pullSecret) : undefined
  const resolution = await resolve(app, { registry, secret, clock, signal })
  const release = resolution.digest ? releaseOf(app.spec, resolution.digest) : undefined

  const memory = memoryOf(app.status)
  const running = runningRelease(memory, release)
  const deployment = await bringOn(app, memory, running, context)
  const verdict = await judge(app, memory, deployment, context)
  const { progressDeadlineSeconds, historyLimit } = app.spec
  const known = settled(memory, running, verdict, progressDeadlineSeconds)
  const wish = { release, progressDeadlineSeconds, now: time(clock.now()) }
  const next = bounded(chosen(known, wish), historyLimit)

  const url = urlOf(service, read(Node).list())
  for (const news of report({ app, memory, next, resolution, release, deployment, url }, status))
    event(app, news)
  // What is recorded now is brought on in the next run.
  if (next.revision !== memory.revision) return requeue.after(0)
  const due = nextLook(app, next, resolution, clock)
  if (followers.waits(context.key, resolution.digest)) due.push(lookAgainEvery)
  return due.length > 0 ? requeue.after(Math.min(...due)) : undefined
}

/** In how many milliseconds something may be otherwise without anybody saying so. */
function nextLook(
  app: App,
  memory: Memory,
  { problem }: Resolution,
  clock: Context['clock'],
): number[] {
  const due: number[] = []
  if (follows(app)) due.push(problem ? askAgainEvery : lookEvery)
  const entry = runningEntry(memory)
  if (entry?.outcome === 'RollingOut') {
    const left = deadlineOf(entry, app) - clock.now()
    due.push(left > 0 ? left : judgeEvery)
  }
  return due
}
