/**
 * HTTP/1.1 over one TLS connection, as little of it as the benchmarks need: answers with a length, or streams in chunks.
 * Cheap on purpose: where the client is the slower half, every server looks the same.
 */

import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'

export interface Address {
  port: number
  /** PEM. */
  ca: string
  certificate: string
  key: string
}

export interface Response {
  status: number
  /** As it came, without the body. */
  head: string
  length: number
  /** Only where it was asked for. */
  body?: Buffer
}

/** A request's bytes; the length of the body is told in the head. */
export function requestBytes(
  method: string,
  path: string,
  body = '',
  contentType = 'application/json',
): Buffer {
  const length = Buffer.byteLength(body)
  const content = body === '' ? '' : `Content-Type: ${contentType}\r\nContent-Length: ${length}\r\n`
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: application/json\r\n${content}\r\n${body}`,
  )
}

export async function openSocket({ port, ca, certificate, key }: Address): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca,
    cert: certificate,
    key,
    ALPNProtocols: ['http/1.1'],
  })
  socket.setNoDelay(true)
  await once(socket, 'secureConnect')
  return socket
}

interface Waiting {
  keep: boolean
  resolve(response: Response): void
  reject(error: Error): void
}

const headEnd = Buffer.from('\r\n\r\n')

export class Connection {
  readonly #socket: TLSSocket
  #waiting: Waiting | undefined
  #response: Response | undefined
  #kept: Buffer[] = []
  #missing = 0
  /** An incomplete head. */
  #rest: Buffer | undefined

  private constructor(socket: TLSSocket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  static async open(address: Address): Promise<Connection> {
    return new Connection(await openSocket(address))
  }

  /** One at a time. @param keep the body, which is only counted otherwise */
  request(bytes: Buffer, keep = false): Promise<Response> {
    if (this.#waiting) throw new Error('this connection waits for an answer already')
    return new Promise((resolve, reject) => {
      this.#waiting = { keep, resolve, reject }
      this.#socket.write(bytes)
    })
  }

  #take(chunk: Buffer): void {
    let data = chunk
    if (!this.#response) {
      if (this.#rest) data = Buffer.concat([this.#rest, data])
      const end = data.indexOf(headEnd)
      if (end < 0) {
        this.#rest = data
        return
      }
      this.#rest = undefined
      this.#begin(data.toString('latin1', 0, end))
      data = data.subarray(end + headEnd.length)
    }
    this.#missing -= data.length
    if (this.#waiting?.keep) this.#kept.push(data)
    if (this.#missing === 0) this.#finish()
  }

  #begin(head: string): void {
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN)
    if (Number.isNaN(length)) throw new Error(`an answer without a length:\n${head}`)
    this.#response = { status: Number(head.slice(9, 12)), head, length }
    this.#missing = length
  }

  #finish(): void {
    const response = this.#response!
    const waiting = this.#waiting
    if (waiting?.keep) response.body = Buffer.concat(this.#kept)
    this.#kept = []
    this.#response = undefined
    this.#waiting = undefined
    waiting?.resolve(response)
  }

  #fail(error: Error): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.reject(error)
    this.#socket.destroy()
  }

  close(): void {
    this.#socket.destroy()
  }
}
