/**
 * What a page did when: put into it before its own scripts. It reads along with the stream of events, and notes when each
 * revision stood on the screen: the page tells which one it has drawn in the frame after, and one more has passed then.
 */

import type { CDPSession, Page } from 'playwright-core'

/** `[revision, milliseconds since the epoch]`. */
export type Stamp = [number, number]

export interface Stamps {
  /** The bytes were there. */
  received: Stamp[]
  /** The picture was there. */
  painted: Stamp[]
  /** The same of the past. */
  past: Stamp[]
  /** Milliseconds of each task longer than 50. */
  longTasks: number[]
}

/** As text: it runs in the browser. */
export const stampScript = `{
  const stamps = (window.stamps = { received: [], painted: [], past: [], longTasks: [] })
  const now = () => performance.timeOrigin + performance.now()
  const ask = window.fetch
  const readAlong = async (stream) => {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of stream) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\\n')
      rest = lines.pop()
      for (const line of lines)
        if (line.startsWith('id:')) stamps.received.push([Number(line.slice(3)), now()])
    }
  }
  window.fetch = async (...request) => {
    const response = await ask.apply(window, request)
    if (!response.url.includes('/api/stream') || !response.body) return response
    const [theirs, ours] = response.body.tee()
    readAlong(ours).catch(() => undefined)
    return new Response(theirs, response)
  }
  addEventListener('keydown', () => { stamps.pressed = now() }, { capture: true })
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) stamps.longTasks.push(duration)
  }).observe({ type: 'longtask', buffered: true })
  const note = (list, name) => {
    const revision = Number(document.documentElement.dataset[name] ?? 0)
    if (revision) requestAnimationFrame(() => list.push([revision, now()]))
  }
  new MutationObserver((changes) => {
    for (const { attributeName } of changes)
      if (attributeName === 'data-rev') note(stamps.painted, 'rev')
      else note(stamps.past, 'pastRev')
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-rev', 'data-past-rev'] })
}`

export const stampsOf = (page: Page): Promise<Stamps> => page.evaluate('window.stamps')

export const forgetStamps = (page: Page): Promise<unknown> =>
  page.evaluate(
    "for (const name of ['received', 'painted', 'longTasks']) window.stamps[name].length = 0",
  )

/** The first stamp of each revision, or of a later one where it was skipped. @param revisions ascending */
export function firstSince(revisions: readonly number[], stamps: readonly Stamp[]): number[] {
  let at = 0
  return revisions.map((revision) => {
    while (at < stamps.length && stamps[at]![0] < revision) at++
    return stamps[at]?.[1] ?? Number.POSITIVE_INFINITY
  })
}

/** Bytes that its scripts hold when everything that can go has gone. */
export async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.enable')
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return usedSize
}
