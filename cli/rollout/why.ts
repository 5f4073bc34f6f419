/**
 * `tiphys why`: why a Deployment is where it is, or why a pod exists, who made it and why it does not run. What follows
 * from events and managed fields is marked as inferred: the server keeps no record of causes.
 */

import type {
  Deployment as DeploymentObject,
  Event as EventObject,
  Pod as PodObject,
  ReplicaSet as ReplicaSetObject,
} from '../../api/types.ts'
import { controllerOf, Deployment, Pod, ReplicaSet } from '../../controllers/framework/index.ts'
import { historyOf } from '../../rollouts/history.ts'
import { progressOf } from '../../rollouts/progress.ts'
import { foresee } from '../../rollouts/room.ts'
import { CommandError, type Context } from '../context.ts'
import { write } from './diff.ts'
import { eventsOf, readNodes, readPods, readSets } from './family.ts'
import { inquire } from './inquiry.ts'
import { type Line, line } from './line.ts'
import { type Ancestry, ancestryLines, lifeLines } from './lineage.ts'
import { type PlaceFlags, type Session, withSession } from './session.ts'
import { targetOf } from './target.ts'
import { explanationLines } from './words.ts'

export function why(context: Context, words: string, flags: PlaceFlags): Promise<number> {
  const { kind, name } = targetOf(words)
  return withSession(context, flags, async (session) => {
    const lines =
      kind === 'deployment'
        ? await whyDeployment(context, session, name)
        : await whyPod(context, session, name)
    write(context, lines)
    return 0
  })
}

async function whyDeployment(context: Context, session: Session, name: string): Promise<Line[]> {
  const { deployment, replicaSets } = await readSets(session, name)
  const pods = await readPods(session, deployment)
  const now = context.clock.now()
  const snapshot = { deployment, replicaSets, pods, now }
  const first = progressOf(snapshot)
  const blamed = pods.find(
    ({ metadata }) => `pod/${metadata.name}` === first.explanation.because[0]?.object,
  )
  const told = blamed ? await inquire(session, blamed) : {}
  const { explanation } = progressOf({ ...snapshot, ...told })
  const { uid } = deployment.metadata
  const events = await eventsOf(session, { kind: 'Deployment', name, uid })
  const [entry] = historyOf({ deployment, replicaSets, events }).filter(({ current }) => current)
  const forecast = foresee(deployment, deployment.spec?.template, await readNodes(session))
  return [
    ...explanationLines(explanation),
    line(''),
    ...ancestryLines({ deployment, entry, now }),
    ...(forecast && forecast.fits !== true && explanation.code !== 'unschedulable'
      ? [line(''), line(`The next rollout: ${forecast.message}`, 'warning')]
      : []),
  ]
}

async function whyPod(context: Context, session: Session, name: string): Promise<Line[]> {
  const { cluster, namespace } = session
  const now = context.clock.now()
  const pod = await cluster.get(Pod, { namespace, name })
  if (!pod) return goneLines(session, name, now)
  const { events, logs } = await inquire(session, pod)
  const ancestry = await ancestryOf(session, pod)
  return [
    ...lifeLines(pod, { events, logs, now }),
    line(''),
    ...ancestryLines({ ...ancestry, pod, now }),
  ]
}

/** The chain of owners, with what was told when they acted. */
async function ancestryOf(
  session: Session,
  pod: PodObject,
): Promise<Pick<Ancestry, 'replicaSet' | 'deployment' | 'entry' | 'owner' | 'created'>> {
  const { cluster, namespace } = session
  const owner = controllerOf(pod)
  if (!owner) return {}
  if (owner.kind !== 'ReplicaSet') return { owner }
  const replicaSet = await cluster.get(ReplicaSet, { namespace, name: owner.name })
  const { name, uid } = owner
  const told = await eventsOf(session, { kind: 'ReplicaSet', name, uid })
  const created = told.find(({ message = '' }) => message.includes(pod.metadata.name ?? ''))
  const top = replicaSet && controllerOf(replicaSet)
  if (!replicaSet || top?.kind !== 'Deployment')
    return { owner, ...(replicaSet ? { replicaSet } : {}), ...(created ? { created } : {}) }
  return {
    owner,
    replicaSet,
    ...(created ? { created } : {}),
    ...(await topOf(session, top.name, replicaSet)),
  }
}

async function topOf(
  session: Session,
  name: string,
  { metadata }: ReplicaSetObject,
): Promise<Pick<Ancestry, 'deployment' | 'entry'>> {
  const { cluster, namespace } = session
  const deployment: DeploymentObject | undefined = await cluster.get(Deployment, {
    namespace,
    name,
  })
  if (!deployment) return {}
  const { replicaSets } = await readSets(session, name)
  const { uid } = deployment.metadata
  const events = await eventsOf(session, { kind: 'Deployment', name, uid })
  const entries = historyOf({ deployment, replicaSets, events })
  const entry = entries.find(({ replicaSet }) => replicaSet === metadata.name)
  return { deployment, ...(entry ? { entry } : {}) }
}

/** All that is left of it is what was told. */
async function goneLines(session: Session, name: string, now: number): Promise<Line[]> {
  const about = await eventsOf(session, { kind: 'Pod', name })
  const owner = /^(.+)-[a-z0-9]+$/.exec(name)?.[1] ?? name
  const others: EventObject[] = await eventsOf(session, { kind: 'ReplicaSet', name: owner })
  const told = [...about, ...others.filter(({ message = '' }) => message.includes(name))]
  if (told.length === 0)
    throw new CommandError(
      `there is no pod "${name}" in namespace "${session.namespace}", and nothing is told of one`,
      [`kubectl get pods -n ${session.namespace}`],
    )
  return [
    line(`Pod "${name}" is gone.`, 'strong'),
    ...lifeLines({ metadata: { name } }, { events: told, logs: [], now }),
  ]
}
