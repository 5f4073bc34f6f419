/**
 * The store on etcd 3.4 and later, shared with other API servers and, under another prefix, with anybody. One write
 * is one transaction that is never sent twice. Progress notifications are not used: in old releases they can overtake
 * events, so what a watch has reached is told by its events alone. Keys begin with `/`.
 */

import { type ServiceError, status } from '@grpc/grpc-js'
import { Observable } from 'rxjs/internal/Observable'
import type { Clock } from '../../ports/clock.ts'
import { Step } from '../../ports/step.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { Coalesced } from './coalesced.ts'
import {
  EtcdClient,
  type EtcdTls,
  type KeyValue,
  type RangeResponse,
  type TxnRequest,
} from './etcd-client.ts'
import { afterNotes, decodeNote, encodeNote, firstOf, noteKeyOf } from './etcd-note.ts'
import { EtcdWatch } from './etcd-watch.ts'
import { compareKeys, rangeEnd } from './key-order.ts'
import {
  CompactedError,
  type Entry,
  FutureRevisionError,
  type RangeOptions,
  type RangeResult,
  type Revision,
  type Storage,
  StorageUnavailableError,
  type StorageWatchOptions,
  ValueTooLargeError,
  type WatchBatch,
  type Write,
  type WriteResult,
} from './storage.ts'

export interface EtcdOptions {
  /** `http://127.0.0.1:2379`, `https://...` or `unix:///path`; the others are for when the first fails. */
  endpoints: string[]
  /** Used with `https`; without `ca` the system's authorities are trusted. */
  tls?: EtcdTls
  /** Stands before every key; `/tiphys` unless told. */
  prefix?: string
  /** How long any call may take before it fails; 5 seconds unless told. */
  timeoutMs?: number
  /** etcd's own limit on a request; 1.5 MiB unless told. */
  maxValueBytes?: number
  clock?: Clock
}

/** Connects when first used; a call fails when no endpoint answers in time. */
export function openEtcd(options: EtcdOptions): Storage {
  return new EtcdStorage(options)
}

const firstPage = 250
/** What a page of a range should weigh. */
const pageBytes = 2 << 20
const maxPage = 5_000
/** How often a range of the present starts again because compaction overtook it. */
const maxRestarts = 3

class EtcdStorage implements Storage {
  readonly #client: EtcdClient
  readonly #clock: Clock
  readonly #prefix: string
  readonly #timeoutMs: number
  readonly #maxValueBytes: number
  readonly #noteKey: Buffer
  readonly #revision: Coalesced<Revision>
  /** Nothing older can be read; more may have been forgotten since, by whomever. */
  #oldestSeen: Revision = 1
  readonly #watches = new Set<EtcdWatch>()
  /** Writes that began with a read go on together: each on its own would find nothing in the processor's caches. */
  readonly #answering = new Step()

  constructor(options: EtcdOptions) {
    const { endpoints, tls, clock = systemClock, timeoutMs = 5_000 } = options
    this.#client = new EtcdClient(endpoints, tls, clock, timeoutMs)
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#prefix = options.prefix ?? '/tiphys'
    this.#noteKey = Buffer.from(noteKeyOf(this.#prefix))
    this.#maxValueBytes = options.maxValueBytes ?? 1.5 * 2 ** 20
    this.#revision = new Coalesced(() => this.#readRevision())
  }

  #key(key: string): Buffer {
    return Buffer.from(this.#prefix + key)
  }

  /** All that start with `prefix`, and no neighbour of the store: its prefix may be another's beginning. */
  #rangeOf(prefix: string, exact?: boolean): { key: Buffer; range_end: Buffer } {
    const under = prefix || firstOf('')
    return { key: this.#key(under), range_end: this.#key(rangeEnd(under, exact)) }
  }

