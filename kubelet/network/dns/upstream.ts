/** Passes queries for names outside the cluster on to the host's own resolvers: bounded, with a deadline each. */

import { createSocket } from 'node:dgram'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Clock } from '../../../ports/clock.ts'
import type { Transport } from './respond.ts'

const timeoutMs = 2000
const maxInFlight = 256
const port = 53

/** The `nameserver` lines of a resolv.conf, those of `own` left out so that no query runs in circles. */
export async function nameservers(file: string, own: string[]): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)]
    .map(([, address = '']) => address)
    .filter((address) => !own.includes(address))
    .slice(0, 3)
}

export class Upstream {
  readonly #servers: string[]
  readonly #clock: Clock
  #inFlight = 0

  constructor(servers: string[], clock: Clock) {
    this.#servers = servers
    this.#clock = clock
  }

  /** The first response that any server gives; asks them in turn. */
  async forward(query: Buffer, transport: Transport): Promise<Buffer> {
    if (this.#inFlight >= maxInFlight) throw new Error(`more than ${maxInFlight} queries wait`)
    this.#inFlight++
    try {
      let last = new Error('no nameserver is configured for names outside the cluster')
      for (const server of this.#servers) {
        try {
          return await (transport === 'udp' ? this.#udp(server, query) : this.#tcp(server, query))
        } catch (error) {
          last = error as Error
        }
      }
      throw last
    } finally {
      this.#inFlight--
    }
  }

  #udp(server: string, query: Buffer): Promise<Buffer> {
    const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4')
    return this.#within(
      new Promise<Buffer>((resolve, reject) => {
        socket.once('error', reject)
        socket.on('message', (message) => {
          if (message.length >= 12 && message.readUInt16BE(0) === query.readUInt16BE(0))
            resolve(message)
        })
        socket.connect(port, server, () => socket.send(query))
      }),
    ).finally(() => socket.close())
  }

  #tcp(server: string, query: Buffer): Promise<Buffer> {
    const socket = connect(port, server)
    return this.#within(
      new Promise<Buffer>((resolve, reject) => {
        let received: Buffer = Buffer.alloc(0)
        socket.once('error', reject)
        socket.once('close', () => reject(new Error(`${server} closed the connection`)))
        socket.on('data', (chunk: Buffer) => {
          received = Buffer.concat([received, chunk])
          if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0))
            resolve(received.subarray(2, 2 + received.readUInt16BE(0)))
        })
        const length = Buffer.alloc(2)
        length.writeUInt16BE(query.length)
        socket.write(Buffer.concat([length, query]))
      }),
    ).finally(() => socket.destroy())
  }

  #within(answer: Promise<Buffer>): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(timeoutMs, () => reject(new Error('no answer in time')))
      answer.then(resolve, reject).finally(cancel)
    })
  }
}
