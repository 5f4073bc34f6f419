/**
 * What a Deployment has been: one entry a template, from its ReplicaSets, and as far as events and managed fields tell by
 * whom, when and with what outcome. Pure.
 */

import { controllerOf } from '../api/owner.ts'
import type { Deployment, Event, PodTemplateSpec, ReplicaSet } from '../api/types.ts'
import { type Author, authorAt, authorsOf } from './author.ts'
import { causeOf, imagesOf } from './change.ts'
import { conditionOf } from './condition.ts'
import { historyAnnotation, revisionOf } from './revision.ts'
import { sameTemplate, templateHash, templateHashLabel } from './template.ts'

export const changeCause = 'kubernetes.io/change-cause'

export interface Entry {
  replicaSet: string
  /** What names the template, for good. */
  hash: string
  /** What it is called now: the number of an older one changes when it is gone back to. */
  revision: number
  images: string[]
  template: PodTemplateSpec | undefined
  /** Against the one before it, or what was written down for this one alone. */
  cause: string
  author: Author | undefined
  /** When it was last begun, RFC 3339; that of the ReplicaSet where no event tells. */
  began: string | undefined
  /** Milliseconds until it was all there is. */
  took: number | undefined
  outcome: 'complete' | 'failed' | 'under way' | 'superseded' | undefined
  current: boolean
}

export interface HistoryFacts {
  deployment: Deployment
  replicaSets: readonly ReplicaSet[]
  /** About the Deployment; the server keeps them for an hour or so. */
  events?: readonly Event[]
}

/** Newest first. */
export function historyOf({ deployment, replicaSets, events = [] }: HistoryFacts): Entry[] {
  const own = replicaSets
    .filter((each) => controllerOf(each)?.uid === deployment.metadata.uid)
    .sort((a, b) => revisionOf(a) - revisionOf(b) || (nameOf(a) < nameOf(b) ? -1 : 1))
  const steps = scalingsIn(events)
  return own
    .map((replicaSet, at) => {
      const before = own[at - 1]
      const current = sameTemplate(replicaSet.spec?.template, deployment.spec?.template)
      const { began, ended } = periodOf(replicaSet, steps)
      const start = current
        ? startOfPresent(deployment, replicaSet, began)
        : startOf(replicaSet, began)
      return {
        replicaSet: nameOf(replicaSet),
        hash: hashOf(replicaSet),
        revision: revisionOf(replicaSet),
        images: imagesOf(replicaSet.spec?.template),
        template: replicaSet.spec?.template,
        cause: told(replicaSet, before) ?? derived(replicaSet, before),
        author: authorAt(deployment, start),
        began: start,
        ...(current ? present(deployment, start) : ended),
        current,
      }
    })
    .reverse()
}

const nameOf = ({ metadata }: ReplicaSet): string => metadata.name ?? ''

export const hashOf = (replicaSet: ReplicaSet): string =>
  replicaSet.metadata.labels?.[templateHashLabel] ?? templateHash(replicaSet.spec?.template)

const startOf = ({ metadata }: ReplicaSet, began: string | undefined): string | undefined =>
  began ?? metadata.creationTimestamp

/** One that was gone back to, perhaps while it still had pods, begins with the latest write of the template. */
function startOfPresent(
  deployment: Deployment,
  replicaSet: ReplicaSet,
  began: string | undefined,
): string | undefined {
  if (!replicaSet.metadata.annotations?.[historyAnnotation]) return startOf(replicaSet, began)
  const written = authorsOf(deployment)[0]?.time
  return written && !(began && Date.parse(began) > Date.parse(written)) ? written : began
}

const derived = ({ spec }: ReplicaSet, before: ReplicaSet | undefined): string =>
  before ? (causeOf(before.spec?.template, spec?.template) ?? 'no change') : 'first'

/** Deployments hand their annotations on: one that stands on the ReplicaSet before as well was not meant for this. */
function told({ metadata }: ReplicaSet, before: ReplicaSet | undefined): string | undefined {
  const cause = metadata.annotations?.[changeCause]
  return cause && cause !== before?.metadata.annotations?.[changeCause] ? cause : undefined
}

interface Step {
  replicaSet: string
  from: number | undefined
  to: number
  at: string
}

/** What the Deployment's controller tells when it sizes a ReplicaSet; the older form has no `from`. */
function scalingsIn(events: readonly Event[]): Step[] {
  return events
    .flatMap(({ reason, message = '', lastTimestamp, eventTime, metadata }) => {
      const match =
        /^Scaled (?:up|down) replica set (\S+)(?: from (\d+))? to (\d+)/.exec(message) ?? undefined
      if (reason !== 'ScalingReplicaSet' || !match) return []
      const at = lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? ''
      const from = match[2] === undefined ? undefined : Number(match[2])
      return [{ replicaSet: match[1] ?? '', from, to: Number(match[3]), at }]
    })
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

interface Period {
  began: string | undefined
  ended: Pick<Entry, 'took' | 'outcome'>
}

/**
 * From its first pod to the last of all others: unless another one began before that. Of one that came, went and came
 * back the latest time counts.
 */
function periodOf(replicaSet: ReplicaSet, steps: readonly Step[]): Period {
  const name = nameOf(replicaSet)
  const begin = steps.findLast((step) => step.replicaSet === name && step.from === 0)
  if (!begin) return { began: undefined, ended: { took: undefined, outcome: undefined } }
  const later = steps.slice(steps.indexOf(begin) + 1)
  const next = later.findIndex((step) => step.from === 0)
  const mine = next < 0 ? later : later.slice(0, next)
  const last = mine.findLast((step) => step.replicaSet !== name && step.to === 0)
  if (last) {
    const took = Date.parse(last.at) - Date.parse(begin.at)
    return { began: begin.at, ended: { took, outcome: 'complete' } }
  }
  // The first of all has nobody to push out: how it ended nobody tells.
  const first = !steps.some((step) => step.replicaSet !== name && step.at < begin.at)
  const outcome = next < 0 || first ? undefined : 'superseded'
  return { began: begin.at, ended: { took: undefined, outcome } }
}

function present(
  { status }: Deployment,
  began: string | undefined,
): Pick<Entry, 'took' | 'outcome'> {
  const progressing = conditionOf(status?.conditions, 'Progressing')
  if (progressing?.reason === 'ProgressDeadlineExceeded')
    return { took: undefined, outcome: 'failed' }
  if (progressing?.reason !== 'NewReplicaSetAvailable')
    return { took: undefined, outcome: 'under way' }
  const took = Date.parse(progressing.lastUpdateTime ?? '') - Date.parse(began ?? '')
  return { took: took >= 0 ? took : undefined, outcome: 'complete' }
}
