/** No node takes the pod: what each of them lacks. */

import { podCondition } from '../../api/pod-status.ts'
import type { Pod } from '../../api/types.ts'
import type { Trouble } from './trouble.ts'

export function unscheduled(pod: Pod): Trouble | undefined {
  const condition = podCondition(pod, 'PodScheduled')
  if (condition?.status !== 'False' || pod.spec?.nodeName) return undefined
  const detail = condition.message ?? ''
  const field = 'status.conditions[PodScheduled]'
  const base = { code: 'unschedulable', field, detail, hopeless: false } as const
  if (condition.reason === 'SchedulingGated')
    return { ...base, sentence: 'waits for its scheduling gates' }
  // What eviction would have done is left to who reads the detail.
  const reasons = detail.replace(/ preemption: .*$/s, '').replace(/\.$/, '')
  return {
    ...base,
    sentence: `cannot be scheduled: ${reasons || condition.reason || 'no node fits'}`,
    more: nodeReasons(reasons).map((message) => ({ field, message })),
  }
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` as one line a reason, most nodes first. */
function nodeReasons(text: string): string[] {
  const [, all = '', list = ''] = /^0\/(\d+) nodes are available: (.*?)\.?$/s.exec(text) ?? []
  const reasons = list.split(/, (?=\d+ )/).flatMap((part) => {
    const [, count = '', reason = ''] = /^(\d+) (.*)$/s.exec(part) ?? []
    return count === '' ? [] : [{ count: Number(count), reason: reason.replace(/^node\(s\) /, '') }]
  })
  // A single reason says no more than the sentence does.
  if (reasons.length < 2) return []
  return reasons
    .sort((a, b) => b.count - a.count)
    .map(({ count, reason }) => `${count} of ${all} nodes: ${reason}`)
}
