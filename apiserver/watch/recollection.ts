/** Changes of one resource as its history tells them, put together like those that a cache has seen happen. */

import type { Entry, Revision, StorageEvent } from '../storage/storage.ts'
import { Change, EventRing, type RingLimits } from './event-ring.ts'
import type { Version } from './version.ts'

export interface RecollectionPorts {
  limits: RingLimits
  /** Makes a version of an entry; `undefined` where the entry is no object. */
  read(entry: Entry, type: 'ADDED' | 'MODIFIED'): Version | undefined
  /** Monotonic milliseconds. */
  now(): number
}

export class RecalledChanges {
  readonly #ports: RecollectionPorts
  readonly #ring: EventRing
  /** What each object has last become, which the next change of it was before. */
  readonly #latest = new Map<string, Version>()

  constructor(after: Revision, ports: RecollectionPorts) {
    this.#ports = ports
    this.#ring = new EventRing(ports.limits, after)
  }

  take(event: StorageEvent): void {
    const before = event.previous && this.#versionOf(event.previous)
    const after = event.type === 'put' ? this.#read(event.entry, before) : undefined
    const revision = event.type === 'put' ? event.entry.modified : event.revision
    if (!before && !after) return
    this.#ring.push(new Change(revision, before, after), this.#ports.now())
  }

  #versionOf(entry: Entry): Version | undefined {
    const known = this.#latest.get(entry.key)
    return known?.revision === entry.modified ? known : this.#ports.read(entry, 'MODIFIED')
  }

  #read(entry: Entry, before: Version | undefined): Version | undefined {
    const version = this.#ports.read(entry, before ? 'MODIFIED' : 'ADDED')
    if (version) this.#latest.set(entry.key, version)
    return version
  }

  /** A ring that begins with these and goes on with what another one remembers. */
  followedBy(recent: EventRing): EventRing {
    const { oldest } = this.#ring
    const whole = new EventRing(this.#ports.limits, oldest)
    const now = this.#ports.now()
    for (const change of this.#ring.since(oldest, Number.POSITIVE_INFINITY))
      if (change.revision <= recent.oldest) whole.push(change, now)
    for (const change of recent.since(recent.oldest, Number.POSITIVE_INFINITY))
      whole.push(change, now)
    return whole
  }
}
