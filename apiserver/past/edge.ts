/** Where history begins, and when that was, which is looked for once an edge. */

import type { Clock } from '../../ports/clock.ts'
import { readNote } from '../registry/write-note.ts'
import type { Revision, Storage } from '../storage/storage.ts'

/** Milliseconds that a history may take to come. */
const patience = 1_000

export class Edge {
  readonly #storage: Pick<Storage, 'oldest' | 'revision' | 'watch'>
  readonly #clock: Clock
  #found: { revision: Revision; at: Promise<string | undefined> } | undefined

  constructor(storage: Pick<Storage, 'oldest' | 'revision' | 'watch'>, clock: Clock) {
    this.#storage = storage
    this.#clock = clock
  }

  /** `at` is absent where no record says when. */
  async moment(): Promise<{ revision: Revision; at?: string }> {
    const revision = await this.#storage.oldest()
    if (this.#found?.revision !== revision)
      this.#found = { revision, at: timeAfter(this.#storage, this.#clock, revision) }
    const at = await this.#found.at
    // Something may be written later that says when.
    if (at === undefined) this.#found = undefined
    return { revision, ...(at !== undefined && { at }) }
  }
}

/** When the first write after a revision was of which there is a record: until then things were as at the revision. */
export async function timeAfter(
  storage: Pick<Storage, 'revision' | 'watch'>,
  clock: Clock,
  revision: Revision,
): Promise<string | undefined> {
  if (revision >= (await storage.revision())) return undefined
  return new Promise((resolve) => {
    const end = (at?: string) => {
      cancel()
      queueMicrotask(() => subscription.unsubscribe())
      resolve(at)
    }
    const cancel = clock.after(patience, () => end())
    const subscription = storage.watch('', revision, { notes: true }).subscribe({
      next({ events }) {
        const record = readNote(events.find(({ note }) => note)?.note)
        if (record) end(record.at)
      },
      // What cannot be read any more says nothing either.
      error: () => end(),
    })
  })
}
