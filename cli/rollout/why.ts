/**
 * `tiphys why`: why a Deployment is where it is, why a pod exists or died, and of any object who wrote it on whose account.
 * A Tiphys server tells it from its records; elsewhere it follows from owners, managed fields and events, and is marked so.
 */

import { Deployment } from '../../controllers/framework/index.ts'
import { historyOf } from '../../rollouts/history.ts'
import { foresee } from '../../rollouts/room.ts'
import type { Context } from '../context.ts'
import { inferredNote, lineageLines } from './chain.ts'
import { write } from './diff.ts'
import { eventsOf, readNodes, readSets } from './family.ts'
import { progressNow } from './glance.ts'
import { type Line, line } from './line.ts'
import { ancestryLines } from './lineage.ts'
import { type Look, type LookFlags, withLook } from './look.ts'
import { objectNamed } from './target.ts'
import { whyObject } from './why-object.ts'
import { whyPod } from './why-pod.ts'
import { explanationLines } from './words.ts'

export function why(context: Context, words: string, flags: LookFlags): Promise<number> {
  const { word, name } = objectNamed(words)
  return withLook(context, flags, async (look) => {
    write(context, [...look.lead, ...(await linesOf(look, word, name))])
    return 0
  })
}

async function linesOf(look: Look, word: string, name: string): Promise<Line[]> {
  const { cluster, namespace } = look
  if (word === 'deployment' && (await cluster.get(Deployment, { namespace, name })))
    return whyDeployment(look, name)
  if (word === 'pod') return whyPod(look, name)
  return whyObject(look, word, name)
}

async function whyDeployment(look: Look, name: string): Promise<Line[]> {
  const { deployment, replicaSets } = await readSets(look, name)
  const { explanation } = await progressNow(look, name)
  const forecast = foresee(deployment, deployment.spec?.template, await readNodes(look))
  return [
    ...explanationLines(explanation),
    line(''),
    ...(await templateLines(look, { deployment, replicaSets })),
    ...(forecast && forecast.fits !== true && explanation.code !== 'unschedulable'
      ? [line(''), line(`The next rollout: ${forecast.message}`, 'warning')]
      : []),
  ]
}

type Sets = Awaited<ReturnType<typeof readSets>>

/** Who wrote the template that is rolled out, and why. */
async function templateLines(look: Look, sets: Sets): Promise<Line[]> {
  const { now } = look
  const { name = '', uid } = sets.deployment.metadata
  const subject = { resource: 'deployments', group: 'apps', namespace: look.namespace, name }
  const told = await lineageLines(look, subject, { now, path: 'spec.template' })
  if (told) return told
  const events = await eventsOf(look, { kind: 'Deployment', name, uid })
  const [entry] = historyOf({ ...sets, events }).filter(({ current }) => current)
  return [...ancestryLines({ deployment: sets.deployment, entry, now }), inferredNote]
}
