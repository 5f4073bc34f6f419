/**
 * Tells a node's pod manager of its pods, from an informer that may know those of many nodes. A server that for a while
 * does not even know what a pod is has deleted none: nothing is told until it does again.
 */

import type { Subscription } from 'rxjs'
import type { Pod } from '../../api/types.ts'
import { type Change, type Informers, Pod as PodKind } from '../../controllers/framework/index.ts'
import type { PodManager } from './pod-manager.ts'

export interface PodSource {
  /** By node name. A node that is not here has its pods left alone. */
  managers: ReadonlyMap<string, PodManager>
  informers: Informers
  /** Only pods of this node are asked for; those of all nodes without it. */
  nodeName?: string
}

/** Until unsubscribed. Each manager hears `synced` after every complete list. */
export function followPods({ managers, informers, nodeName }: PodSource): Subscription {
  const scope = nodeName === undefined ? {} : { fieldSelector: `spec.nodeName=${nodeName}` }
  const informer = informers.of(PodKind, scope)
  let complete = false
  const tell = (change: Change<Pod>) => {
    const manager = managers.get(change.object.spec?.nodeName ?? '')
    if (change.type !== 'deleted') manager?.set(change.object)
    else if (informer.state.name !== 'absent') manager?.gone(change.object)
  }
  const subscription = informer.changes$.subscribe(tell)
  subscription.add(
    informer.state$.subscribe(({ name }) => {
      if (name === 'absent' || name === 'syncing') complete = false
      if (name !== 'live' || complete) return
      complete = true
      const uids = new Map([...managers.keys()].map((node) => [node, new Set<string>()]))
      for (const { metadata, spec } of informer.reader.list())
        uids.get(spec?.nodeName ?? '')?.add(metadata.uid ?? '')
      for (const [node, manager] of managers) manager.synced(uids.get(node) ?? new Set())
    }),
  )
  return subscription
}
