/** Times as people read them in a table: `5s`, `2m30s`, `3h4m`, `5d`. Coarser the longer ago. */

/** A duration in milliseconds as `kubectl get` prints it. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.floor(hours / 24)
  if (days < 8) return two(days, 'd', hours % 24, 'h')
  if (days < 2 * 365) return `${days}d`
  const years = Math.floor(days / 365)
  if (years < 8) return two(years, 'y', days % 365, 'd')
  return `${years}y`
}

/** How long ago an RFC 3339 time was at `now`; `<unknown>` without one. */
export function age(time: string | undefined | null, now: number): string {
  const then = time ? Date.parse(time) : Number.NaN
  return Number.isNaN(then) ? '<unknown>' : humanDuration(now - then)
}

const two = (large: number, largeUnit: string, small: number, smallUnit: string) =>
  small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`
