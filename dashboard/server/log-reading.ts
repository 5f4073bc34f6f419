/** `GET /api/log`: what a container wrote, from whoever still has it. */

import type { Pod } from '../../api/types.ts'
import { ApiError } from '../../controllers/framework/index.ts'
import type { Log } from '../../recordings/recording.ts'
import type { LogView } from '../protocol.ts'
import { momentIn } from './api.ts'
import type { Desk } from './desk.ts'
import type { Follower } from './follower.ts'
import type { PodContainer } from './gateway.ts'
import type { Question } from './http-server.ts'
import { logLines } from './views/log.ts'

/** Lines up to the moment that is looked at. */
export async function logView(
  desk: Desk,
  follower: Follower,
  question: Question,
): Promise<LogView> {
  const { namespace, timeline } = follower
  const name = question.needed('pod')
  const uid = question.needed('uid')
  const container = question.needed('container')
  const moment = momentIn(follower, question) ?? follower.head
  const version = timeline.at(moment.revision)?.version('Pod', { namespace, name })
  const containers = containersOf(version?.object as Pod | undefined)
  const known = [...timeline.logs.of(uid)].filter((log) => log.container === container)
  const until = question.given('revision') ?? question.given('time')
  const end = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(moment.at)
  if (!desk.isLive) return { lines: recorded(known, end), containers, ...missing(known) }
  const now = timeline.at(follower.head.revision)?.find('Pod', { namespace, name })
  const where = { namespace, pod: name, uid, container }
  try {
    const text = await textOf(desk, where, now?.metadata.uid === uid)
    return { lines: logLines(text, end), containers }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const lines = recorded(known, end)
    return { lines, containers, ...(lines.length === 0 && { missing: error.message }) }
  }
}

/** Tiphys keeps logs of pods that are gone; elsewhere they are gone with the pod. */
async function textOf(desk: Desk, where: PodContainer, isThere: boolean): Promise<string> {
  const { gateway, past } = desk.live()
  if (isThere) return gateway.liveLog(where)
  if (await past.edge()) return gateway.keptLog(where)
  throw new ApiError(404, 'NotFound', `pod "${where.pod}" is gone, and its log with it`)
}

function containersOf(pod: Pod | undefined): string[] {
  const { initContainers = [], containers = [] } = pod?.spec ?? {}
  return [...initContainers, ...containers].map(({ name }) => name)
}

/** What a recording has: the end of each run. */
const recorded = (logs: readonly Log[], end: number): LogView['lines'] =>
  logs
    .filter(({ at }) => !(Date.parse(at) > end))
    .flatMap(({ at, lines }) => lines.map((text) => ({ at, text })))

const missing = (logs: readonly Log[]): { missing?: string } =>
  logs.length > 0
    ? {}
    : { missing: 'the recording has no log of it: it has those of containers that ended' }
