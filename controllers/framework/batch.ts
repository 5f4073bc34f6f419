/** Doing the same for many, carefully: what fails once is likely to fail for all. */

/**
 * Runs `work` for every item: for 1, then for 2, 4, 8 ... of them at once, and begins no further batch after one in which
 * anything failed. So a quota of one does not cost five hundred refused requests. Resolves with the results in the
 * items' order; rejects with the first failure, when the batch it was in has ended.
 *
 *     await batch(missing, (name) => apply(Pod, podOf(site, name)))
 */
export async function batch<Item, Done>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Done>,
): Promise<Done[]> {
  const done: Done[] = []
  for (let size = 1; done.length < items.length; size *= 2) {
    const begun = done.length
    const results = await Promise.allSettled(
      items.slice(begun, begun + size).map((item, at) => work(item, begun + at)),
    )
    for (const result of results) {
      if (result.status === 'rejected') throw result.reason
      done.push(result.value)
    }
  }
  return done
}
