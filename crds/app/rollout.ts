/** Brings the recorded revision on in the cluster, and looks how it fares. What follows from that is decided elsewhere. */

import { Deployment, HorizontalPodAutoscaler, Pod } from '../../controllers/framework/index.ts'
import type { Context } from './declared.ts'
import type { App } from './kind.ts'
import { type Memory, runningEntry, type Verdict } from './memory.ts'
import { adjustment, autoscalerOf, deploymentOf, isAutoscaled } from './parts.ts'
import { appLabel, keptRelease, type Release } from './release.ts'
import { verdictOn } from './verdict.ts'

/** What pods shall be made of, as far as it is recorded; `undefined` when that cannot be told any more. */
export function runningRelease(memory: Memory, wanted: Release | undefined): Release | undefined {
  const entry = runningEntry(memory)
  if (!entry) return undefined
  if (memory.lastGood?.revision === entry.revision) return keptRelease(memory.lastGood)
  return wanted?.release === entry.release ? wanted : undefined
}

/** The Deployment as it shall be; as it is where the status says nothing that could be done. */
export async function bringOn(
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

/** How the running revision fares. Whether it has failed is decided on what the server says now. */
export async function judge(
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

/** An autoscaler, as long as the bounds leave it anything to do. */
export async function autoscale(app: App, { apply, read, remove }: Context): Promise<void> {
  if (isAutoscaled(app)) {
    await apply(HorizontalPodAutoscaler, autoscalerOf(app))
    return
  }
  for (const autoscaler of read(HorizontalPodAutoscaler).ownedBy(app.metadata.uid!))
    await remove(HorizontalPodAutoscaler, autoscaler, {
      because: (now) => now !== undefined && !isAutoscaled(now),
    })
}
