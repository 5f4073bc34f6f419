/** Why a pod exists and does not run, or why it died: of one that is gone for as long as anything is kept of it. */

import type { Lineage } from '../../api/lineage.ts'
import type {
  Deployment as DeploymentObject,
  Event as EventObject,
  Pod as PodObject,
  ReplicaSet as ReplicaSetObject,
} from '../../api/types.ts'
import { controllerOf, Deployment, Pod, ReplicaSet } from '../../controllers/framework/index.ts'
import { chainOf } from '../../rollouts/chain.ts'
import { historyOf } from '../../rollouts/history.ts'
import { CommandError } from '../context.ts'
import { chainLines, inferredNote, leavingLines } from './chain.ts'
import { eventsOf, readSets } from './family.ts'
import { inquire } from './inquiry.ts'
import { type Line, line } from './line.ts'
import { type Ancestry, ancestryLines, eventLines, lifeLines, standingLines } from './lineage.ts'
import { type Look, readingAt } from './look.ts'

export async function whyPod(look: Look, name: string): Promise<Line[]> {
  const { cluster, namespace, past, now } = look
  const pod = await cluster.get(Pod, { namespace, name })
  if (!pod) return gonePod(look, name)
  const lineage = await past.why(subjectOf(look, name))
  return [
    ...lifeLines(pod, { ...(await inquire(look, pod)), now }),
    line(''),
    ...(await leavingLines(look, subjectOf(look, name), { now, object: pod })),
    ...(lineage
      ? chainLines(chainOf(lineage, now))
      : [...ancestryLines({ ...(await ancestryOf(look, pod)), pod, now }), inferredNote]),
  ]
}

const subjectOf = ({ namespace }: Look, name: string) => ({
  resource: 'pods',
  group: '',
  namespace,
  name,
})

/** The chain of owners, with what was told when they acted. */
async function ancestryOf(
  look: Look,
  pod: PodObject,
): Promise<Pick<Ancestry, 'replicaSet' | 'deployment' | 'entry' | 'owner' | 'created'>> {
  const { cluster, namespace } = look
  const owner = controllerOf(pod)
  if (!owner) return {}
  if (owner.kind !== 'ReplicaSet') return { owner }
  const replicaSet = await cluster.get(ReplicaSet, { namespace, name: owner.name })
  const { name, uid } = owner
  const told = await eventsOf(look, { kind: 'ReplicaSet', name, uid })
  const created = told.find(({ message = '' }) => message.includes(pod.metadata.name ?? ''))
  const top = replicaSet && controllerOf(replicaSet)
  if (!replicaSet || top?.kind !== 'Deployment')
    return { owner, ...(replicaSet ? { replicaSet } : {}), ...(created ? { created } : {}) }
  return {
    owner,
    replicaSet,
    ...(created ? { created } : {}),
    ...(await topOf(look, top.name, replicaSet)),
  }
}

async function topOf(
  look: Look,
  name: string,
  { metadata }: ReplicaSetObject,
): Promise<Pick<Ancestry, 'deployment' | 'entry'>> {
  const { cluster, namespace } = look
  const deployment: DeploymentObject | undefined = await cluster.get(Deployment, {
    namespace,
    name,
  })
  if (!deployment) return {}
  const { replicaSets } = await readSets(look, name)
  const { uid } = deployment.metadata
  const events = await eventsOf(look, { kind: 'Deployment', name, uid })
  const entries = historyOf({ deployment, replicaSets, events })
  const entry = entries.find(({ replicaSet }) => replicaSet === metadata.name)
  return { deployment, ...(entry ? { entry } : {}) }
}

/** How it was last, who ended it, and where it came from; without history what was told in events is all that is left. */
async function gonePod(look: Look, name: string): Promise<Line[]> {
  const { now } = look
  const events = await toldOf(look, name)
  const death = await look.past.why(subjectOf(look, name))
  if (!death && events.length === 0)
    throw new CommandError(
      `there is no pod "${name}" in namespace "${look.namespace}", and nothing is told of one`,
      [`kubectl get pods -n ${look.namespace}`],
    )
  return [
    line(`Pod "${name}" is gone.`, 'strong'),
    ...(death ? await lastLines(look, name, death) : []),
    ...eventLines({ events, now }),
    ...(death ? [line(''), ...chainLines(chainOf(death, now))] : []),
    ...(death ? await birthLines(look, name, death) : []),
  ]
}

/** Right before somebody wanted it gone; `undefined` where that is kept no longer. */
function revisionBefore({ links: [death], edge }: Lineage): number | undefined {
  const revision = Number(death?.object.resourceVersion) - 1
  return death?.type === 'deleted' && revision >= edge.revision ? revision : undefined
}

/** How the pod was last, with what it wrote. */
async function lastLines(look: Look, name: string, death: Lineage): Promise<Line[]> {
  const revision = revisionBefore(death)
  if (revision === undefined) return []
  const now = Date.parse(death.links[0]?.record?.at ?? '') || look.now
  const then = readingAt(look, revision, now)
  const pod = await then.cluster.get(Pod, { namespace: look.namespace, name })
  if (!pod) return []
  return [
    line('As it was last:', 'faint'),
    ...standingLines(pod, { ...(await inquire(then, pod)), now }),
  ]
}

/** Why it had been made. */
async function birthLines(look: Look, name: string, death: Lineage): Promise<Line[]> {
  const revision = revisionBefore(death)
  if (revision === undefined) return []
  // What a pod is made of stays: the last write of it is its creation.
  const path = 'spec.containers'
  const birth = await look.past.why(subjectOf(look, name), { revision, path })
  return birth ? [line(''), ...chainLines(chainOf(birth, look.now))] : []
}

async function toldOf(look: Look, name: string): Promise<EventObject[]> {
  const about = await eventsOf(look, { kind: 'Pod', name })
  const owner = /^(.+)-[a-z0-9]+$/.exec(name)?.[1] ?? name
  const others = await eventsOf(look, { kind: 'ReplicaSet', name: owner })
  return [...about, ...others.filter(({ message = '' }) => message.includes(name))]
}
