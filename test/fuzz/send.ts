/** One request on its way: over HTTP/1.1, HTTP/2, or a connection that is to become something else. */

import type { ClientHttp2Session } from 'node:http2'
import { request as secureRequest } from 'node:https'
import type { WireServer } from '../../apiserver/wire/wire.ts'
import type { Request } from './generator.ts'

export interface FuzzAnswer {
  code: number
  text: string
}

export class Sender {
  readonly #server: WireServer
  #session: ClientHttp2Session | undefined

  constructor(server: WireServer) {
    this.#server = server
  }

  send(request: Request): Promise<FuzzAnswer> {
    switch (request.by) {
      case 'http1':
        return this.#server.ask(request.method, request.path, request)
      case 'http2':
        return this.#overHttp2(request)
      case 'upgrade':
        return this.#upgrade(request)
      default:
        return request.by satisfies never
    }
  }

  close(): void {
    this.#session?.destroy()
  }

  #overHttp2({ method, path, headers, body }: Request): Promise<FuzzAnswer> {
    if (!this.#session || this.#session.destroyed || this.#session.closed)
      this.#session = this.#server.http2().on('error', () => {})
    const all: Record<string, string> = { ':method': method, ':path': path }
    for (const [name, value] of Object.entries(headers)) all[name.toLowerCase()] = value
    const stream = this.#session.request(all, { endStream: body === undefined })
    return new Promise((resolve, reject) => {
      let code = 0
      let text = ''
      stream.on('response', (answer) => {
        code = Number(answer[':status'])
      })
      stream.on('data', (chunk) => {
        text += chunk
      })
      stream.once('error', reject)
      stream.once('end', () => resolve({ code, text }))
      if (body) stream.end(body)
    })
  }

  /** Where it is agreed to, something is said that means nothing, and that is all. */
  #upgrade({ method, path, headers }: Request): Promise<FuzzAnswer> {
    const { server, authority, admin } = this.#server
    const outgoing = secureRequest({
      host: '127.0.0.1',
      port: server.port,
      method,
      path,
      headers,
      ca: authority.certificate,
      cert: admin.certificate,
      key: admin.key,
      agent: false,
    })
    return new Promise((resolve, reject) => {
      outgoing.once('error', reject)
      outgoing.once('upgrade', (_answer, socket) => {
        socket.on('error', () => {})
        socket.once('close', () => resolve({ code: 101, text: '' }))
        socket.write(nonsense, () => socket.end())
        socket.resume()
      })
      outgoing.once('response', async (answer) => {
        let text = ''
        try {
          for await (const chunk of answer) text += chunk
        } catch (error) {
          reject(error)
        }
        resolve({ code: answer.statusCode ?? 0, text })
      })
      outgoing.end()
    })
  }
}

/** A frame without a mask, one too large, a reserved opcode. */
const nonsense = Buffer.from([0x81, 0x01, 0x78, 0x82, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x8f, 0x80])
