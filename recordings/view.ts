/** What was at one moment of a timeline. Objects are shared with it: they must not be changed. */

import type { KubernetesObject } from '../api/object.ts'
import type { Deployment, Event, Pod, ReplicaSet } from '../api/types.ts'
import type { LogTail, Snapshot } from '../rollouts/snapshot.ts'
import { inOrder, type ObjectHistory, type Version } from './object-history.ts'
import type { Moment } from './recording.ts'
import type { Timeline } from './timeline.ts'

/** The kinds that rollouts are told by; others are `KubernetesObject`. */
interface Kinds {
  Deployment: Deployment
  ReplicaSet: ReplicaSet
  Pod: Pod
  Event: Event
}

type ObjectOfKind<K extends string> = K extends keyof Kinds ? Kinds[K] : KubernetesObject

export interface Name {
  namespace: string
  name: string
}

export class View {
  readonly #timeline: Timeline
  readonly moment: Moment
  /** Milliseconds since the epoch: what its clocks show. */
  readonly now: number

  constructor(timeline: Timeline, moment: Moment, now: number) {
    this.#timeline = timeline
    this.moment = moment
    this.now = now
  }

  /** @param kind `Pod`, `Deployment`; `Job.batch` of other groups than the core one and `apps` */
  find<K extends string>(kind: K, { namespace, name }: Name): ObjectOfKind<K> | undefined {
    const version = this.version(kind, { namespace, name })
    return version && !version.gone ? (version.object as unknown as ObjectOfKind<K>) : undefined
  }

  /** With who wrote it; also of one that is gone. */
  version(kind: string, { namespace, name }: Name): Version | undefined {
    return this.#timeline.historyOf({ kind, namespace, name })?.at(this.moment.revision)
  }

  /** By namespace and name. @param namespace all of them without it */
  list<K extends string>(kind: K, namespace?: string): ObjectOfKind<K>[] {
    const there = this.#there<ObjectOfKind<K>>(this.#timeline.histories(kind))
    return namespace === undefined
      ? there
      : there.filter(({ metadata }) => (metadata.namespace ?? '') === namespace)
  }

  /** All that is told of one rollout; `undefined` where there is no such Deployment. */
  snapshotOf(name: Name): Snapshot | undefined {
    const deployment = this.find('Deployment', name)
    if (!deployment) return undefined
    const replicaSets = this.owned('ReplicaSet', deployment)
    const pods = replicaSets.flatMap((replicaSet) => this.owned('Pod', replicaSet))
    const family = [deployment, ...replicaSets, ...pods]
    return {
      deployment,
      replicaSets,
      pods,
      events: family.flatMap((object) => this.events(object)),
      logs: pods.flatMap((pod) => this.logs(pod)),
      now: this.now,
    }
  }

  /** What an object owns, by name. */
  owned<K extends string>(kind: K, owner: Owner): ObjectOfKind<K>[] {
    const { uid } = owner.metadata
    const histories = [...this.#timeline.ownedBy(uid)].filter(({ place }) => place.kind === kind)
    return this.#there<ObjectOfKind<K>>(inOrder(histories)).filter(({ metadata }) =>
      metadata.ownerReferences?.some((reference) => reference.uid === uid),
    )
  }

  /** Events about an object, in the order in which they were written. */
  events({ metadata: { uid } }: Owner): Event[] {
    const order = ({ metadata }: Event) => Number(metadata.resourceVersion) || 0
    return this.#there<Event>(this.#timeline.toldOf(uid)).sort((a, b) => order(a) - order(b))
  }

  /** What the containers of a pod wrote before they ended. */
  logs({ metadata: { uid = '' } }: Owner): LogTail[] {
    return this.#timeline.logs.tails(uid, this.now)
  }

  #there<T>(histories: Iterable<ObjectHistory>): T[] {
    const found: T[] = []
    for (const history of histories) {
      const version = history.at(this.moment.revision)
      if (version && !version.gone) found.push(version.object as unknown as T)
    }
    return found
  }
}

type Owner = Pick<KubernetesObject, 'metadata'>
