/** What the page takes from the browser. `main.tsx` hands in the real ones, tests their own. */

export interface Ports {
  /** Milliseconds since 1970. */
  now: () => number
  /** Returns what calls it off. */
  later: (ms: number, run: () => void) => () => void
  /** Before the next paint. */
  frame: (run: () => void) => void
  /** 0 to 1. */
  random: () => number
  fetch: (path: string, init: RequestInit) => Promise<Response>
}
