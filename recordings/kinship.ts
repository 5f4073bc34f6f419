/** All that ever belonged to a Deployment, as far as it is kept: its own versions, its ReplicaSets, their pods. Pure. */

import { controllerOf } from '../api/owner.ts'
import type { Deployment, Pod, ReplicaSet } from '../api/types.ts'
import type { WriteRecord } from '../api/write-record.ts'
import type { ObjectHistory, Version } from './object-history.ts'
import type { Timeline } from './timeline.ts'
import type { Name } from './view.ts'

/** One step in the life of an object; one that came and went under the name of another has its own. */
export interface Change<T> {
  revision: number
  /** Absent: it came. */
  before: T | undefined
  /** Absent: it went. */
  after: T | undefined
  by: WriteRecord | undefined
  /** It was there already where what is kept begins. */
  base: boolean
}

/** A ReplicaSet of whatever time with all pods that it ever had. */
export interface Branch {
  uid: string
  replicaSet: Change<ReplicaSet>[]
  pods: Change<Pod>[][]
}

export interface Kinship {
  deployment: Change<Deployment>[]
  branches: Branch[]
}

export function kinshipOf(timeline: Timeline, { namespace, name }: Name): Kinship {
  const edge = timeline.edge?.revision ?? 0
  const history = timeline.historyOf({ kind: 'Deployment', namespace, name })
  const deployment = history ? changesIn<Deployment>(history, edge).flat() : []
  const branches = [...uidsIn(deployment)].flatMap((owner) =>
    livesOwnedBy<ReplicaSet>(timeline, 'ReplicaSet', owner).map((replicaSet): Branch => {
      const [uid = ''] = uidsIn(replicaSet)
      return { uid, replicaSet, pods: livesOwnedBy<Pod>(timeline, 'Pod', uid) }
    }),
  )
  return { deployment, branches }
}

/** The lives of all objects of a kind that an owner controls or controlled, each in the order of its changes. */
export function livesOwnedBy<T extends Owned>(
  timeline: Timeline,
  kind: string,
  owner: string,
): Change<T>[][] {
  const edge = timeline.edge?.revision ?? 0
  return [...timeline.ownedBy(owner)]
    .filter(({ place }) => place.kind === kind)
    .flatMap((history) => changesIn<T>(history, edge))
    .filter((life) => life.some(({ after }) => after && controllerOf(after)?.uid === owner))
}

type Owned = Pick<Pod, 'metadata'>

/** One list for each uid that stood at that place. */
export function changesIn<T extends Owned>(history: ObjectHistory, edge: number): Change<T>[][] {
  const lives: Change<T>[][] = []
  let last: Version | undefined
  for (const version of history.all()) {
    const object = version.object as unknown as T
    const same = last && !last.gone && last.object.metadata.uid === object.metadata.uid
    const before = same ? (last?.object as unknown as T) : undefined
    const { revision, by } = version
    const base = !same && revision <= edge
    if (!same && last && !last.gone)
      lives.at(-1)?.push({ revision, before: last.object as unknown as T, ...gone })
    if (version.gone) {
      // That it went is known of one whose last version is forgotten, too.
      if (before) lives.at(-1)?.push({ revision, before, ...gone, by })
    } else if (same) lives.at(-1)?.push({ revision, before, after: object, by, base })
    else lives.push([{ revision, before, after: object, by, base }])
    last = version
  }
  return lives
}

const gone = { after: undefined, by: undefined, base: false }

export const uidsIn = <T extends Owned>(changes: readonly Change<T>[]): Set<string> =>
  new Set(changes.flatMap(({ after }) => after?.metadata.uid ?? []))
