/** How log files are called: by the instance that writes them, when they were rotated, and since when they are kept. */

export interface LogFile {
  name: string
  /** Of the instance that wrote it. */
  attempt: number
  /** When it was put aside while the instance ran on, `YYYYMMDDhhmmss`; the one that was written last has none. */
  rotated: string | undefined
}

export interface PastLogFile extends LogFile {
  /** When it was moved aside, in milliseconds since the Unix epoch. */
  at: number
}

/** `3.log`, `3.log.20260102030405`. */
export function logFileIn(name: string): LogFile | undefined {
  const [, attempt, rotated] = /^(\d{1,9})\.log(?:\.(\d{14}))?$/.exec(name) ?? []
  return attempt === undefined ? undefined : { name, attempt: Number(attempt), rotated }
}

/** `1767323045678-3.log`: no two instances of one number are ever kept under one name. */
export const pastName = ({ name }: LogFile, at: number): string => `${at}-${name}`

export function pastLogFileIn(name: string): PastLogFile | undefined {
  const [, at, rest = ''] = /^(\d{1,15})-(.+)$/.exec(name) ?? []
  const file = logFileIn(rest)
  return at === undefined || !file ? undefined : { ...file, name, at: Number(at) }
}

/** As they were written. */
export function logOrder(a: LogFile & { at?: number }, b: LogFile & { at?: number }): number {
  const [one, other] = [a.rotated ?? last, b.rotated ?? last]
  return (a.at ?? 0) - (b.at ?? 0) || a.attempt - b.attempt || (one < other ? -1 : 1)
}

/** After every time. */
const last = '~'
