/** What the page may ask, by path: see `dashboard/protocol.ts`. */

import { courseOf } from '../../recordings/course.ts'
import { marksOf } from '../../recordings/marks.ts'
import type { Moment } from '../../recordings/recording.ts'
import { laneAt } from '../../recordings/slots.ts'
import type { TimelineView } from '../protocol.ts'
import type { Desk } from './desk.ts'
import type { Follower } from './follower.ts'
import type { Question, Route, Routes } from './http-server.ts'
import { logView } from './log-reading.ts'
import { recordingFile } from './recording-file.ts'
import { Refusal } from './refusal.ts'
import { openStream } from './stream.ts'
import { diffView, eventsView, yamlOf } from './views/details.ts'
import { type Look, past, present } from './views/look.ts'
import { drawn, listRow, rolloutView } from './views/rollout.ts'
import { whyView } from './views/why.ts'

export function routesOf(desk: Desk): Routes {
  const json =
    (answer: (question: Question, follower: Follower) => object | Promise<object>) =>
    (question: Question) =>
      desk.with(question.needed('namespace'), async (follower) => ({
        json: await answer(question, follower),
      }))
  return new Map<string, Route>([
    ['GET /api/stream', (question) => openStream(desk, question)],
    ['GET /api/at', json((question, follower) => rolloutAt(desk, follower, question))],
    ['GET /api/list', json((question, follower) => listAt(follower, question))],
    ['GET /api/timeline', json((question, follower) => timelineOf(follower, question))],
    ['GET /api/why', json((question, follower) => whyAt(desk, follower, question))],
    [
      'GET /api/diff',
      json((question, follower) =>
        diffView(lookAt(desk, follower, question), question.needed('from'), question.needed('to')),
      ),
    ],
    [
      'GET /api/events',
      json((question, follower) =>
        eventsView(lookAt(desk, follower, question), question.given('pod')),
      ),
    ],
    ['GET /api/log', json((question, follower) => logView(desk, follower, question))],
    ['GET /api/yaml', json((question, follower) => yamlAt(follower, question))],
    [
      'GET /api/undo',
      async (question) => {
        const { writes } = desk.live()
        const name = {
          namespace: question.needed('namespace'),
          name: question.needed('deployment'),
        }
        return { json: await writes.plan(name, question.given('to')) }
      },
    ],
    ['POST /api/undo', (question) => undo(desk, question)],
    ['POST /api/pause', (question) => pause(desk, question, true)],
    ['POST /api/resume', (question) => pause(desk, question, false)],
    ['GET /api/recording', (question) => recordingFile(desk, question.needed('namespace'))],
  ])
}

/** The moment that is asked for; `undefined`: now. @throws Refusal 410 before the edge */
export function momentIn({ timeline, edge }: Follower, question: Question): Moment | undefined {
  const [revision, at] = [question.given('revision'), question.given('time')]
  if (revision === undefined && at === undefined) return undefined
  if (revision === undefined ? Number.isNaN(Date.parse(at ?? '')) : !/^\d{1,15}$/.test(revision))
    throw new Refusal(400, `"${revision ?? at}" is no moment`, 'revision=N, or time=RFC3339')
  const found =
    revision === undefined ? timeline.momentOf(at ?? '') : timeline.at(Number(revision))?.moment
  if (found) return found
  throw new Refusal(
    410,
    `nothing is kept of ${at ?? `revision ${revision}`}: the past begins at revision ${edge.revision}`,
    'choose a later moment',
    { edge },
  )
}

/** @throws Refusal 404 where there is, or was, no such Deployment */
function lookAt(desk: Desk, follower: Follower, question: Question): Look {
  const name = question.needed('deployment')
  const moment = momentIn(follower, question)
  const { timeline, namespace } = follower
  const look = moment
    ? past(timeline, namespace, name, moment)
    : desk.isLive
      ? present(timeline, namespace, name, desk.clock.now())
      : past(timeline, namespace, name, follower.head)
  if (look) return look
  throw new Refusal(
    404,
    `there ${moment ? 'was' : 'is'} no deployment "${name}" in namespace "${namespace}"`,
    'choose another in the list',
  )
}

