/** What stands on the timeline of a rollout, in a line each: what people did, what came of it, what went wrong. Pure. */

import { isPodReady } from '../api/pod-status.ts'
import type { Deployment, Event, Pod, ReplicaSet } from '../api/types.ts'
import { actorText } from '../rollouts/actor.ts'
import { replicasOf } from '../rollouts/bounds.ts'
import { causeOf, imagesOf } from '../rollouts/change.ts'
import { conditionOf } from '../rollouts/condition.ts'
import { type Change, changesIn, kinshipOf } from './kinship.ts'
import type { Moment } from './recording.ts'
import type { Timeline } from './timeline.ts'
import type { Name } from './view.ts'

export type MarkKind =
  | 'template'
  | 'scale'
  | 'condition'
  | 'warning'
  | 'restart'
  | 'pod'
  | 'complete'
  | 'failed'

/** Something that stands on the timeline. */
export interface TimelineMark extends Moment {
  kind: MarkKind
  /** In one line: `image web 1.2 -> 1.3 by kubectl apply, alice`. */
  text: string
  /** Worth a stop when going from one to the next. */
  notable: boolean
  /** `pod/web-x`, as kubectl takes it. */
  object: string
}

/** A mark without its moment. */
export type Remark = Omit<TimelineMark, keyof Moment>

/** Of one Deployment, in order, from the edge on. @param after those of later revisions only */
export function marksOf(timeline: Timeline, name: Name, after = -1): TimelineMark[] {
  const edge = timeline.edge?.revision ?? 0
  const { deployment, branches } = kinshipOf(timeline, name)
  const pods = branches.flatMap((branch) => branch.pods.flat())
  const replicaSets = branches.flatMap(({ replicaSet }) => replicaSet)
  const marks = [
    ...remarked(deployment, deploymentRemarks),
    ...remarked(replicaSets, replicaSetRemarks),
    ...remarked(pods, podRemarks),
    ...remarked(eventsAbout(timeline, [...deployment, ...replicaSets, ...pods]), eventRemarks),
  ]
  marks.sort((a, b) => a.revision - b.revision)
  return onceNotable(marks.map(({ remark }) => remark))
    .map((remark, at) => ({ revision: marks[at]?.revision ?? 0, remark }))
    .filter(({ revision }) => revision > after && revision >= edge)
    .map(({ revision, remark }) => ({ revision, at: timeline.timeOf(revision), ...remark }))
}

/** The same warning about the same object is worth one stop in a rollout. */
function onceNotable(remarks: readonly Remark[]): Remark[] {
  const told = new Set<string>()
  return remarks.map((remark) => {
    if (remark.kind === 'template') told.clear()
    if (remark.kind !== 'warning') return remark
    const key = `${remark.object} ${remark.text.split(':')[0]}`
    if (told.has(key)) return { ...remark, notable: false }
    told.add(key)
    return remark
  })
}

/** What is there at the beginning is no news. */
const remarked = <T>(changes: readonly Change<T>[], remarks: (change: Change<T>) => Remark[]) =>
  changes
    .filter(({ base }) => !base)
    .flatMap((change) => remarks(change).map((remark) => ({ revision: change.revision, remark })))

function eventsAbout(
  timeline: Timeline,
  changes: readonly Change<Deployment | ReplicaSet | Pod>[],
): Change<Event>[] {
  const uids = new Set(changes.flatMap(({ after }) => after?.metadata.uid ?? []))
  const histories = new Set([...uids].flatMap((uid) => [...timeline.toldOf(uid)]))
  const edge = timeline.edge?.revision ?? 0
  return [...histories].flatMap((history) => changesIn<Event>(history, edge).flat())
}

type Step<T> = Pick<Change<T>, 'before' | 'after' | 'by'>

const who = ({ by }: Step<unknown>): string => (by ? ` by ${actorText(by)}` : '')

export function deploymentRemarks(step: Step<Deployment>): Remark[] {
  const { before, after } = step
  const remark = remarksOn('deployment', after ?? before)
  if (!after) return [remark('template', `deleted${who(step)}`, true)]
  const images = imagesOf(after.spec?.template).join(', ')
  if (!before) return [remark('template', `created with ${images}${who(step)}`, true)]
  const remarks: Remark[] = []
  const cause = causeOf(before.spec?.template, after.spec?.template)
  if (cause) remarks.push(remark('template', `${cause}${who(step)}`, true))
  const [had, has] = [replicasOf(before), replicasOf(after)]
  if (had !== has) remarks.push(remark('scale', `replicas ${had} -> ${has}${who(step)}`, true))
  const paused = after.spec?.paused === true
  if (paused !== (before.spec?.paused === true))
    remarks.push(remark('condition', `${paused ? 'paused' : 'resumed'}${who(step)}`, true))
  return [...remarks, ...conditionRemarks(before, after, remark)]
}

