/** What there was at the beginning of a recording, read page by page and written one by one: never all of it is held. */

import type { Clock } from '../../ports/clock.ts'
import type { Output } from '../http/exchange.ts'
import type { Entry, Storage } from '../storage/storage.ts'
import { keyframeEnd, keyframeObject, keyframeStart } from './recorded-lines.ts'
import type { RecordingWish } from './recording-wish.ts'
import { isTaken } from './slow-reader.ts'

/** Objects that are read at once: a few, as each may be as large as one can be. */
const page = 16

/** Everything there was. @throws CompactedError */
export async function* pagesOf(
  storage: Pick<Storage, 'range'>,
  { resources, from, keyframe }: RecordingWish,
): AsyncGenerator<Entry[], void, undefined> {
  if (!keyframe) return
  for (const { prefix } of resources)
    for (let after: string | undefined; ; ) {
      const options = { revision: from, limit: page, uncounted: true }
      const { entries, remaining } = await storage.range(prefix, { ...options, after })
      yield entries
      after = entries.at(-1)?.key
      if (remaining === 0) break
    }
}

interface Reader {
  output: Output
  clock: Clock
  ending: AbortSignal
}

/** @param first the first of the pages, read already. @returns whether all of it was taken */
export async function writeKeyframe(
  { output, clock, ending }: Reader,
  moment: { revision: number; at: string },
  first: IteratorResult<Entry[], void>,
  rest: AsyncGenerator<Entry[], void, undefined>,
): Promise<boolean> {
  output.write(keyframeStart(moment))
  let bare = true
  for (let read = first; !read.done && !output.closed; read = await rest.next())
    for (const entry of read.value) {
      output.write(keyframeObject(entry, bare))
      bare = false
      if (!(await isTaken(output, clock, ending))) return false
    }
  output.write(keyframeEnd)
  return true
}
