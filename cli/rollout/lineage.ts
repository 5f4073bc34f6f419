/** Where a pod comes from, and what became of it, as lines. Pure. */

import type { OwnerReference } from '../../api/object.ts'
import { isPodReady, isPodTerminating } from '../../api/pod-status.ts'
import type { Deployment, Event, Pod, ReplicaSet } from '../../api/types.ts'
import type { Entry } from '../../rollouts/history.ts'
import { revisionOf } from '../../rollouts/revision.ts'
import type { Snapshot } from '../../rollouts/snapshot.ts'
import { counted, span } from '../../rollouts/span.ts'
import { placesOf, troubleOf } from '../../rollouts/troubles/index.ts'
import { endOf } from '../../rollouts/troubles/trouble.ts'
import { type Line, line } from './line.ts'
import { evidenceLines } from './words.ts'

export interface Ancestry {
  pod?: Pod
  owner?: OwnerReference
  replicaSet?: ReplicaSet
  deployment?: Deployment
  /** Of the ReplicaSet, or of the present template. */
  entry?: Entry | undefined
  /** What the ReplicaSet told when it made the pod. */
  created?: Event
  /** Milliseconds since the epoch. */
  now: number
}

/** From the pod up: what made what, when, and who began it. */
export function ancestryLines(ancestry: Ancestry): Line[] {
  const { pod, owner, replicaSet, deployment, entry, created, now } = ancestry
  const lines: Line[] = []
  if (pod) {
    const told = created ? `: "${created.message}"` : ''
    const maker = owner ? `, made by ${owner.kind}/${owner.name}${told}` : ', made by no controller'
    lines.push(line(`pod/${pod.metadata.name}${ago(pod.metadata.creationTimestamp, now)}${maker}`))
  }
  if (replicaSet)
    lines.push(
      line(
        `<- replicaset/${replicaSet.metadata.name}${ago(replicaSet.metadata.creationTimestamp, now)}, revision ${revisionOf(replicaSet)}: ${replicaSet.spec?.replicas ?? 1} wanted`,
      ),
    )
  if (deployment) {
    const change = entry ? `: ${entry.cause}` : ''
    lines.push(
      line(
        `${pod ? '<- ' : ''}deployment/${deployment.metadata.name}${ago(entry?.began, now)}${change}`,
      ),
    )
    lines.push(...authorLines(entry, now))
  }
  return lines
}

function authorLines(entry: Entry | undefined, now: number): Line[] {
  if (!entry?.author) return [line('<- who began it is no longer known', 'faint')]
  const { manager, time, applies } = entry.author
  const how = applies ? 'applied by' : 'written by'
  return [line(`<- ${how} "${manager}"${ago(time, now)} (inferred from managed fields)`)]
}

const ago = (time: string | undefined, now: number): string =>
  time ? ` ${span(now - Date.parse(time))} ago` : ''

type Told = Required<Pick<Snapshot, 'events' | 'logs' | 'now'>>

/** Why it does not run, or that it does; how its containers ended; the last events. */
export function lifeLines(pod: Pod, told: Told): Line[] {
  return [...standingLines(pod, told), ...eventLines(told)]
}

/** The same without what was told of it. */
export function standingLines(pod: Pod, told: Told): Line[] {
  return [...stateLines(pod, told), ...endings(pod, told)]
}

function stateLines(pod: Pod, told: Told): Line[] {
  const { name, deletionTimestamp, finalizers } = pod.metadata
  if (!pod.status) return []
  const subject = `Pod "${name}"`
  if (isPodTerminating(pod)) {
    const left = Date.parse(deletionTimestamp ?? '') - told.now
    const clock = left > 0 ? `${span(left)} are left` : `${span(-left)} overdue`
    const held = finalizers?.length ? `; held by ${finalizers.join(', ')}` : ''
    return [line(`${subject} is being deleted: ${clock}${held}.`, 'warning')]
  }
  const { phase, reason, message } = pod.status
  if (phase === 'Failed' || phase === 'Succeeded') {
    const why = [reason, message].filter(Boolean).join(': ')
    return [line(`${subject} has ended (${phase})${why ? `: ${why}` : ''}.`, 'bad')]
  }
  if (isPodReady(pod)) return [line(`${subject} runs and is ready.`, 'good')]
  const trouble = troubleOf(pod, told)
  if (!trouble) return [line(`${subject} is starting; nothing is wrong so far.`)]
  const joint = /^(init )?container/.test(trouble.sentence) ? ', ' : ' '
  const { field, detail, more = [] } = trouble
  return [
    line(`${subject}${joint}${trouble.sentence}.`.replace(/\.\.$/, '.'), 'bad'),
    ...(detail ? evidenceLines(field, detail) : []),
    ...more.flatMap((each) => evidenceLines(each.field, each.message)),
    ...(trouble.next ? [line(`  -> ${trouble.next}`)] : []),
  ]
}

/** Of one that runs again: what became of the container before. */
function endings(pod: Pod, { now }: Told): Line[] {
  return placesOf(pod).flatMap((place) => {
    const ended = endOf(place)
    if (!ended || (place.init && ended.exitCode === 0)) return []
    const { exitCode, reason = 'Error', finishedAt } = ended
    const times = place.status.restartCount
    return [
      line(
        `  ${place.label} ended last with code ${exitCode} (${reason})${ago(finishedAt, now)}; restarted ${counted(times, 'time')}`,
        'faint',
      ),
    ]
  })
}

/** Events of one object that are shown. */
const latest = 6

/** The latest of them, oldest first. */
export function eventLines({ events, now }: Pick<Told, 'events' | 'now'>): Line[] {
  const timeOf = ({ lastTimestamp, eventTime, metadata }: Event): string =>
    lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? ''
  const sorted = [...events].sort((a, b) => Date.parse(timeOf(a)) - Date.parse(timeOf(b)))
  if (sorted.length === 0) return []
  const shown = sorted.slice(-latest).map((event) => {
    const { reason, message = '', count = 1, type } = event
    const times = count > 1 ? ` (${count} times)` : ''
    return line(
      `  ${span(now - Date.parse(timeOf(event)))} ago  ${reason}: ${message.trim()}${times}`,
      type === 'Warning' ? 'warning' : 'faint',
    )
  })
  return [
    line(`Told, the last ${shown.length} of ${sorted.length} (kept for about an hour):`),
    ...shown,
  ]
}