function rolloutAt(desk: Desk, follower: Follower, question: Question): object {
  const look = lookAt(desk, follower, question)
  const laneOf = (uid: string) => laneAt(follower.timeline, uid, look.moment)
  return rolloutView(drawn(look), laneOf, undefined)
}

function listAt(follower: Follower, question: Question): object {
  const moment = momentIn(follower, question)
  if (!moment) return follower.board.list().view
  const view = follower.timeline.at(moment.revision)
  const rows = (view?.list('Deployment', follower.namespace) ?? []).flatMap(({ metadata }) => {
    const look = past(follower.timeline, follower.namespace, metadata.name ?? '', moment)
    return look ? [listRow(drawn(look))] : []
  })
  return { moment, rows }
}

function timelineOf(
  { timeline, namespace, edge, head }: Follower,
  question: Question,
): TimelineView {
  const name = { namespace, name: question.needed('deployment') }
  return { edge, head, marks: marksOf(timeline, name), ...courseOf(timeline, name) }
}

async function whyAt(desk: Desk, follower: Follower, question: Question): Promise<object> {
  const look = lookAt(desk, follower, question)
  const pod = question.given('pod')
  const { namespace } = follower
  const revision = look.live ? {} : { revision: look.moment.revision }
  const subject =
    pod === undefined
      ? { resource: 'deployments', group: 'apps', namespace, name: question.needed('deployment') }
      : { resource: 'pods', group: '', namespace, name: pod }
  // Of a pod that was there then: who made it so, and not what has become of it since.
  const path = pod === undefined ? 'spec.template' : look.live ? undefined : 'spec.containers'
  const options = { ...revision, ...(path && { path }) }
  if (!desk.isLive) return whyView(look, pod, [])
  const { past } = desk.live()
  const lineage = await past.why(subject, options)
  const death = lineage?.links[0]
  if (!lineage || death?.type !== 'deleted') return whyView(look, pod, lineage ? [lineage] : [])
  // What a pod is made of stays: the last write of it is its creation.
  const before = { revision: Number(death.object.resourceVersion) - 1, path: 'spec.containers' }
  const kept = before.revision >= lineage.edge.revision
  const birth = kept ? await past.why(subject, before) : undefined
  return whyView(look, pod, birth ? [lineage, birth] : [lineage])
}

const kinds = ['Deployment', 'ReplicaSet', 'Pod']

/** As it was last, where it is gone by then. */
function yamlAt(follower: Follower, question: Question): object {
  const [kind, name] = [question.needed('kind'), question.needed('name')]
  if (!kinds.includes(kind)) throw new Refusal(400, `"${kind}" is not shown`, kinds.join(', '))
  const moment = momentIn(follower, question) ?? follower.head
  const { namespace } = follower
  const version = follower.timeline.at(moment.revision)?.version(kind, { namespace, name })
  if (version) return { yaml: yamlOf(version.object) }
  throw new Refusal(404, `nothing is known of ${kind} "${name}" then`, 'choose another moment')
}

async function undo(desk: Desk, { body }: Question) {
  const { writes } = desk.live()
  const [to, version] = [text(body, 'to'), text(body, 'resourceVersion')]
  return { json: await writes.undo(nameIn(body), to, version) }
}

/** That its status has changed since it was seen is no reason to refuse. */
async function pause(desk: Desk, { body }: Question, paused: boolean) {
  const { writes } = desk.live()
  const [name, version] = [nameIn(body), text(body, 'resourceVersion')]
  await desk.with(name.namespace, (follower) =>
    writes.pause(name, paused, version, ({ metadata: { uid, generation } }) => {
      const seen = follower.timeline.at(Number(version))?.find('Deployment', name)?.metadata
      return seen !== undefined && seen.uid === uid && seen.generation === generation
    }),
  )
  return { json: {} }
}

const nameIn = (body: Question['body']) => ({
  namespace: text(body, 'namespace'),
  name: text(body, 'deployment'),
})

function text(body: Question['body'], name: string): string {
  const value = body[name]
  if (typeof value === 'string' && value !== '') return value
  throw new Refusal(400, `"${name}" is missing`, `say it in the body`)
}
