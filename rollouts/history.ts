/**
 * What a Deployment has been: one entry a template, from its ReplicaSets, and as far as events and managed fields tell by
 * whom, when and with what outcome. Pure.
 */

import { controllerOf } from '../api/owner.ts'
import type { Deployment, Event, PodTemplateSpec, ReplicaSet } from '../api/types.ts'
import type { WriteRecord } from '../api/write-record.ts'
import { type Author, authorAt, authorsOf } from './author.ts'
import { causeOf, imagesOf } from './change.ts'
import { conditionOf } from './condition.ts'
import { type DeploymentVersion, type Episode, episodesOf } from './episodes.ts'
import { periodsOf } from './periods.ts'
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
  /** Who began it, as the server has recorded it; then `began` is exact as well. */
  by?: WriteRecord
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
  /** Of the Deployment, oldest first, where its history is kept. */
  versions?: readonly DeploymentVersion[]
}

/** Newest first. */
export function historyOf(facts: HistoryFacts): Entry[] {
  const { deployment, replicaSets, events = [], versions = [] } = facts
  const episodes = episodesOf(versions)
  const own = replicaSets
    .filter((each) => controllerOf(each)?.uid === deployment.metadata.uid)
    .sort((a, b) => revisionOf(b) - revisionOf(a) || (nameOf(a) < nameOf(b) ? -1 : 1))
  const periods = periodsOf(events)
  const isCurrent = ({ spec }: ReplicaSet) =>
    sameTemplate(spec?.template, deployment.spec?.template)
  const begins = own.map((each) => {
    const { began } = periods.get(nameOf(each)) ?? {}
    return isCurrent(each) ? startOfPresent(deployment, each, began) : startOf(each, began)
  })
  return own.map((replicaSet, at) => {
    const before = predecessor(replicaSet, own)
    const began = begins[at]
    const current = isCurrent(replicaSet)
    const { took, outcome } = periods.get(nameOf(replicaSet)) ?? {}
    return {
      replicaSet: nameOf(replicaSet),
      hash: hashOf(replicaSet),
      revision: revisionOf(replicaSet),
      images: imagesOf(replicaSet.spec?.template),
      template: replicaSet.spec?.template,
      cause: told(replicaSet, before) ?? derived(replicaSet, before),
      author: authorAt(deployment, began, begins),
      began,
      ...(current ? present(deployment, began) : { took, outcome }),
      ...recorded(
        episodes.findLast(({ template }) => sameTemplate(template, replicaSet.spec?.template)),
      ),
      current,
    }
  })
}

/** What is recorded counts more than what follows from events. */
function recorded(episode: Episode | undefined): Partial<Entry> {
  if (!episode) return {}
  const { by, began, took, outcome } = episode
  return { ...(by && { by }), began, ...(outcome && { took, outcome }) }
}

/** What was rolled out before it, also where that has another number since because it was gone back to. */
function predecessor(replicaSet: ReplicaSet, own: readonly ReplicaSet[]): ReplicaSet | undefined {
  const mine = revisionOf(replicaSet)
  const earlier = own.flatMap((each) =>
    [revisionOf(each), ...formerRevisions(each)]
      .filter((revision) => revision < mine)
      .map((revision) => ({ revision, replicaSet: each })),
  )
  return earlier.sort((a, b) => b.revision - a.revision)[0]?.replicaSet
}

const formerRevisions = ({ metadata }: ReplicaSet): number[] =>
  (metadata.annotations?.[historyAnnotation] ?? '').split(',').filter(Boolean).map(Number)

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
