/** Moments and stretches of time in words: how long ago, and exactly when. Pure. */

/** `now`, `12 s ago`, `6 min ago`, `2 h ago`, `3 d ago`; the future is now. */
export function ago(then: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - then) / 1000))
  return seconds < 1 ? 'now' : `${stretch(seconds * 1000)} ago`
}

/** In its largest unit, rounded down: `12 s`, `6 min`, `2 h`, `3 d`. */
export function stretch(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 100) return `${seconds} s`
  if (seconds < 100 * 60) return `${Math.floor(seconds / 60)} min`
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

const pad = (value: number): string => String(value).padStart(2, '0')

/** `14:03:12`, in the time zone of who looks. */
export function clock(time: number): string {
  const date = new Date(time)
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`
}

/** `14:03`. */
export const shortClock = (time: number): string => clock(time).slice(0, 5)

/** `2026-11-21 14:03:12`. */
export function exact(time: number): string {
  const date = new Date(time)
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${clock(time)}`
}

/** `14:02`, and with the day where that is another one than today. */
export function brief(time: number, now: number): string {
  const sameDay = new Date(time).toDateString() === new Date(now).toDateString()
  return sameDay ? shortClock(time) : exact(time).slice(5, 16)
}
