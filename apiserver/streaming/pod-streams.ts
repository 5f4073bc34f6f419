/**
 * `pods/exec`, `pods/attach` and `pods/portforward`: checks what only the API server knows (the pod, its containers, its
 * node), then passes bytes between the client and that node. It understands no stream protocol.
 */

import type { IncomingHttpHeaders } from 'node:http'
import { joinConnections } from '../../ports/join-connections.ts'
import { protocolsWithoutToken } from '../auth/bearer-token.ts'
import { headSent } from '../http/raw-answer.ts'
import { badRequest } from '../http/status.ts'
import type {
  SubresourceHandler,
  SubresourceHandlers,
  SubresourceRequest,
  Upgrade,
} from '../http/subresource-handler.ts'

import type { NodeClient } from './node-client.ts'
import { podLogs } from './pod-logs.ts'
import { containerOf, containerPlace, nodeOf, podOf } from './pod-places.ts'

type Stream = 'exec' | 'attach' | 'portforward'

/** The handlers of everything that streams from a pod. */
export function podStreams(nodes: NodeClient): SubresourceHandlers {
  const stream = (what: Stream): SubresourceHandler => ({
    async serve() {
      throw badRequest('Upgrade request required')
    },
    upgrade: (connection, request) => forward(nodes, what, connection, request),
  })
  return new Map<string, SubresourceHandler>([
    ['pods/log', podLogs(nodes)],
    ['pods/exec', stream('exec')],
    ['pods/attach', stream('attach')],
    ['pods/portforward', stream('portforward')],
  ])
}

async function forward(
  nodes: NodeClient,
  what: Stream,
  { request, socket, head }: Upgrade,
  asked: SubresourceRequest,
): Promise<void> {
  const pod = await podOf(asked)
  const { namespace, name } = pod.metadata
  if (!pod.spec?.nodeName) throw badRequest(`pod ${name} does not have a host assigned`)
  const query = new URLSearchParams(asked.query)
  query.delete('container')
  const path =
    what === 'portforward'
      ? `/portForward/${namespace}/${name}`
      : containerPlace(what, pod, containerOf(pod, asked.query))
  const node = await nodeOf(pod, asked)
  const upgraded = await nodes.upgrade(
    node,
    `${path}?${query}`,
    request.method ?? 'GET',
    forwarded(request.headers),
  )
  socket.write(headSent(upgraded.response))
  if (upgraded.head.length > 0) socket.write(upgraded.head)
  if (head.length > 0) upgraded.socket.write(head)
  await joinConnections(socket, upgraded.socket)
}

/** What the node must see of the handshake; who asks and with which credentials is not its business. */
function forwarded(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const kept = [
    'connection',
    'upgrade',
    'sec-websocket-key',
    'sec-websocket-version',
    'x-stream-protocol-version',
  ]
  const copy: Record<string, string | string[]> = {}
  for (const name of kept) {
    const value = headers[name]
    if (value !== undefined) copy[name] = value
  }
  const protocols = protocolsWithoutToken(headers['sec-websocket-protocol'] ?? '')
  if (protocols.length > 0) copy['sec-websocket-protocol'] = protocols.join(', ')
  return copy
}
