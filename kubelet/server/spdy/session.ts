/**
 * The client's half of SPDY/3.1 as container runtimes speak it for exec, attach and port-forward: streams opened from
 * here, data both ways, half-close. Header blocks are sent as stored (uncompressed) zlib blocks, which every reader
 * accepts and which need neither a dictionary nor a state; the peer's header blocks say nothing of use and are skipped.
 */

import type { Duplex } from 'node:stream'

const control = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7 } as const
const finFlag = 1
const maxFrame = 1 << 24
/** The largest piece of data sent in one frame. */
const maxData = 32 << 10

export interface SpdyStreamEvents {
  data(chunk: Buffer): void
  /** No more data from the peer: its half is closed, or the stream was reset. */
  end(): void
}

export class SpdyStream {
  readonly id: number
  readonly #session: SpdySession
  readonly events: SpdyStreamEvents
  #closed = false
  ended = false

  constructor(session: SpdySession, id: number, events: SpdyStreamEvents) {
    this.#session = session
    this.id = id
    this.events = events
  }

  /** `false` when the connection is behind: wait for the session's socket to drain. */
  write(chunk: Buffer): boolean {
    if (this.#closed) return true
    let flowing = true
    for (let start = 0; start < chunk.length; start += maxData)
      flowing = this.#session.sendData(this.id, chunk.subarray(start, start + maxData), 0)
    return flowing
  }

  /** Closes this half; data from the peer may still come. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#session.sendData(this.id, Buffer.alloc(0), finFlag)
  }
}

export class SpdySession {
  readonly #socket: Duplex
  readonly #streams = new Map<number, SpdyStream>()
  #nextId = 1
  #firstBlock = true
  #received: Buffer = Buffer.alloc(0)
  #nextPing = 1
  readonly #pings = new Map<number, () => void>()

  /** @param socket just after the upgrade; `head` is what came behind the answer */
  constructor(socket: Duplex, head: Buffer) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#endAll())
    if (head.length > 0) this.#receive(head)
  }

  get socket(): Duplex {
    return this.#socket
  }

  /** Opens a stream; frames go out in the order of the calls. */
  open(headers: Record<string, string>, events: SpdyStreamEvents): SpdyStream {
    const id = this.#nextId
    this.#nextId += 2
    const stream = new SpdyStream(this, id, events)
    this.#streams.set(id, stream)
    const head = Buffer.alloc(10)
    head.writeUInt32BE(id, 0)
    this.#sendControl(control.synStream, Buffer.concat([head, this.#headerBlock(headers)]))
    return stream
  }

  sendData(id: number, data: Buffer, flags: number): boolean {
    if (this.#socket.destroyed) return true
    const head = Buffer.alloc(8)
    head.writeUInt32BE(id, 0)
    head.writeUInt32BE(((flags << 24) | data.length) >>> 0, 4)
    return this.#socket.write(data.length === 0 ? head : Buffer.concat([head, data]))
  }

  /**
   * Resolves when the peer has read everything sent before. Its protocol has windows, but runtimes keep none: this is
   * how not to bury a peer that is about to close, and would then reset the connection, its last words included.
   */
  caughtUp(): Promise<void> {
    const id = this.#nextPing
    this.#nextPing += 2
    return new Promise((resolve) => {
      if (this.#socket.destroyed) return resolve()
      this.#pings.set(id, resolve)
      this.#sendControl(control.ping, uint32(id))
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #sendControl(type: number, body: Buffer): void {
    const head = Buffer.alloc(8)
    head.writeUInt16BE(0x8003, 0)
    head.writeUInt16BE(type, 2)
    head.writeUInt32BE(body.length, 4)
    if (!this.#socket.destroyed) this.#socket.write(Buffer.concat([head, body]))
  }

  /** Name-value pairs as one stored block of the connection's single zlib stream. */
  #headerBlock(headers: Record<string, string>): Buffer {
    const parts: Buffer[] = [uint32(Object.keys(headers).length)]
    for (const [name, value] of Object.entries(headers))
      for (const text of [Buffer.from(name), Buffer.from(value)])
        parts.push(uint32(text.length), text)
    const plain = Buffer.concat(parts)
    const stored = Buffer.alloc(5)
    stored.writeUInt16LE(plain.length, 1)
    stored.writeUInt16LE(plain.length ^ 0xffff, 3)
    const zlibHeader = this.#firstBlock ? Buffer.from([0x78, 0x01]) : Buffer.alloc(0)
    this.#firstBlock = false
    return Buffer.concat([zlibHeader, stored, plain, flush])
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 8) {
      const length = this.#received.readUInt32BE(4) & (maxFrame - 1)
      if (this.#received.length < 8 + length) return
      const frame = this.#received.subarray(0, 8 + length)
      this.#received = this.#received.subarray(8 + length)
      this.#frame(frame)
    }
  }

  #frame(frame: Buffer): void {
    const isControl = ((frame[0] ?? 0) & 0x80) !== 0
    const flags = frame[4] ?? 0
    const body = frame.subarray(8)
    if (!isControl) {
      const stream = this.#streams.get(frame.readUInt32BE(0))
      if (body.length > 0) stream?.events.data(body)
      if (flags & finFlag && stream) this.#end(stream)
      return
    }
    switch (frame.readUInt16BE(2)) {
      case control.ping:
        this.#pong(body)
        return
      case control.rstStream:
      case control.synReply: {
        const stream = body.length >= 4 ? this.#streams.get(body.readUInt32BE(0)) : undefined
        const over = frame.readUInt16BE(2) === control.rstStream || flags & finFlag
        if (stream && over) this.#end(stream)
        return
      }
      case control.goAway:
        this.#socket.end()
        return
      default:
        return // settings, window updates and what we never asked for
    }
  }

  /** Odd ids are ours; the peer's are even and want an echo. */
  #pong(body: Buffer): void {
    if (body.length !== 4) return
    const id = body.readUInt32BE(0)
    if (id % 2 === 0) {
      this.#sendControl(control.ping, body)
      return
    }
    this.#pings.get(id)?.()
    this.#pings.delete(id)
  }

  #end(stream: SpdyStream): void {
    if (stream.ended) return
    stream.ended = true
    this.#streams.delete(stream.id)
    stream.events.end()
  }

  #endAll(): void {
    for (const resolve of this.#pings.values()) resolve()
    this.#pings.clear()
    for (const stream of [...this.#streams.values()]) this.#end(stream)
  }
}

/** An empty stored block: what makes a reader hand out the block before it. */
const flush = Buffer.from([0, 0, 0, 0xff, 0xff])

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
