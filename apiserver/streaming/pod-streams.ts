/**
 * `pods/log`, `pods/exec`, `pods/attach` and `pods/portforward`: checks what only the API server knows (the pod, its
 * containers, its node), then passes bytes between the client and that node. It understands no stream protocol.
 */

import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Node, Pod } from '../../api/types.ts'
import { protocolsWithoutToken } from '../auth/bearer-token.ts'
import { checkOrigin } from '../http/origin.ts'
import { passOn } from '../http/pass-on.ts'
import { badRequest, internalError } from '../http/status.ts'
import type {
  SubresourceHandler,
  SubresourceHandlers,
  SubresourceRequest,
  Upgrade,
} from '../http/subresource-handler.ts'
import type { NodeClient } from './node-client.ts'

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
    ['pods/log', logs(nodes)],
    ['pods/exec', stream('exec')],
    ['pods/attach', stream('attach')],
    ['pods/portforward', stream('portforward')],
  ])
}

function logs(nodes: NodeClient): SubresourceHandler {
  const open = async (request: SubresourceRequest, signal: AbortSignal) => {
    const pod = await podOf(request)
    const container = containerOf(pod, request.query)
    checkLogQuery(request.query)
    if (!pod.spec?.nodeName) return undefined
    const query = new URLSearchParams(request.query)
    query.delete('container')
    const path = place('containerLogs', pod, container)
    return nodes.get(await nodeOf(pod, request), `${path}?${query}`, signal)
  }
  return {
    async serve(exchange, request) {
      const source = await open(request, exchange.signal)
      const output = exchange.open(200, { 'Content-Type': 'text/plain' })
      if (source) await passOn(source, output)
      else output.end()
    },
    async upgrade(connection, request) {
      checkOrigin(connection.request.headers)
      const controller = new AbortController()
      const source = await open(request, controller.signal)
      const client = await accept(connection)
      client.on('close', () => controller.abort())
      client.on('error', () => controller.abort())
      const encode = client.protocol.startsWith('base64') ? 'base64' : undefined
      if (source)
        for await (const chunk of source as AsyncIterable<Buffer>)
          await new Promise((sent) =>
            client.send(encode ? chunk.toString(encode) : chunk, { binary: !encode }, sent),
          )
      client.close(1000)
    },
  }
}

const logSockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  maxPayload: 1024,
  handleProtocols: (offered) =>
    ['binary.k8s.io', 'base64.binary.k8s.io'].find((protocol) => offered.has(protocol)) ?? false,
})

function accept({ request, socket, head }: Upgrade): Promise<WebSocket> {
  return new Promise((resolve) => logSockets.handleUpgrade(request, socket, head, resolve))
}

async function forward(
  nodes: NodeClient,
  what: Stream,
  { request, socket, head }: Upgrade,
  asked: SubresourceRequest,
): Promise<void> {
  checkOrigin(request.headers)
  const pod = await podOf(asked)
  const { namespace, name } = pod.metadata
  if (!pod.spec?.nodeName) throw badRequest(`pod ${name} does not have a host assigned`)
  const query = new URLSearchParams(asked.query)
  query.delete('container')
  const path =
    what === 'portforward'
      ? `/portForward/${namespace}/${name}`
      : place(what, pod, containerOf(pod, asked.query))
  const node = await nodeOf(pod, asked)
  const upgraded = await nodes.upgrade(
    node,
    `${path}?${query}`,
    request.method ?? 'GET',
    forwarded(request.headers),
  )
  const { response } = upgraded
  const lines = response.rawHeaders
    .map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`))
    .join('')
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`)
  if (upgraded.head.length > 0) socket.write(upgraded.head)
  if (head.length > 0) upgraded.socket.write(head)
  socket.pipe(upgraded.socket)
  upgraded.socket.pipe(socket)
  for (const [one, other] of [
    [socket, upgraded.socket],
    [upgraded.socket, socket],
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
  await once(socket, 'close')
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

async function podOf({ registry, target, context }: SubresourceRequest): Promise<Pod> {
  const { resource, namespace, name } = target
  const cached = await registry.get({ resource, namespace, name }, undefined, context)
  return cached.object as unknown as Pod
}

async function nodeOf(pod: Pod, { registry, context }: SubresourceRequest): Promise<Node> {
  const resource = registry.find('', 'v1', 'nodes')
  if (!resource) throw internalError('nodes are not served')
  const name = pod.spec?.nodeName
  const cached = await registry.get({ resource, namespace: '', name }, undefined, context)
  return cached.object as unknown as Node
}

/** The container that the query names, or the pod's only one. */
function containerOf(pod: Pod, query: URLSearchParams): string {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {}
  const asked = query.get('container') ?? ''
  const names = (list: { name: string }[]) => list.map(({ name }) => name)
  if (asked === '') {
    if (containers.length === 1) return containers[0]?.name ?? ''
    const init =
      initContainers.length > 0
        ? ` or one of the init containers: [${names(initContainers).join(' ')}]`
        : ''
    throw badRequest(
      `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names(containers).join(' ')}]${init}`,
    )
  }
  if (names([...containers, ...initContainers, ...ephemeralContainers]).includes(asked))
    return asked
  throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`)
}

function place(what: string, { metadata: { namespace, name } }: Pod, container: string): string {
  return `/${what}/${namespace}/${name}/${encodeURIComponent(container)}`
}

function checkLogQuery(query: URLSearchParams): void {
  for (const name of ['tailLines', 'limitBytes', 'sinceSeconds']) {
    const text = query.get(name)
    if (text !== null && text !== '' && !/^\d{1,15}$/.test(text))
      throw badRequest(`${name}: Invalid value: ${JSON.stringify(text)}: must be a whole number`)
  }
  if (query.get('sinceSeconds') && query.get('sinceTime'))
    throw badRequest('at most one of `sinceTime` or `sinceSeconds` may be specified')
}
