/**
 * What one process sees of each kind: by default the server as it is, else a moment that has passed. It holds streams
 * back and makes them forget; it changes no event and knows nothing of who reads them.
 */

import {
  ApiError,
  compareResourceVersions,
  type Kind,
  kindKey,
  type Ref,
  type WatchEvent,
  type WithMeta,
} from '../controllers/framework/index.ts'
import type { Release, Views } from './faults.ts'

type AnyKind = Kind<never> | Kind
type Event = WatchEvent<WithMeta>

type View =
  | { state: 'live' }
  /** Becomes `held` with the next event of the object. */
  | { state: 'waiting'; ref: Ref }
  /** Nothing after `position` is seen. */
  | { state: 'held'; position: string }

const live: View = { state: 'live' }

/** Who reads a watch. */
export interface Reader {
  next(event: Event): void
  error(error: unknown): void
}

/** One watch of the process. */
export interface Gate {
  /** Takes an event from the server; hands it on when the view allows. */
  offer(event: Event): void
  leave(): void
}

export class ProcessViews implements Views {
  readonly #views = new Map<string, View>()
  readonly #gates = new Set<OpenGate>()
  readonly #head: () => string

  /** @param head the server's newest resourceVersion */
  constructor(head: () => string) {
    this.#head = head
  }

  hold(kind: AnyKind, ref?: Ref): void {
    const key = kindKey(kind)
    if (this.#view(key).state === 'held') return
    this.#views.set(
      key,
      ref ? { state: 'waiting', ref } : { state: 'held', position: this.#head() },
    )
  }

  /** Shows the kind as of a past position. */
  rewind(key: string, position: number): void {
    this.#views.set(key, { state: 'held', position: String(position) })
  }

  release(kind: AnyKind, how: Release = 'events'): void {
    this.#release(kindKey(kind), how)
  }

  catchUp(): void {
    for (const key of [...this.#views.keys()]) this.#release(key, 'events')
  }

  duplicate(kind: AnyKind): void {
    for (const gate of [...this.#gates]) if (gate.kind === kindKey(kind)) gate.repeat()
  }

  held(): readonly string[] {
    return [...this.#views.keys()]
  }

  /** Lists of the kind answer as of this; absent: as it is. */
  asOf(kind: AnyKind): string | undefined {
    const view = this.#view(kindKey(kind))
    return view.state === 'held' ? view.position : undefined
  }

  open(kind: AnyKind, reader: Reader): Gate {
    const gate = new OpenGate(kindKey(kind), reader, (event) => this.#passes(kind, event))
    this.#gates.add(gate)
    return {
      offer: (event) => gate.offer(event),
      leave: () => {
        this.#gates.delete(gate)
      },
    }
  }

  #view(key: string): View {
    return this.#views.get(key) ?? live
  }

  #release(key: string, how: Release): void {
    if (!this.#views.delete(key)) return
    for (const gate of [...this.#gates])
      if (gate.kind === key) {
        if (how === 'events') gate.flush()
        else gate.expire()
      }
  }

  #passes(kind: AnyKind, event: Event): boolean {
    const key = kindKey(kind)
    const view = this.#view(key)
    switch (view.state) {
      case 'live':
        return true
      case 'waiting': {
        if (event.type === 'BOOKMARK') return true
        const { name, namespace, resourceVersion = '' } = event.object.metadata
        if (name !== view.ref.name || (namespace ?? '') !== (view.ref.namespace ?? '')) return true
        this.#views.set(key, { state: 'held', position: String(Number(resourceVersion) - 1) })
        return false
      }
      case 'held':
        // What was there at the position may come only now, to a watch that begins with what there is.
        return (
          event.type !== 'BOOKMARK' &&
          compareResourceVersions(event.object.metadata.resourceVersion ?? '', view.position) <= 0
        )
      default:
        return view satisfies never
    }
  }
}

/** More than this that is held back is forgotten, and the watch told 410, as a server would. */
const maxHeld = 100_000

class OpenGate {
  readonly kind: string
  readonly #reader: Reader
  readonly #passes: (event: Event) => boolean
  #held: Event[] = []
  #last: Event | undefined

  constructor(kind: string, reader: Reader, passes: (event: Event) => boolean) {
    this.kind = kind
    this.#reader = reader
    this.#passes = passes
  }

  offer(event: Event): void {
    if (this.#held.length === 0 && this.#passes(event)) this.#hand(event)
    else if (this.#held.length < maxHeld) this.#held.push(event)
    else this.expire()
  }

  flush(): void {
    const held = this.#held
    this.#held = []
    for (const event of held) this.#hand(event)
  }

  expire(): void {
    this.#held = []
    const message = 'the resourceVersion for the provided watch is too old.'
    this.#reader.error(new ApiError(410, 'Expired', message))
  }

  repeat(): void {
    if (this.#last) this.#reader.next(this.#last)
  }

  #hand(event: Event): void {
    if (event.type !== 'BOOKMARK') this.#last = event
    this.#reader.next(event)
  }
}