function conditionRemarks(before: Deployment, after: Deployment, remark: Remarking): Remark[] {
  return ['Available', 'Progressing', 'ReplicaFailure'].flatMap((type) => {
    const was = conditionOf(before.status?.conditions, type)
    const is = conditionOf(after.status?.conditions, type)
    if (was?.status === is?.status && was?.reason === is?.reason) return []
    if (is?.reason === 'NewReplicaSetAvailable')
      return [remark('complete', `complete: ${imagesOf(after.spec?.template).join(', ')}`, true)]
    if (is?.reason === 'ProgressDeadlineExceeded')
      return [remark('failed', `no progress within its deadline${said(is)}`, true)]
    if (was?.status === is?.status) return []
    // Of a new Deployment nothing is available yet; and that it is paused was said already.
    if ((!was && type !== 'ReplicaFailure') || isPause(was) || isPause(is)) return []
    return [remark('condition', `${type} is ${is?.status ?? 'gone'}${said(is)}`, true)]
  })
}

const isPause = (condition: { reason?: string } | undefined): boolean =>
  condition?.reason === 'DeploymentPaused' || condition?.reason === 'DeploymentResumed'

const said = (condition: { reason?: string; message?: string } | undefined): string => {
  const text = condition?.message || condition?.reason
  return text ? `: ${text}` : ''
}

export function replicaSetRemarks(step: Step<ReplicaSet>): Remark[] {
  const { before, after } = step
  const remark = remarksOn('replicaset', after ?? before)
  const name = (after ?? before)?.metadata.name
  if (!after) return [remark('scale', `${name} deleted${who(step)}`)]
  const [had, has] = [before ? replicasOf(before) : 0, replicasOf(after)]
  return had === has ? [] : [remark('scale', `${name} ${had} -> ${has}${who(step)}`)]
}

export function podRemarks(step: Step<Pod>): Remark[] {
  const { before, after } = step
  const remark = remarksOn('pod', after ?? before)
  const name = (after ?? before)?.metadata.name
  if (!after) return [remark('pod', `${name} is gone${who(step)}`)]
  if (!before) return [remark('pod', `${name} created${who(step)}`)]
  const leaves = after.metadata.deletionTimestamp !== undefined
  const remarks = restarts(before, after).map((text) => remark('restart', `${name} ${text}`, true))
  if (leaves && before.metadata.deletionTimestamp === undefined)
    remarks.push(remark('pod', `${name} is being deleted${who(step)}`))
  const [was, is] = [isPodReady(before), isPodReady(after)]
  if (is && !was) remarks.push(remark('pod', `${name} is ready`))
  if (was && !is && !leaves) remarks.push(remark('pod', `${name} is no longer ready`, true))
  return remarks
}

function restarts(before: Pod, after: Pod): string[] {
  const had = new Map(statusesOf(before).map(({ name, restartCount }) => [name, restartCount]))
  return statusesOf(after)
    .filter(({ name, restartCount }) => restartCount > (had.get(name) ?? 0))
    .map(({ name, restartCount, lastState }) => {
      const { exitCode, reason } = lastState?.terminated ?? {}
      const why = exitCode === undefined ? '' : ` after exit code ${exitCode}`
      const how = reason && reason !== 'Error' && reason !== 'Completed' ? ` (${reason})` : ''
      return `restarted ${name}${why}${how}, ${restartCount} in all`
    })
}

const statusesOf = ({ status }: Pod) => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
]

/** A warning when it is told first: that it is told again and again says nothing new. */
export function eventRemarks({ before, after }: Step<Event>): Remark[] {
  if (!after || before || after.type !== 'Warning') return []
  const { reason = 'Warning', message = '', involvedObject } = after
  const { kind = '', name = '' } = involvedObject ?? {}
  const text = `${reason}: ${message.trim()}`
  return [{ kind: 'warning', text, notable: true, object: `${kind.toLowerCase()}/${name}` }]
}

type Remarking = (kind: MarkKind, text: string, notable?: boolean) => Remark

const remarksOn =
  (resource: string, object: Pick<Pod, 'metadata'> | undefined): Remarking =>
  (kind, text, notable = false) => ({
    kind,
    text,
    notable,
    object: `${resource}/${object?.metadata.name}`,
  })
