/**
 * Follows a Deployment with its ReplicaSets and pods: whenever something has changed, a snapshot of all of it. Built on
 * informers, so that missed, doubled and late events make no difference.
 */

import type { Deployment as DeploymentObject } from '../../api/types.ts'
import {
  type Cluster,
  Deployment,
  type Informer,
  type InformerState,
  Informers,
  Pod,
  ReplicaSet,
  type WithMeta,
} from '../../controllers/framework/index.ts'
import type { Snapshot } from '../../rollouts/snapshot.ts'
import type { Context } from '../context.ts'
import { selectorOf } from './family.ts'

export interface Follower {
  /** Everything was read once, or something has changed since. At most once a turn. */
  changed(snapshot: Snapshot): void
  /** The Deployment is gone, or another of its name has come. */
  gone(): void
  /** Whether what is known is fresh; why not. */
  link(trouble: string | undefined): void
}

/** @returns ends it */
export function follow(
  { clock, random }: Pick<Context, 'clock' | 'random'>,
  { cluster, namespace }: { cluster: Cluster; namespace: string },
  { metadata, ...rest }: DeploymentObject,
  follower: Follower,
): () => void {
  const { name = '', uid } = metadata
  const informers = new Informers({ cluster, clock, random })
  const deployments = informers.of(Deployment, {
    namespace,
    fieldSelector: `metadata.name=${name}`,
  })
  const scope = { namespace, labelSelector: selectorOf({ metadata, ...rest }) }
  const replicaSets = informers.of(ReplicaSet, scope)
  const pods = informers.of(Pod, scope)
  const all = [deployments, replicaSets, pods]
  let cancel: (() => void) | undefined
  let stopped = false
  const publish = () => {
    cancel = undefined
    if (stopped || !all.every(({ synced }) => synced)) return
    const deployment = deployments.reader.get(namespace, name)
    if (!deployment || deployment.metadata.uid !== uid) return follower.gone()
    follower.changed({
      deployment,
      replicaSets: replicaSets.reader.list(),
      pods: pods.reader.list(),
    })
  }
  const soon = () => {
    cancel ??= clock.after(0, publish)
  }
  const heard = () => {
    follower.link(all.map(({ state }) => troubleOf(state)).find(Boolean))
    // A list without a single object tells of no change.
    soon()
  }
  const attend = <T extends WithMeta>({ changes$, state$ }: Informer<T>) => [
    changes$.subscribe(soon),
    state$.subscribe(heard),
  ]
  const subscriptions = [...attend(deployments), ...attend(replicaSets), ...attend(pods)]
  return () => {
    stopped = true
    cancel?.()
    for (const subscription of subscriptions) subscription.unsubscribe()
    informers.stop()
  }
}

function troubleOf(state: InformerState): string | undefined {
  switch (state.name) {
    case 'degraded':
      return `reconnecting: ${state.error instanceof Error ? state.error.message : String(state.error)}`
    case 'absent':
      return 'the server does not know this kind'
    case 'connecting':
    case 'syncing':
    case 'live':
    case 'stopped':
      return undefined
    default:
      return state satisfies never
  }
}
