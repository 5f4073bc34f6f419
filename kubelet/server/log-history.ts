/** Serves what a container wrote over all its instances, each line with its time, also when its pod is gone. */

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Clock } from '../../ports/clock.ts'
import type { LoggedContainer, LogHistory } from '../pods/log-history.ts'
import { readLog } from './logs.ts'
import { Refusal } from './refusal.ts'
import { wholeNumber } from './routes.ts'

export async function serveLogHistory(
  { logHistory, clock }: { logHistory?: Pick<LogHistory, 'files'>; clock: Clock },
  place: LoggedContainer,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const since = timeIn(query)
  let left = wholeNumber(query, 'limitBytes') ?? Number.POSITIVE_INFINITY
  const files = (await logHistory?.files(place)) ?? []
  if (files.length === 0) throw nothingKept(place)
  const controller = new AbortController()
  response.on('close', () => controller.abort())
  response.setHeader('Content-Type', 'text/plain')
  for (const path of files) {
    const source = { path, running: async () => false, clock, signal: controller.signal }
    const options = { follow: false, timestamps: true, since, limitBytes: left }
    for await (const chunk of ifThere(readLog(source, options))) {
      left -= chunk.length
      if (!response.write(chunk))
        await Promise.race([once(response, 'drain'), once(response, 'close')])
      if (response.destroyed) return
    }
  }
  response.end()
}

const nothingKept = ({ namespace, pod, uid, container }: LoggedContainer): Refusal =>
  new Refusal(
    404,
    `nothing is kept here of what container "${container}" of pod ${namespace}/${pod} (${uid}) wrote: it wrote nothing, or that was too long ago or too much since`,
  )

function timeIn(query: URLSearchParams): number | undefined {
  const text = query.get('sinceTime')
  const since = text ? Date.parse(text) : undefined
  if (Number.isNaN(since)) throw new RangeError(`sinceTime must be RFC 3339, not "${text}"`)
  return since
}

/** A file may be forgotten between finding and reading it. */
async function* ifThere(log: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* log
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
