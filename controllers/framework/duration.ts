/** Lengths of time as people write them, and as Go prints them. */

type Unit = 'ms' | 's' | 'm' | 'h'

/** Milliseconds, or a text such as `500ms`, `10s`, `5m`, `1h30m`. */
export type Duration =
  | number
  | `${number}${Unit}`
  | `${number}h${number}m`
  | `${number}m${number}s`
  | `${number}h${number}m${number}s`

const unitLength: Record<Unit, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const whole = /^(\d+(\.\d+)?(ms|s|m|h))+$/
const part = /(\d+(?:\.\d+)?)(ms|s|m|h)/g

/** Throws on what is no length of time, and on negative ones. */
export function milliseconds(duration: Duration | string): number {
  if (typeof duration === 'number') {
    if (Number.isFinite(duration) && duration >= 0) return duration
  } else if (whole.test(duration)) {
    let sum = 0
    for (const [, count, unit] of duration.matchAll(part))
      sum += Number(count) * unitLength[unit as Unit]
    return sum
  }
  throw new Error(
    `${JSON.stringify(duration)} is not a duration: write milliseconds, or '500ms', '10s', '5m', '1h30m'`,
  )
}
