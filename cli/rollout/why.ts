/**
 * `tiphys why`: why a Deployment is where it is, why a pod exists or died, and of any object who wrote it on whose account.
 * A Tiphys server tells it from its records; elsewhere it follows from owners, managed fields and events, and is marked so.
 */

import { historyOf } from '../../rollouts/history.ts'
import { progressOf } from '../../rollouts/progress.ts'
import { foresee } from '../../rollouts/room.ts'
import type { Context } from '../context.ts'
import { inferredNote, lineageLines } from './chain.ts'
import { write } from './diff.ts'
import { eventsOf, readNodes, readPods, readSets } from './family.ts'
import { inquire } from './inquiry.ts'
import { type Line, line } from './line.ts'
import { ancestryLines } from './lineage.ts'
import type { PlaceFlags } from './place.ts'
import { type Session, withSession } from './session.ts'
import { objectNamed } from './target.ts'
import { whyObject } from './why-object.ts'
import { whyPod } from './why-pod.ts'
import { explanationLines } from './words.ts'

export function why(context: Context, words: string, flags: PlaceFlags): Promise<number> {
  const { word, name } = objectNamed(words)
  return withSession(context, flags, async (session) => {
    const now = context.clock.now()
    write(context, await linesOf(session, word, name, now))
    return 0
  })
}

function linesOf(session: Session, word: string, name: string, now: number): Promise<Line[]> {
  if (word === 'deployment') return whyDeployment(session, name, now)
  if (word === 'pod') return whyPod(session, name, now)
  return whyObject(session, word, name, now)
}

async function whyDeployment(session: Session, name: string, now: number): Promise<Line[]> {
  const { deployment, replicaSets } = await readSets(session, name)
  const pods = await readPods(session, deployment)
  const snapshot = { deployment, replicaSets, pods, now }
  const first = progressOf(snapshot)
  const blamed = pods.find(
    ({ metadata }) => `pod/${metadata.name}` === first.explanation.because[0]?.object,
  )
  const told = blamed ? await inquire(session, blamed) : {}
  const { explanation } = progressOf({ ...snapshot, ...told })
  const forecast = foresee(deployment, deployment.spec?.template, await readNodes(session))
  return [
    ...explanationLines(explanation),
    line(''),
    ...(await templateLines(session, { deployment, replicaSets }, now)),
    ...(forecast && forecast.fits !== true && explanation.code !== 'unschedulable'
      ? [line(''), line(`The next rollout: ${forecast.message}`, 'warning')]
      : []),
  ]
}

type Sets = Awaited<ReturnType<typeof readSets>>

/** Who wrote the template that is rolled out, and why. */
async function templateLines(session: Session, sets: Sets, now: number): Promise<Line[]> {
  const { name = '', uid } = sets.deployment.metadata
  const subject = { resource: 'deployments', group: 'apps', namespace: session.namespace, name }
  const told = await lineageLines(session, subject, { now, path: 'spec.template' })
  if (told) return told
  const events = await eventsOf(session, { kind: 'Deployment', name, uid })
  const [entry] = historyOf({ ...sets, events }).filter(({ current }) => current)
  return [...ancestryLines({ deployment: sets.deployment, entry, now }), inferredNote]
}
