/** Growing waits: after crashes, failed pulls, failed volumes. Values, not timers; the caller owns the clock. */

export interface BackOffRule {
  /** Milliseconds. */
  first: number
  longest: number
  /** Forgotten when nothing has gone wrong for so long. */
  forgetAfter: number
}

const minute = 60_000

/** kubelet's for containers that end and images that cannot be pulled: 10 s doubling to 5 min, forgotten after 10. */
export const crashRule: BackOffRule = {
  first: 10_000,
  longest: 5 * minute,
  forgetAfter: 10 * minute,
}
/** For volumes and sandboxes that cannot be made yet. */
export const retryRule: BackOffRule = { first: 500, longest: 10_000, forgetAfter: minute }

export interface BackOff {
  /** Milliseconds to wait after the failure; 0: at once. */
  delay: number
  /** When `delay` was last set, in milliseconds since the epoch. */
  at: number
}

export const noBackOff: BackOff = { delay: 0, at: 0 }

/** The wait after one more failure at `now`. */
export function longer(backOff: BackOff, rule: BackOffRule, now: number): BackOff {
  const stale = backOff.delay === 0 || now - backOff.at > rule.forgetAfter
  return { delay: stale ? rule.first : Math.min(backOff.delay * 2, rule.longest), at: now }
}

/** The first failure after a long good time is retried at once; `since` is when it happened. */
export const waitUntil = (backOff: BackOff, rule: BackOffRule, since: number): number =>
  since - backOff.at > rule.forgetAfter ? since : since + backOff.delay
