/**
 * `exec` and `attach` over WebSocket: the channel protocols v1 to v5 and their base64 twins on one side, the
 * runtime's SPDY streams on the other. It carries bytes; who may run what was decided before.
 */

import type { RawData, WebSocket } from 'ws'
import type { Cancel, Clock } from '../../ports/clock.ts'
import type { SpdySession, SpdyStream } from './spdy/session.ts'
import type { Accepted } from './upgrades.ts'

/** In the order in which a server prefers nothing: the client's first known one is taken. */
export const channelProtocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'base64.channel.k8s.io',
] as const

const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

export interface Streams {
  stdin: boolean
  stdout: boolean
  stderr: boolean
  tty: boolean
}

/** How much may wait for a slow client before the runtime is made to wait. */
const maxBuffered = 1 << 20
const maxStatus = 64 << 10
/**
 * containerd 1.6 waits for ever to pass on input that a command left unread when it ended, once that fills a pipe: the
 * command's status then never comes, and nobody should wait for it.
 */
const pipeCapacity = 64 << 10
const statusPatienceMs = 5000

/** Couples a client and a runtime until the command ends or either side goes away. */
export class RemoteCommand {
  readonly #client: WebSocket
  readonly #session: SpdySession
  readonly #clock: Clock
  readonly #base64: boolean
  /** v4 and later say how it ended as a `Status`; earlier ones only on failure, as text. */
  readonly #statusAsJson: boolean
  readonly #halfClose: boolean
  #stdin: SpdyStream | undefined
  #resize: SpdyStream | undefined
  #status = Buffer.alloc(0)
  readonly #input: Buffer[] = []
  #inputBytes = 0
  #inputEnded = false
  #cancelWait: Cancel | undefined
  #passing = false
  #over = false
  #open = 0

  constructor({ client, protocol }: Accepted, session: SpdySession, clock: Clock) {
    this.#client = client
    this.#session = session
    this.#clock = clock
    this.#base64 = protocol.includes('base64')
    this.#statusAsJson = /^v[45]\./.test(protocol)
    this.#halfClose = protocol.startsWith('v5.')
  }

  /** Opens the streams in the order runtimes expect and begins to carry. */
  start(streams: Streams): void {
    const none = { data: () => {}, end: () => {} }
    const error = this.#listen('error', (chunk) => {
      if (this.#status.length < maxStatus) this.#status = Buffer.concat([this.#status, chunk])
    })
    if (streams.stdin) this.#stdin = this.#session.open({ streamtype: 'stdin' }, none)
    if (streams.stdout) this.#listen('stdout', (chunk) => this.#send(channel.stdout, chunk))
    if (streams.stderr && !streams.tty)
      this.#listen('stderr', (chunk) => this.#send(channel.stderr, chunk))
    if (streams.tty) this.#resize = this.#session.open({ streamtype: 'resize' }, none)
    error.close()
    this.#client.on('message', (message) => this.#receive(message))
    this.#client.on('close', () => this.#session.close())
    this.#client.on('error', () => this.#session.close())
    // Clients wait for a first, empty message to know that the streams are there.
    this.#send(streams.stdout ? channel.stdout : channel.error, Buffer.alloc(0))
  }

  #listen(type: string, data: (chunk: Buffer) => void): SpdyStream {
    this.#open++
    return this.#session.open(
      { streamtype: type },
      {
        data,
        end: () => {
          this.#open--
          if (this.#open === 0) this.#finish()
          else if (this.#open === 1) this.#expectStatus()
        },
      },
    )
  }

  /** Every output has ended: what is missing is how the command ended. */
  #expectStatus(): void {
    if (this.#inputBytes <= pipeCapacity) return
    this.#cancelWait = this.#clock.after(statusPatienceMs, () => this.#session.close())
  }

  #receive(message: RawData): void {
    const bytes = asBuffer(message)
    const target = this.#base64 ? (bytes[0] ?? 0) - 0x30 : bytes[0]
    const data = this.#base64
      ? Buffer.from(bytes.toString('latin1', 1), 'base64')
      : bytes.subarray(1)
    switch (target) {
      case channel.stdin:
        this.#input.push(data)
        this.#inputBytes += data.length
        void this.#passInput()
        return
      case channel.resize:
        this.#resize?.write(data)
        return
      case channel.close:
        if (this.#halfClose && data[0] === channel.stdin) {
          this.#inputEnded = true
          void this.#passInput()
        }
        return
      default:
        return
    }
  }

  /** Hands input on piece by piece, each when the runtime has taken the one before; the client waits meanwhile. */
  async #passInput(): Promise<void> {
    if (this.#passing) return
    this.#passing = true
    for (let data = this.#input.shift(); data && !this.#over; data = this.#input.shift()) {
      if (data.length === 0) continue
      this.#client.pause()
      this.#stdin?.write(data)
      await this.#session.caughtUp()
    }
    this.#passing = false
    this.#client.resume()
    if (this.#inputEnded && !this.#over) this.#stdin?.close()
  }

  #send(to: number, data: Buffer): void {
    if (this.#client.readyState !== this.#client.OPEN) return
    const message = this.#base64
      ? `${to}${data.toString('base64')}`
      : Buffer.concat([Buffer.from([to]), data])
    const { socket } = this.#session
    this.#client.send(message, { binary: !this.#base64 }, () => {
      if (this.#client.bufferedAmount < maxBuffered / 2) socket.resume()
    })
    if (this.#client.bufferedAmount > maxBuffered) socket.pause()
  }

  /** Every stream has ended: says how, then closes cleanly. */
  #finish(): void {
    this.#over = true
    this.#cancelWait?.()
    const text = this.#status.toString() || connectionLost
    if (this.#statusAsJson) this.#send(channel.error, Buffer.from(text))
    else {
      const failure = failureText(text)
      if (failure !== '') this.#send(channel.error, Buffer.from(failure))
    }
    this.#session.close()
    // A client that still sends must be read, or it never sees that this is the end.
    this.#client.resume()
    this.#client.close(1000)
  }
}

/** A runtime always says how a command ended; its silence means that it was cut off. */
const connectionLost = JSON.stringify({
  metadata: {},
  status: 'Failure',
  reason: 'InternalError',
  message:
    'the container runtime did not tell how the command ended: it may have left input unread, or the connection was lost',
  code: 500,
})

/** What clients before v4 are told: nothing on success, the message otherwise. */
function failureText(status: string): string {
  try {
    const { status: outcome, message } = JSON.parse(status) as { status?: string; message?: string }
    return outcome === 'Success' ? '' : (message ?? status)
  } catch {
    return status
  }
}

function asBuffer(message: RawData): Buffer {
  if (Buffer.isBuffer(message)) return message
  return Array.isArray(message) ? Buffer.concat(message) : Buffer.from(message)
}
