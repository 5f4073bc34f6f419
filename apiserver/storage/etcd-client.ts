/**
 * The calls of etcd's API that the store makes, over several endpoints. Reads go to the next endpoint when one
 * fails; a write is sent once, to an endpoint that is connected, because nobody knows whether a lost one was applied.
 */

import { fileURLToPath } from 'node:url'
import {
  type ChannelCredentials,
  type ClientDuplexStream,
  credentials,
  loadPackageDefinition,
  Metadata,
  status,
} from '@grpc/grpc-js'
import { loadSync, type MethodDefinition } from '@grpc/proto-loader'
import type { Clock } from '../../ports/clock.ts'
import { StorageUnavailableError } from './storage.ts'
import { type CallError, UnaryChannel } from './unary-channel.ts'

export interface EtcdTls {
  ca?: Buffer
  cert?: Buffer
  key?: Buffer
}

export interface KeyValue {
  key: Buffer
  create_revision: number
  mod_revision: number
  value: Buffer
}

interface Header {
  revision: number
}

export interface RangeRequest {
  key: Buffer
  range_end?: Buffer
  limit?: number
  revision?: number
  count_only?: boolean
}

export interface RangeResponse {
  header: Header
  kvs: KeyValue[]
  more: boolean
  count: number
}

type RequestOp =
  | { request_range: RangeRequest }
  | { request_put: { key: Buffer; value: Buffer } }
  | { request_delete_range: { key: Buffer } }

export interface TxnRequest {
  compare: { result: 'EQUAL'; target: 'MOD'; key: Buffer; mod_revision: number }[]
  success: RequestOp[]
  failure: RequestOp[]
}

export interface TxnResponse {
  header: Header
  succeeded: boolean
  responses: { response_range?: RangeResponse }[]
}

export interface WatchCreate {
  create_request: {
    key: Buffer
    range_end: Buffer
    start_revision: number
    prev_kv: boolean
    fragment: boolean
  }
}

export interface WatchResponse {
  header: Header
  created: boolean
  canceled: boolean
  compact_revision: number
  cancel_reason: string
  fragment: boolean
  events: { type: 'PUT' | 'DELETE'; kv: KeyValue; prev_kv: KeyValue | null }[]
}

export type WatchStream = ClientDuplexStream<WatchCreate, WatchResponse>

/** A call of one message and one answer, as `etcd.proto` declares it. */
type Unary<Request, Response> = Pick<
  MethodDefinition<Request, Request, Response, Response>,
  'path' | 'requestSerialize' | 'responseDeserialize'
>

interface Kv {
  Range: Unary<RangeRequest, RangeResponse>
  Txn: Unary<TxnRequest, TxnResponse>
  Compact: Unary<{ revision: number }, { header: Header }>
}

interface WatchClient {
  close(): void
  Watch(metadata: Metadata): WatchStream
}

type ClientClass<T> = new (
  address: string,
  credentials: ChannelCredentials,
  options: Record<string, unknown>,
) => T

interface Api {
  kv: Kv
  Watch: ClientClass<WatchClient>
}

/** What one message may carry; ranges are cut so that they stay far below. */
const maxMessageBytes = 64 << 20

const channelOptions = {
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  // etcd refuses pings more often than every 5 s, and without a call.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.keepalive_permit_without_calls': 0,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  // What may be sent again is sent again here, and nobody looks into channels: both cost every call.
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
}

function loadApi(): Api {
  const definition = loadSync(fileURLToPath(new URL('./etcd.proto', import.meta.url)), {
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: true,
    arrays: true,
  })
  const { etcdserverpb } = loadPackageDefinition(definition) as unknown as {
    etcdserverpb: Pick<Api, 'Watch'>
  }
  return { kv: definition['etcdserverpb.KV'] as unknown as Kv, Watch: etcdserverpb.Watch }
}

interface Endpoint {
  url: string
  channel: UnaryChannel
  watch: WatchClient
}

/** Failures that another endpoint may not have. */
const elsewhere = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED]

export class EtcdClient {
  readonly #endpoints: Endpoint[]
  readonly #kv: Kv
  readonly #clock: Clock
  readonly #timeoutMs: number
  /** The endpoint that answered last. */
  #current = 0
  #closed = false

