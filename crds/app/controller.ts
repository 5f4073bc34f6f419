/**
 * Keeps apps at the newest image of their tag, and at the last good one when that fails. Each run looks at the registry
 * and the cluster, brings the revision on that the status has recorded, then records what follows; so whenever it is
 * stopped, nothing was done that the status does not know of.
 */

import { EMPTY, from, mergeMap, type Observable } from 'rxjs'
import {
  type ContextOf,
  controller,
  Deployment,
  HorizontalPodAutoscaler,
  type Key,
  Node,
  Pod,
  requeue,
  Secret,
  Service,
  time,
} from '../../controllers/framework/index.ts'
import { Followers, type Push } from './followers.ts'
import { App } from './kind.ts'
import {
  bounded,
  chosen,
  type Memory,
  memoryOf,
  runningEntry,
  settled,
  type Verdict,
} from './memory.ts'
import { adjustment, autoscalerOf, deploymentOf, isAutoscaled, serviceOf, urlOf } from './parts.ts'
import { pullSecretType } from './registry/credentials.ts'
import type { Registry } from './registry/registry.ts'
import { appLabel, keptRelease, type Release, releaseOf } from './release.ts'
import { report } from './report.ts'
import { follows, type Resolution, resolve } from './resolution.ts'
import { deadlineOf, verdictOn } from './verdict.ts'

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

const ours = { labelSelector: appLabel }

const builder = controller(App)
  .owns(Deployment)
  .owns(Service)
  .owns(HorizontalPodAutoscaler)
  .reads(Pod, ours)
  .reads(Node)
  .watches(
    Secret,
    ({ metadata }, read) =>
      read(App)
        .list({ namespace: metadata.namespace! })
        .filter(({ spec }) => spec.pullSecret === metadata.name)
        .map(keyOf),
    { fieldSelector: `type=${pullSecretType}` },
  )
type Context = ContextOf<typeof builder>

export function appController({ registry, pushes = EMPTY }: AppOptions) {
  const followers = new Followers()
  return builder
    .trigger(pushes.pipe(mergeMap((push) => from(followers.concerned(push)))))
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

/** What pods shall be made of, as far as it is recorded; `undefined` when that cannot be told any more. */
function runningRelease(memory: Memory, wanted: Release | undefined): Release | undefined {
  const entry = runningEntry(memory)
  if (!entry) return undefined
  if (memory.lastGood?.revision === entry.revision) return keptRelease(memory.lastGood)
  return wanted?.release === entry.release ? wanted : undefined
}

/** The Deployment as it shall be; as it is where the status says nothing that could be done. */
async function bringOn(
  app: App,
  { revision }: Memory,
  running: Release | undefined,
  { apply, patch, read }: Context,
): Promise<Deployment | undefined> {
  const { namespace, name } = app.metadata
  const deployment =
    running && revision !== undefined
      ? await apply(Deployment, deploymentOf(app, running, revision))
      : read(Deployment).get(namespace!, name!)
  const change = deployment && adjustment(deployment, app)
  return change ? patch(Deployment, { namespace: namespace!, name: name! }, change) : deployment
}

async function judge(
  app: App,
  memory: Memory,
  deployment: Deployment | undefined,
  { clock, live, read }: Context,
): Promise<Verdict> {
  const entry = runningEntry(memory)
  if (!entry || !deployment) return { state: 'rolling' }
  const { namespace, name } = app.metadata
  const selector = [{ key: appLabel, operator: '=' as const, values: [name!] }]
  const pods = read(Pod).list({ namespace: namespace!, selector })
  const verdict = verdictOn(entry, app, { deployment, pods, now: clock.now() })
  if (verdict.state !== 'failed' || entry.outcome === 'Failed') return verdict
  // There is no way back from this: it may have come up meanwhile.
  const fresh = await live(Deployment, { namespace: namespace!, name: name! })
  if (!fresh) return { state: 'rolling' }
  return verdictOn(entry, app, { deployment: fresh, pods, now: clock.now() })
}

async function autoscale(app: App, { apply, read, remove }: Context): Promise<void> {
  if (isAutoscaled(app)) {
    await apply(HorizontalPodAutoscaler, autoscalerOf(app))
    return
  }
  for (const autoscaler of read(HorizontalPodAutoscaler).ownedBy(app.metadata.uid!))
    await remove(HorizontalPodAutoscaler, autoscaler, {
      because: (now) => now !== undefined && !isAutoscaled(now),
    })
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

const keyOf = ({ metadata }: App): Key => ({
  namespace: metadata.namespace!,
  name: metadata.name!,
})
