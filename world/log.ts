/** Everything that was ever written in a World, in order. It is read, never written to, by whoever asks why. */

import type { KubernetesObject } from '../api/object.ts'
import type { WriteRecord } from '../api/write-record.ts'
import { readNote } from '../apiserver/registry/write-note.ts'
import type { Storage, StorageEvent } from '../apiserver/storage/storage.ts'
import { decodeObject, splice } from '../apiserver/watch/encode.ts'
import type { Kind, Ref } from '../controllers/framework/index.ts'
import type { Clock } from '../ports/clock.ts'
import { actor } from './actor.ts'
import type { WorldRequest } from './faults.ts'

/** One write that changed something. Objects are as they are stored, and shared: they must not be changed. */
export interface LogEntry {
  /** Of the write in the order of all, which is the resourceVersion that it gave; not consecutive. */
  readonly position: number
  readonly type: 'created' | 'updated' | 'deleted'
  readonly kind: Kind
  readonly ref: Ref
  /** One object, whatever its uid. */
  readonly key: string
  readonly before?: KubernetesObject
  readonly after?: KubernetesObject
  /** The process that asked for it; `user`, or `server` for what the API server does by itself. */
  readonly by: string
  /** Absent for `server`. */
  readonly request?: WorldRequest
  /** What the server keeps beside the write: by whom, and on account of what. */
  readonly record?: WriteRecord
  /** Virtual milliseconds since the epoch. */
  readonly at: number
}

export class WorldLog {
  readonly entries: LogEntry[] = []
  readonly #clock: Clock
  readonly #kinds = new Map<string, Kind>()
  readonly #listeners = new Set<(entry: LogEntry) => void>()
  readonly #subscription

  constructor(storage: Storage, from: number, clock: Clock) {
    this.#clock = clock
    const events$ = storage.watch('/registry/', from, { notes: true })
    this.#subscription = events$.subscribe(({ events }) => {
      for (const event of events) this.#add(event)
    })
  }

  /** Calls at once, within each write, with what it wrote. @returns ends it */
  follow(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#subscription.unsubscribe()
    this.#listeners.clear()
  }

  #add(event: StorageEvent): void {
    const request = actor.getStore()?.request
    const entry = new Entry(event, this.#kindOf(event), request, this.#clock.now())
    this.entries.push(entry)
    for (const listener of this.#listeners) listener(entry)
  }

  /** A stored object begins with its kind and apiVersion; the rest is where it is stored. */
  #kindOf(event: StorageEvent): Kind {
    const key = keyOf(event)
    const { value } = event.type === 'put' ? event.entry : event.previous
    const [, , group, plural = '', ...place] = key.split('/')
    const head = value.toString('utf8', 0, value.indexOf(',"metadata":'))
    const id = `${head} ${group}/${plural}`
    let known = this.#kinds.get(id)
    if (!known) {
      const { kind, apiVersion } = JSON.parse(`${head}}`) as { kind: string; apiVersion: string }
      const [version = '', group = ''] = apiVersion.split('/').reverse()
      known = { group, version, kind, plural, namespaced: place.length > 1 }
      this.#kinds.set(id, known)
    }
    return known
  }
}

const keyOf = (event: StorageEvent): string => (event.type === 'put' ? event.entry.key : event.key)

/** Parsed only where somebody looks. */
class Entry implements LogEntry {
  readonly position: number
  readonly type: LogEntry['type']
  readonly kind: Kind
  readonly ref: Ref
  readonly key: string
  readonly by: string
  readonly at: number
  declare readonly request?: WorldRequest
  readonly #event: StorageEvent
  #record: WriteRecord | undefined
  #before: KubernetesObject | undefined
  #after: KubernetesObject | undefined

  constructor(event: StorageEvent, kind: Kind, request: WorldRequest | undefined, at: number) {
    this.key = keyOf(event)
    const [name = '', namespace] = this.key.split('/').slice(4).reverse()
    this.#event = event
    this.kind = kind
    this.position = event.type === 'put' ? event.entry.modified : event.revision
    this.type = event.type === 'delete' ? 'deleted' : event.previous ? 'updated' : 'created'
    this.ref = namespace === undefined ? { name } : { namespace, name }
    this.by = request?.process ?? 'server'
    if (request) this.request = request
    this.at = at
  }

  get record(): WriteRecord | undefined {
    this.#record ??= readNote(this.#event.note)
    return this.#record
  }

  get before(): KubernetesObject | undefined {
    const { previous } = this.#event
    if (previous) this.#before ??= decodeObject(splice(previous.value, previous.modified))
    return this.#before
  }

  get after(): KubernetesObject | undefined {
    if (this.#event.type === 'put') {
      const { value, modified } = this.#event.entry
      this.#after ??= decodeObject(splice(value, modified))
    }
    return this.#after
  }
}
