/**
 * One watch on one stream. It starts at the revision already known and drops what was known, because etcd keeps the
 * events after a compacted revision but not always that revision's own. A broken stream is an error: resuming is the
 * subscriber's. With notes its range reaches over all keys from the first wanted to that of the notes: those beyond the
 * wanted ones are dropped, and each event is told with the note of its revision.
 */

import type { Subscriber } from 'rxjs'
import type { KeyValue, WatchResponse, WatchStream } from './etcd-client.ts'
import { decodeNote, type Note } from './etcd-note.ts'
import {
  CompactedError,
  type Entry,
  type Revision,
  type StorageEvent,
  StorageUnavailableError,
  type WatchBatch,
} from './storage.ts'

export interface EtcdWatchRequest {
  key: Buffer
  rangeEnd: Buffer
  after: Revision
  /** Where the notes lie in the range, and which keys before them are not wanted: `until` and after it. */
  noted?: { noteKey: Buffer; until: Buffer }
  entryOf(kv: KeyValue): Entry
}

/** Events told in one turn of the event loop. */
const slice = 128

type State =
  | { phase: 'connecting' }
  | { phase: 'creating'; stream: WatchStream }
  | { phase: 'watching'; stream: WatchStream }
  | { phase: 'done' }

export class EtcdWatch {
  #state: State = { phase: 'connecting' }
  readonly #request: EtcdWatchRequest
  readonly #subscriber: Subscriber<WatchBatch>
  /** A response may come in fragments; it counts when it is whole. */
  #fragments: WatchResponse['events'] = []
  /** Not told yet; the stream is paused while there are any. */
  #events: StorageEvent[] = []

  constructor(request: EtcdWatchRequest, subscriber: Subscriber<WatchBatch>) {
    this.#request = request
    this.#subscriber = subscriber
  }

  start(stream: WatchStream): void {
    stream.on('error', (error: Error) => this.fail(broken(error.message)))
    if (this.#state.phase !== 'connecting') {
      stream.cancel()
      return
    }
    this.#state = { phase: 'creating', stream }
    stream.on('data', (response: WatchResponse) => this.#receive(response))
    stream.on('end', () => this.fail(broken('the server ended it')))
    stream.write({
      create_request: {
        key: this.#request.key,
        range_end: this.#request.rangeEnd,
        start_revision: Math.max(1, this.#request.after),
        prev_kv: true,
        fragment: true,
      },
    })
  }

  /** Called when the time for creating it is up. */
  mustBeCreated(): void {
    const { phase } = this.#state
    if (phase === 'connecting' || phase === 'creating') this.fail(broken('the server is silent'))
  }

  fail(error: Error): void {
    if (this.#state.phase === 'done') return
    this.stop()
    this.#subscriber.error(error)
  }

  stop(): void {
    const state = this.#state
    this.#state = { phase: 'done' }
    if ('stream' in state) state.stream.cancel()
  }

  #receive(response: WatchResponse): void {
    if (this.#state.phase === 'done') return
    const { after } = this.#request
    if (response.compact_revision > 0) {
      this.fail(new CompactedError(after, response.compact_revision))
      return
    }
    if (response.canceled) {
      this.fail(broken(response.cancel_reason))
      return
    }
    if (response.created && this.#state.phase === 'creating')
      this.#state = { phase: 'watching', stream: this.#state.stream }
    this.#fragments.push(...response.events)
    if (response.fragment) return
    const whole = this.#fragments
    this.#fragments = []
    try {
      this.#take(whole)
    } catch (error) {
      this.fail(error as Error)
    }
  }

  #take(events: WatchResponse['events']): void {
    const idle = this.#events.length === 0
    const fresh = events.filter(({ kv }) => kv.mod_revision > this.#request.after)
    this.#events.push(...(this.#request.noted ? this.#withNotes(fresh) : fresh.map(this.#eventOf)))
    if (idle) this.#tell()
  }

  /** A whole response has whole revisions. */
  #withNotes(events: WatchResponse['events']): StorageEvent[] {
    const { noteKey, until } = this.#request.noted as NonNullable<EtcdWatchRequest['noted']>
    const notes = new Map<Revision, Note>()
    for (const { kv } of events)
      if (kv.key.equals(noteKey)) notes.set(kv.mod_revision, decodeNote(kv))
    return events
      .filter(({ kv }) => kv.key.compare(until) < 0)
      .map((event) => {
        const noted = notes.get(event.kv.mod_revision)
        const told = this.#eventOf(event)
        return noted?.key.equals(event.kv.key) ? { ...told, note: noted.note } : told
      })
  }

  #tell(): void {
    if (this.#state.phase !== 'watching' || this.#events.length === 0) return
    const { stream } = this.#state
    const events = this.#events.splice(0, this.#wholeRevisions())
    const last = events.at(-1) as StorageEvent
    this.#subscriber.next({ revision: revisionOf(last), events })
    if (this.#events.length === 0) {
      stream.resume()
      return
    }
    stream.pause()
    setImmediate(() => this.#tell())
  }

  /** How many events a slice has so that it cuts no revision in two: others may write several keys at once. */
  #wholeRevisions(): number {
    const events = this.#events
    let count = Math.min(slice, events.length)
    const last = revisionOf(events[count - 1] as StorageEvent)
    while (count < events.length && revisionOf(events[count] as StorageEvent) === last) count++
    return count
  }

  #eventOf = ({ type, kv, prev_kv }: WatchResponse['events'][number]): StorageEvent => {
    const previous = prev_kv ? this.#request.entryOf(prev_kv) : undefined
    const entry = this.#request.entryOf(kv)
    if (type === 'PUT' && (previous || entry.created === entry.modified))
      return { type: 'put', entry, previous }
    // etcd leaves out what compaction took while the watch was behind.
    if (!previous) throw new CompactedError(entry.modified - 1, entry.modified)
    return { type: 'delete', key: entry.key, revision: entry.modified, previous }
  }
}

function revisionOf(event: StorageEvent): Revision {
  return event.type === 'put' ? event.entry.modified : event.revision
}

function broken(reason: string): StorageUnavailableError {
  return new StorageUnavailableError(`etcd: the watch has ended: ${reason}`)
}
