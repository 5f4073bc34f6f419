/**
 * Requests from the API server to a node's own server. The node is found in its Node object and proves by certificate
 * that it is that node, so an address that somebody wrote there leads nowhere else. Redirects are never followed.
 */

import type { IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import type { Duplex } from 'node:stream'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { Node } from '../../api/types.ts'
import { badRequest, internalError, plainError, StatusError } from '../http/status.ts'

export interface NodeClientOptions {
  /** How the API server proves itself to nodes. */
  cert: string | Buffer
  key: string | Buffer
  /** Who vouches for nodes. */
  ca: string | Buffer
}

export interface NodeUpgrade {
  response: IncomingMessage
  socket: Duplex
  head: Buffer
}

const connectMs = 10_000
const maxRefusal = 64 << 10
const defaultPort = 10_250

export class NodeClient {
  readonly #options: NodeClientOptions
  readonly #agent: Agent

  constructor(options: NodeClientOptions) {
    this.#options = options
    this.#agent = new Agent({ keepAlive: true, maxFreeSockets: 16 })
  }

  /** The response of a GET once its head is there; refusals become `StatusError`. */
  async get(node: Node, path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const outgoing = request({ ...this.#target(node, path), agent: this.#agent, signal })
    return new Promise((resolve, reject) => {
      this.#guard(outgoing, node, reject)
      outgoing.once('response', (response) => {
        if (response.statusCode === 200) resolve(response)
        else refusal(response).then(reject, reject)
      })
      outgoing.end()
    })
  }

  /** The raw connection after the node has agreed to switch protocols. */
  async upgrade(
    node: Node,
    path: string,
    method: string,
    headers: RequestOptions['headers'],
  ): Promise<NodeUpgrade> {
    const outgoing = request({ ...this.#target(node, path), method, headers, agent: false })
    return new Promise((resolve, reject) => {
      this.#guard(outgoing, node, reject)
      outgoing.once('upgrade', (response, socket, head) => {
        socket.setTimeout(0)
        resolve({ response, socket, head })
      })
      outgoing.once('response', (response) => refusal(response).then(reject, reject))
      outgoing.end()
    })
  }

  close(): void {
    this.#agent.destroy()
  }

  #target(node: Node, path: string): RequestOptions {
    const { name = '' } = node.metadata
    const address = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
    if (!address) throw badRequest(`node "${name}" has not reported an address yet`)
    const endpoint = node.status?.daemonEndpoints?.kubeletEndpoint as { Port?: number } | undefined
    return {
      host: address,
      port: endpoint?.Port ?? defaultPort,
      path,
      ...this.tls(node),
    }
  }

  /** How this server proves itself to the node, and what it asks of it in turn. */
  tls({ metadata: { name = '' } }: Node) {
    return {
      ...this.#options,
      checkServerIdentity: (_host: string, certificate: PeerCertificate) =>
        checkServerIdentity(name, certificate),
    }
  }

  #guard(
    outgoing: ReturnType<typeof request>,
    node: Node,
    reject: (error: StatusError) => void,
  ): void {
    const { name } = node.metadata
    outgoing.once('error', (error) =>
      reject(plainError(`error dialing backend: node "${name}": ${error.message}`)),
    )
    outgoing.setTimeout(connectMs, () => outgoing.destroy(new Error('it does not answer')))
    outgoing.once('response', (response) => response.socket.setTimeout(0))
  }
}

/** The node's words as a `Status`, its code kept. */
async function refusal(response: IncomingMessage): Promise<StatusError> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxRefusal) break
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString().trim()
  switch (response.statusCode) {
    case 400:
      return badRequest(text)
    case 404:
      return new StatusError(404, 'NotFound', text)
    default:
      return internalError(text || `the node answered ${response.statusCode}`)
  }
}