  #entry({ key, value, create_revision, mod_revision }: KeyValue): Entry {
    return {
      key: key.toString('utf8', Buffer.byteLength(this.#prefix)),
      value,
      created: create_revision,
      modified: mod_revision,
    }
  }

  async get(key: string) {
    const { header, kvs } = await this.#range({ key: this.#key(key) })
    await new Promise<void>((resolve) => this.#answering.enter(resolve))
    return { entry: kvs[0] && this.#entry(kvs[0]), revision: header.revision }
  }

  revision(): Promise<Revision> {
    return this.#revision.get()
  }

  async #readRevision(): Promise<Revision> {
    const { header } = await this.#range({ key: this.#key('/'), count_only: true })
    return header.revision
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    for (let restarts = 0; ; restarts++) {
      try {
        return await this.#pages(prefix, options)
      } catch (error) {
        const overtaken = error instanceof CompactedError && options.revision === undefined
        if (!overtaken || restarts === maxRestarts) throw error
      }
    }
  }

  /** Page after page at the revision of the first. */
  async #pages(prefix: string, options: RangeOptions): Promise<RangeResult> {
    const { range_end } = this.#rangeOf(prefix, options.exact)
    const limit = options.limit ?? Number.MAX_SAFE_INTEGER
    const entries: Entry[] = []
    let { after, revision = 0 } = options
    let size = firstPage
    for (;;) {
      const key = this.#key(startOf(prefix || firstOf(''), after))
      const count = Math.min(size, limit - entries.length)
      let page: RangeResponse
      try {
        page = await this.#range({ key, range_end, limit: count, revision })
      } catch (error) {
        if (!isTooLarge(error) || size === 1) throw error
        size = Math.max(1, size >> 2)
        continue
      }
      revision ||= page.header.revision
      let bytes = 0
      for (const kv of page.kvs) {
        entries.push(this.#entry(kv))
        bytes += kv.value.length
      }
      const remaining = page.count - page.kvs.length
      if (remaining <= 0 || entries.length >= limit) return { entries, revision, remaining }
      after = entries.at(-1)?.key
      const average = Math.ceil(bytes / page.kvs.length) + 1
      size = Math.min(maxPage, Math.max(1, Math.floor(pageBytes / average)))
    }
  }

  /** @throws CompactedError, FutureRevisionError, StorageUnavailableError */
  async #range(request: Parameters<EtcdClient['range']>[0]): Promise<RangeResponse> {
    try {
      return await this.#client.range(request)
    } catch (error) {
      throw await this.#explain(error, request.revision ?? 0)
    }
  }

  async write(write: Write): Promise<WriteResult> {
    const { value, expect } = write
    if (value && value.length > this.#maxValueBytes)
      throw new ValueTooLargeError(value.length, this.#maxValueBytes)
    if (!value && expect === 0) {
      const { entry, revision } = await this.get(write.key)
      return { ok: false, revision, current: entry }
    }
    const { header, succeeded, responses } = await this.#txn(write)
    if (succeeded) return { ok: true, revision: header.revision }
    const current = responses[0]?.response_range?.kvs[0]
    return { ok: false, revision: header.revision, current: current && this.#entry(current) }
  }

  async #txn({ key: name, value, expect, note }: Write) {
    const key = this.#key(name)
    const noted = note && { key: this.#noteKey, value: encodeNote({ key, note }) }
    const request: TxnRequest = {
      compare: [{ result: 'EQUAL', target: 'MOD', key, mod_revision: expect }],
      success: [
        value ? { request_put: { key, value } } : { request_delete_range: { key } },
        ...(noted ? [{ request_put: noted }] : []),
      ],
      failure: [{ request_range: { key } }],
    }
    try {
      return await this.#client.txn(request)
    } catch (error) {
      if (isTooLarge(error)) throw new ValueTooLargeError(value?.length ?? 0, this.#maxValueBytes)
      throw await this.#explain(error, 0)
    }
  }

  async note(key: string, revision: Revision): Promise<Buffer | undefined> {
    const [kv] = (await this.#range({ key: this.#noteKey, revision })).kvs
    if (kv?.mod_revision !== revision) return undefined
    const noted = decodeNote(kv)
    return noted.key.equals(this.#key(key)) ? noted.note : undefined
  }

  /** What was the oldest still is if it can be read; if not, etcd is asked how far it has been compacted. */
  async oldest(): Promise<Revision> {
    try {
      await this.#range({ key: this.#noteKey, revision: this.#oldestSeen, count_only: true })
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error
    }
    return this.#oldestSeen
  }

  watch(
    prefix: string,
    after: Revision,
    { notes = false, exact = false }: StorageWatchOptions = {},
  ): Observable<WatchBatch> {
    return new Observable((subscriber) => {
      const { key, range_end } = this.#rangeOf(prefix, exact)
      const watch = new EtcdWatch(
        {
          key,
          rangeEnd: notes ? Buffer.from(afterNotes(this.#prefix)) : range_end,
          after,
          ...(notes && { noted: { noteKey: this.#noteKey, until: range_end } }),
          entryOf: (kv) => this.#entry(kv),
        },
        subscriber,
      )
      const cancel = this.#clock.after(this.#timeoutMs, () => watch.mustBeCreated())
      this.#client.watch().then(
        (stream) => watch.start(stream),
        (error) => watch.fail(unavailable(error)),
      )
      this.#watches.add(watch)
      return () => {
        cancel()
        watch.stop()
        this.#watches.delete(watch)
      }
    })
  }

  async compact(revision: Revision): Promise<void> {
    try {
      await this.#client.compact(revision)
    } catch (error) {
      // As much or more has been forgotten already.
      if (isCompacted(error)) return
      throw await this.#explain(error, revision)
    }
  }

  async close(): Promise<void> {
    this.#client.close()
    const closed = new StorageUnavailableError('etcd: the store has been closed')
    for (const watch of [...this.#watches]) watch.fail(closed)
  }

  /** etcd's error as the contract names it. etcd does not say what is the oldest or newest revision, so ask. */
  async #explain(error: unknown, requested: Revision): Promise<Error> {
    const { code, details = '' } = error as Partial<ServiceError>
    if (code === status.OUT_OF_RANGE && details.includes('future'))
      return new FutureRevisionError(requested, await this.revision())
    if (isCompacted(error)) return new CompactedError(requested, await this.#askOldest())
    return unavailable(error)
  }

  /** A watch from the beginning is told how far history has been compacted; if it has not, nobody answers. */
  async #askOldest(): Promise<Revision> {
    const oldest = await this.#compactedTo()
    this.#oldestSeen = Math.max(this.#oldestSeen, oldest)
    return oldest
  }

  #compactedTo(): Promise<Revision> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(this.#timeoutMs, () => {
        subscription.unsubscribe()
        reject(unavailable(new Error('the server does not say how far it has been compacted')))
      })
      const subscription = this.watch('/oldest', 0).subscribe({
        error: (error: Error) => {
          cancel()
          if (error instanceof CompactedError) resolve(error.oldest)
          else reject(error)
        },
      })
    })
  }
}

function startOf(prefix: string, after: string | undefined): string {
  return after !== undefined && compareKeys(after, prefix) >= 0 ? `${after}\0` : prefix
}

function isCompacted(error: unknown): boolean {
  const { code, details = '' } = error as Partial<ServiceError>
  return code === status.OUT_OF_RANGE && details.includes('compacted')
}

function isTooLarge(error: unknown): boolean {
  const { code, details = '' } = error as Partial<ServiceError>
  return (
    (code === status.INVALID_ARGUMENT && details.includes('too large')) ||
    (code === status.RESOURCE_EXHAUSTED && details.includes('larger than max'))
  )
}

function unavailable(error: unknown): StorageUnavailableError {
  if (error instanceof StorageUnavailableError) return error
  const { message } = error as Error
  return new StorageUnavailableError(`etcd: ${message}`, { cause: error })
}
