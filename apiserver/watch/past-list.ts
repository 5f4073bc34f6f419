/** Lists of a past revision come from the store's history, page by page until enough objects match. */

import type { Entry, Revision, Storage } from '../storage/storage.ts'
import { Filter } from './filter.ts'
import type { ListOptions } from './object-index.ts'
import type { Version } from './version.ts'

const pageSize = 500

interface PastList {
  items: Version[]
  revision: Revision
  more: boolean
  remaining?: number
}

/** @param read makes a version of an entry; `undefined` where the entry is no object. */
export async function listPast(
  storage: Storage,
  prefix: string,
  revision: Revision,
  options: ListOptions,
  read: (entry: Entry) => Version | undefined,
): Promise<PastList> {
  const filter = new Filter(options)
  const { namespace, limit = Number.POSITIVE_INFINITY } = options
  const under = namespace ? `${prefix}${namespace}/` : prefix
  const items: Version[] = []
  let { after } = options
  for (;;) {
    const wanted = filter.selective ? pageSize : Math.min(pageSize, limit - items.length)
    const { entries, remaining } = await storage.range(under, { revision, after, limit: wanted })
    for (const entry of entries) {
      const version = read(entry)
      if (!version || !filter.matches(version)) continue
      if (items.length === limit) return { items, revision, more: true }
      items.push(version)
    }
    after = entries.at(-1)?.key ?? after
    if (remaining === 0) return end(items, revision, filter, 0)
    if (!filter.selective && items.length >= limit) return end(items, revision, filter, remaining)
  }
}

function end(items: Version[], revision: Revision, filter: Filter, remaining: number): PastList {
  return filter.selective
    ? { items, revision, more: false }
    : { items, revision, more: remaining > 0, remaining }
}
