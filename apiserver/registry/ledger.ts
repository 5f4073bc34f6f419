/**
 * Which values of a pool are taken, and by whom: one key in the store for each, made only where there is none, so that
 * no two objects hold the same value however many API servers there are. How a key says so is its form's business.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Entry, Storage, WriteResult } from '../storage/storage.ts'
import { ownNote } from './write-note.ts'

/** What a key says. */
export interface Mark {
  /** Of the object that the value was taken for: `NAMESPACE/NAME`. */
  name: string
  /** That object and no other of its name, as the form tells it. */
  holder: string
  /** When it was taken, in milliseconds since the epoch. */
  at: number
}

export interface MarkForm {
  /** Ends in `/`; what follows is the value. */
  readonly prefix: string
  encode(value: string, object: KubernetesObject, now: number): Buffer
  /** `undefined`: the server did not make it, and leaves it alone. */
  decode(bytes: Buffer): Mark | undefined
  /** What `holder` is for this object. */
  holderOf(value: string, object: KubernetesObject): string
}

/** A value that was taken, until it is known whether the object came to be. */
export interface Claim {
  /** The object did not: all is as it was before. */
  undo(): Promise<void>
}

/** A key without an object is a leak only after this long: its object may be on its way. */
const leakAfter = 60_000

export const nameOf = ({ metadata: { namespace = '', name = '' } }: KubernetesObject): string =>
  `${namespace}/${name}`

export class Ledger {
  readonly #form: MarkForm
  readonly #storage: Storage
  readonly #clock: Clock

  constructor(form: MarkForm, { storage, clock }: { storage: Storage; clock: Clock }) {
    this.#form = form
    this.#storage = storage
    this.#clock = clock
  }

  async isTaken(value: string): Promise<boolean> {
    return (await this.#storage.get(this.#form.prefix + value)).entry !== undefined
  }

  async taken(): Promise<Set<string>> {
    const { prefix } = this.#form
    const { entries } = await this.#storage.range(prefix)
    return new Set(entries.map(({ key }) => key.slice(prefix.length)))
  }

  /**
   * `undefined`: it is somebody else's. A key that was made for the same name, by a try that may have failed half-way,
   * is as good as none.
   */
  async claim(value: string, object: KubernetesObject): Promise<Claim | undefined> {
    const made = await this.#put(value, object, 0)
    if (made.ok) return { undo: () => this.release(value, object) }
    const { current } = made
    if (!current || this.#form.decode(current.value)?.name !== nameOf(object)) return undefined
    const again = await this.#put(value, object, current.modified)
    return again.ok ? { undo: () => this.#restore(current, again.revision) } : undefined
  }

  /** Only what is still held by the one that gives it back: somebody else may have it by now. */
  async release(value: string, object: KubernetesObject): Promise<void> {
    const { entry } = await this.#storage.get(this.#form.prefix + value)
    if (!entry) return
    const holder = this.#form.holderOf(value, object)
    if (this.#form.decode(entry.value)?.holder === holder) await this.#drop(entry)
  }

  /**
   * Makes keys and objects agree: takes what an object holds without a key, gives back what none has held for a while.
   * @param list who holds what, asked after the keys were read
   */
  async repair(list: () => Promise<ReadonlyMap<string, KubernetesObject>>): Promise<void> {
    const { prefix, decode } = this.#form
    const { entries } = await this.#storage.range(prefix)
    const missing = new Map(await list())
    for (const entry of entries) {
      if (missing.delete(entry.key.slice(prefix.length))) continue
      const mark = decode(entry.value)
      if (mark && this.#clock.now() - mark.at > leakAfter) await this.#drop(entry)
    }
    for (const [value, object] of missing) await this.#put(value, object, 0)
  }

  #put(value: string, object: KubernetesObject, expect: number): Promise<WriteResult> {
    const { prefix, encode } = this.#form
    return this.#storage.write({
      key: prefix + value,
      value: encode(value, object, this.#clock.now()),
      expect,
      note: ownNote(this.#clock, { verb: expect === 0 ? 'create' : 'update' }),
    })
  }

  #drop({ key, modified }: Entry): Promise<WriteResult> {
    const note = ownNote(this.#clock, { verb: 'delete' })
    return this.#storage.write({ key, value: undefined, expect: modified, note })
  }

  /** The try that was there before may live after all. */
  async #restore({ key, value }: Entry, revision: number): Promise<void> {
    const note = ownNote(this.#clock, { verb: 'update' })
    await this.#storage.write({ key, value, expect: revision, note })
  }
}
