/** `pods/log`: what a container writes, as it comes from its node; over WebSocket for who asks for that. */

import type { IncomingMessage } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import { passOn } from '../http/pass-on.ts'
import type { SubresourceHandler, SubresourceRequest } from '../http/subresource-handler.ts'
import { acceptWebSocket } from '../http/web-socket.ts'
import { checkLogOptions } from './log-options.ts'
import type { NodeClient } from './node-client.ts'
import { containerOf, containerPlace, nodeOf, podOf } from './pod-places.ts'

export function podLogs(nodes: NodeClient): SubresourceHandler {
  return {
    webSocketOnly: true,
    async serve(exchange, request) {
      const source = await open(nodes, request, exchange.signal)
      const output = exchange.open(200, { 'Content-Type': 'text/plain' })
      if (source) await passOn(source, output)
      else output.end()
    },
    async upgrade(connection, request) {
      const controller = new AbortController()
      const source = await open(nodes, request, controller.signal)
      try {
        await send(acceptWebSocket(sockets, connection), source)
      } finally {
        controller.abort()
      }
    },
  }
}

/** Nothing where the pod has no node yet. */
async function open(
  nodes: NodeClient,
  request: SubresourceRequest,
  signal: AbortSignal,
): Promise<IncomingMessage | undefined> {
  checkLogOptions(request)
  const pod = await podOf(request)
  const container = containerOf(pod, request.query)
  if (!pod.spec?.nodeName) return undefined
  const query = new URLSearchParams(request.query)
  query.delete('container')
  const path = containerPlace('containerLogs', pod, container)
  return nodes.get(await nodeOf(pod, request), `${path}?${query}`, signal)
}

const sockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  maxPayload: 1024,
  handleProtocols: (offered) =>
    ['binary.k8s.io', 'base64.binary.k8s.io'].find((protocol) => offered.has(protocol)) ?? false,
})

/** Message by message, each when the one before is out, until either side ends. */
async function send(client: WebSocket, source: IncomingMessage | undefined): Promise<void> {
  const encoding = client.protocol.startsWith('base64') ? 'base64' : undefined
  client.on('error', () => client.terminate())
  client.on('close', () => source?.destroy())
  try {
    for await (const chunk of (source ?? []) as AsyncIterable<Buffer>)
      await new Promise((sent) =>
        client.send(encoding ? chunk.toString(encoding) : chunk, { binary: !encoding }, sent),
      )
    client.close(1000)
  } catch {
    // One of the two has broken off: nobody shall take what was sent for all there is.
    client.terminate()
  }
}
