/** What a change of one object puts on the timeline, in a line. Pure. */

import { isPodReady } from '../../api/pod-status.ts'
import type { Deployment, Event, Pod, ReplicaSet } from '../../api/types.ts'
import type { WriteRecord } from '../../api/write-record.ts'
import type { Moment } from '../../recordings/recording.ts'
import { actorText } from '../../rollouts/actor.ts'
import { replicasOf } from '../../rollouts/bounds.ts'
import { causeOf, imagesOf } from '../../rollouts/change.ts'
import { conditionOf } from '../../rollouts/condition.ts'
import type { MarkKind, TimelineMark } from '../protocol.ts'

type Told = Omit<TimelineMark, keyof Moment>

/** Before and after; one of them is absent of an object that came or went. */
export interface Change<T> {
  before: T | undefined
  after: T | undefined
  by: WriteRecord | undefined
}

export function deploymentMarks({ before, after, by }: Change<Deployment>): Told[] {
  const object = `deployment/${(after ?? before)?.metadata.name}`
  const mark = (kind: MarkKind, text: string, notable = true): Told => ({
    kind,
    text,
    notable,
    object,
  })
  const who = by ? ` by ${actorText(by)}` : ''
  if (!after) return [mark('template', `deleted${who}`)]
  if (!before)
    return [mark('template', `created with ${imagesOf(after.spec?.template).join(', ')}${who}`)]
  const marks: Told[] = []
  const cause = causeOf(before.spec?.template, after.spec?.template)
  if (cause) marks.push(mark('template', `${cause}${who}`))
  const [had, has] = [replicasOf(before), replicasOf(after)]
  if (had !== has) marks.push(mark('scale', `replicas ${had} -> ${has}${who}`))
  const paused = after.spec?.paused === true
  if ((before.spec?.paused === true) !== paused)
    marks.push(mark('condition', `${paused ? 'paused' : 'resumed'}${who}`))
  return [...marks, ...conditionMarks(before, after, mark)]
}

function conditionMarks(
  before: Deployment,
  after: Deployment,
  mark: (kind: MarkKind, text: string) => Told,
): Told[] {
  const marks: Told[] = []
  for (const type of ['Available', 'Progressing', 'ReplicaFailure']) {
    const was = conditionOf(before.status?.conditions, type)
    const is = conditionOf(after.status?.conditions, type)
    if (was?.status === is?.status && was?.reason === is?.reason) continue
    if (is?.reason === 'NewReplicaSetAvailable') marks.push(mark('complete', 'complete'))
    else if (is?.reason === 'ProgressDeadlineExceeded')
      marks.push(mark('failed', 'made no progress within its deadline'))
    else if (was?.status !== is?.status && (was || is?.status !== 'True'))
      marks.push(mark('condition', `${type} is ${is?.status ?? 'gone'}${said(is)}`))
  }
  return marks
}

const said = (condition: { reason?: string; message?: string } | undefined): string =>
  condition?.message ? `: ${condition.message}` : condition?.reason ? `: ${condition.reason}` : ''

export function replicaSetMarks({ before, after, by }: Change<ReplicaSet>): Told[] {
  const { name } = (after ?? before)!.metadata
  const object = `replicaset/${name}`
  const who = by ? ` by ${actorText(by)}` : ''
  if (!after) return [{ kind: 'scale', text: `${name} deleted${who}`, notable: false, object }]
  const [had, has] = [before ? replicasOf(before) : 0, replicasOf(after)]
  return had === has
    ? []
    : [{ kind: 'scale', text: `${name} ${had} -> ${has}${who}`, notable: false, object }]
}

export function podMarks({ before, after, by }: Change<Pod>): Told[] {
  const { name } = (after ?? before)!.metadata
  const object = `pod/${name}`
  const who = by ? ` by ${actorText(by)}` : ''
  const mark = (text: string, kind: MarkKind = 'pod', notable = false): Told => ({
    kind,
    text: `${name} ${text}`,
    notable,
    object,
  })
  if (!after) return [mark('is gone')]
  if (!before) return [mark(`created${who}`)]
  if (!before.metadata.deletionTimestamp && after.metadata.deletionTimestamp)
    return [mark(`is being deleted${who}`)]
  const marks = restarts(before, after).map(({ container, times }) =>
    mark(`restarted ${container} (${times} times so far)`, 'restart', true),
  )
  const [was, is] = [isPodReady(before), isPodReady(after)]
  const leaving = after.metadata.deletionTimestamp !== undefined
  if (was !== is && !leaving)
    marks.push(is ? mark('is ready') : mark('is no longer ready', 'pod', true))
  return marks
}

function restarts(before: Pod, after: Pod): { container: string; times: number }[] {
  const had = new Map(statusesOf(before).map(({ name, restartCount }) => [name, restartCount]))
  return statusesOf(after)
    .filter(({ name, restartCount }) => restartCount > (had.get(name) ?? 0))
    .map(({ name, restartCount }) => ({ container: name, times: restartCount }))
}

const statusesOf = ({ status }: Pod) => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
]

/** Of a warning that is told first; that it is told again and again says nothing new. */
export function eventMarks({
  type,
  reason = 'warning',
  message = '',
  involvedObject,
}: Event): Told[] {
  if (type !== 'Warning') return []
  const { kind = '', name = '' } = involvedObject
  const text = `${reason}: ${message.trim()}`
  return [{ kind: 'warning', text, notable: true, object: `${kind.toLowerCase()}/${name}` }]
}
