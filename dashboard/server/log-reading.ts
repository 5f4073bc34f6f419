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
import { type LogLine, logLines } from './views/log.ts'

/** Lines up to the moment that is looked at; of the first container where none is named. */
export async function logView(
  desk: Desk,
  follower: Follower,
  question: Question,
): Promise<LogView> {
  const { namespace, timeline } = follower
  const name = question.needed('pod')
  const uid = question.needed('uid')
  const moment = momentIn(follower, question) ?? follower.head
  const version = timeline.at(moment.revision)?.version('Pod', { namespace, name })
  const pod = version?.object as Pod | undefined
  const containers = containersOf(pod)
  const container = question.given('container') ?? pod?.spec?.containers[0]?.name ?? ''
  const known = [...timeline.logs.of(uid)].filter((log) => log.container === container)
  const until = question.given('revision') ?? question.given('time')
  const end = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(moment.at)
  if (!desk.isLive) return { lines: recorded(known, end), containers, ...missing(known) }
  const now = timeline.at(follower.head.revision)?.find('Pod', { namespace, name })
  const where = { namespace, pod: name, uid, container }
  try {
    const lines = await linesOf(desk, where, { isThere: now?.metadata.uid === uid, end })
    return { lines, containers }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const lines = recorded(known, end)
    return { lines, containers, ...(lines.length === 0 && { missing: error.message }) }
  }
}

/** Tiphys keeps what all runs of a container wrote, also of pods that are gone; elsewhere it is gone with them. */
async function linesOf(
  desk: Desk,
  where: PodContainer,
  { isThere, end }: { isThere: boolean; end: number },
): Promise<LogLine[]> {
  const { gateway, past } = desk.live()
  let refusal = new ApiError(404, 'NotFound', `pod "${where.pod}" is gone, and its log with it`)
  if (await past.edge())
    try {
      return await gateway.keptLog(where, end)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      refusal = error
    }
  if (!isThere) throw refusal
  return logLines(await gateway.liveLog(where), end)
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