  /** @param timeoutMs how long a whole call may take, over all endpoints. */
  constructor(urls: readonly string[], tls: EtcdTls | undefined, clock: Clock, timeoutMs: number) {
    if (urls.length === 0) throw new TypeError('etcd needs at least one endpoint')
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    const { kv, Watch } = loadApi()
    this.#kv = kv
    this.#endpoints = urls.map((text) => {
      const url = new URL(text)
      const security =
        url.protocol === 'https:'
          ? credentials.createSsl(tls?.ca, tls?.key, tls?.cert)
          : credentials.createInsecure()
      const address =
        url.protocol === 'unix:' ? `unix:${url.pathname}` : `${url.hostname}:${url.port || '2379'}`
      return {
        url: text,
        channel: new UnaryChannel({ url, tls, clock, mostBytes: maxMessageBytes }),
        watch: new Watch(address, security, channelOptions),
      }
    })
  }

  /** Tried on all endpoints in turn; for calls that may be repeated. */
  range(request: RangeRequest): Promise<RangeResponse> {
    return this.#anywhere(this.#kv.Range, request)
  }

  async compact(revision: number): Promise<void> {
    await this.#anywhere(this.#kv.Compact, { revision })
  }

  /** Sent once. */
  async txn(request: TxnRequest): Promise<TxnResponse> {
    const end = this.#end()
    const endpoint = await this.#connected(end)
    try {
      return await call(endpoint, this.#kv.Txn, request, this.#left(end))
    } catch (error) {
      if (isElsewhere(error)) this.#leave(endpoint)
      throw error
    }
  }

  /** A stream to an endpoint that is connected; it ends when that member loses its leader. */
  async watch(): Promise<WatchStream> {
    const endpoint = await this.#connected(this.#end())
    const metadata = new Metadata()
    metadata.set('hasleader', 'true')
    const stream = endpoint.watch.Watch(metadata)
    stream.on('error', (error) => {
      if (isElsewhere(error)) this.#leave(endpoint)
    })
    return stream
  }

  close(): void {
    this.#closed = true
    for (const { channel, watch } of this.#endpoints) {
      channel.close()
      watch.close()
    }
  }

  async #anywhere<Request, Response>(
    method: Unary<Request, Response>,
    request: Request,
  ): Promise<Response> {
    const end = this.#end()
    for (let tries = 1; ; tries++) {
      const endpoint = await this.#connected(end)
      try {
        return await call(endpoint, method, request, this.#left(end, this.#share()))
      } catch (error) {
        if (!isElsewhere(error)) throw error
        this.#leave(endpoint)
        if (tries > this.#endpoints.length || this.#clock.monotonic() >= end) throw error
      }
    }
  }

  /** When a call that starts now must be over, in monotonic time. */
  #end(): number {
    return this.#clock.monotonic() + this.#timeoutMs
  }

  /** One endpoint's part of the time for a call. */
  #share(): number {
    return this.#timeoutMs / this.#endpoints.length
  }

  /** Milliseconds until then. */
  #left(end: number, atMostMs = Number.POSITIVE_INFINITY): number {
    return Math.max(0, Math.min(end - this.#clock.monotonic(), atMostMs))
  }

  #leave(endpoint: Endpoint): void {
    const at = this.#endpoints.indexOf(endpoint)
    if (at === this.#current) this.#current = (at + 1) % this.#endpoints.length
  }

  /** The current endpoint, or the next one that is connected in time. */
  async #connected(end: number): Promise<Endpoint> {
    if (this.#closed) throw new StorageUnavailableError('etcd: the client has been closed')
    for (let tries = 0; tries < this.#endpoints.length; tries++) {
      const endpoint = this.#endpoints[this.#current] as Endpoint
      const { channel } = endpoint
      if (channel.connected || (await channel.ready(this.#left(end, this.#share()))))
        return endpoint
      this.#leave(endpoint)
    }
    const urls = this.#endpoints.map(({ url }) => url).join(', ')
    throw new StorageUnavailableError(`etcd: no connection to ${urls}`)
  }
}

const isElsewhere = (error: unknown): boolean =>
  elsewhere.includes((error as Partial<CallError>).code as status)

async function call<Request, Response>(
  { channel }: Endpoint,
  { path, requestSerialize, responseDeserialize }: Unary<Request, Response>,
  request: Request,
  withinMs: number,
): Promise<Response> {
  return responseDeserialize(await channel.call(path, requestSerialize(request), withinMs))
}
