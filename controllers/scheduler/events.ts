/** What a change of a node or a placed pod means for pods that wait. Pure. */

import { isDeepStrictEqual } from 'node:util'
import type { Node, Pod } from '../../api/types.ts'
import type { ClusterEvent } from './plugin.ts'

export function nodeEvents(before: Node, after: Node): ClusterEvent[] {
  const events: ClusterEvent[] = []
  const differs = (of: (node: Node) => unknown) => !isDeepStrictEqual(of(before), of(after))
  if (differs(({ status }) => status?.allocatable)) events.push('node-capacity')
  if (differs(({ metadata }) => metadata.labels)) events.push('node-labels')
  if (differs(({ spec }) => spec?.taints) || differs(({ spec }) => spec?.unschedulable))
    events.push('node-taints')
  return events
}

/** Of a pod that has its node before and after. */
export const placedPodChanged = (before: Pod, after: Pod): boolean =>
  !isDeepStrictEqual(before.metadata.labels, after.metadata.labels) ||
  !isDeepStrictEqual(before.spec, after.spec) ||
  before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp

/** Whether something about a pending pod has changed that placing it depends on. */
export const pendingPodChanged = (before: Pod, after: Pod): boolean =>
  !isDeepStrictEqual(before.metadata.labels, after.metadata.labels) ||
  !isDeepStrictEqual(before.spec, after.spec)
