/** `GET /api/stream`: a tab begins to look. */

import { ApiError, Namespace } from '../../controllers/framework/index.ts'
import type { Hello } from '../protocol.ts'
import type { Desk } from './desk.ts'
import { openEventStream } from './event-stream.ts'
import type { Follower } from './follower.ts'
import { apiHeaders, type Question } from './http-server.ts'
import { Refusal } from './refusal.ts'
import { Viewer } from './viewer.ts'

/** Tabs that look at once. */
const most = 64
/** Namespaces that are named. */
const mostNamespaces = 500

const open = new WeakMap<Desk, { count: number }>()

export function openStream(desk: Desk, { needed, given, headers, response }: Question): undefined {
  const streams = open.get(desk) ?? { count: 0 }
  open.set(desk, streams)
  if (streams.count >= most)
    throw new Refusal(503, `${most} tabs look already`, 'close another tab')
  const namespace = needed('namespace')
  const last = Number(headers['last-event-id'])
  const { follower, release } = desk.followers.lease(namespace)
  streams.count++
  const stream = openEventStream(response, desk.clock, apiHeaders, {
    drained: () => viewer.drained(),
    closed() {
      streams.count--
      viewer.close()
      release()
    },
  })
  // Asked for while the namespace is read.
  let namespaces: Promise<string[]> | undefined = desk.isLive
    ? namespacesOf(desk, namespace)
    : undefined
  const viewer = new Viewer({
    clock: desk.clock,
    follower,
    deployment: given('deployment'),
    after: Number.isSafeInteger(last) && last > 0 ? last : undefined,
    stream,
    hello() {
      const known = namespaces
      namespaces = undefined
      return helloOf(desk, follower, known)
    },
    attend(name) {
      if (desk.isLive) desk.live().attendance.attend(follower, name).catch(desk.report)
    },
    report: desk.report,
  })
}

async function helloOf(
  desk: Desk,
  follower: Follower,
  known: Promise<string[]> | undefined,
): Promise<Hello> {
  const { edge, namespace, timeline } = follower
  if (!desk.isLive) {
    const { server = '', namespace: of = namespace } = timeline.header ?? {}
    const recording = desk.file ?? ''
    return { server, context: '', namespaces: [of], edge, recording, causes: false }
  }
  const edgeOf = () =>
    desk
      .live()
      .past.edge()
      .catch((error: unknown) => desk.report(error))
  const [namespaces, kept] = await Promise.all([known ?? namespacesOf(desk, namespace), edgeOf()])
  const server = timeline.header?.server ?? ''
  return { server, context: desk.context, namespaces, edge, causes: Boolean(kept) }
}

/** Where they may not be read, the one that is looked at. */
async function namespacesOf(desk: Desk, namespace: string): Promise<string[]> {
  try {
    const { items } = await desk.live().cluster.list(Namespace, { limit: mostNamespaces })
    const names = items.map(({ metadata }) => metadata.name ?? '')
    return names.includes(namespace) ? names : [...names, namespace]
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 403) desk.report(error)
    return [namespace]
  }
}
