/**
 * The schedule of a CronJob: minute, hour, day of month, month and day of week, or one of the `@` words. What is wrong
 * with one is told in the words that Kubernetes' users know from the reader that it uses; when the next run is due is
 * not asked here.
 */

interface Field {
  least: number
  most: number
  names?: readonly string[]
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const days = 'sun mon tue wed thu fri sat'.split(' ')

const fields: readonly Field[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, names: months },
  { least: 0, most: 6, names: days },
]

const words = new Set([
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
])
const every = '@every '

/** What is wrong with it; `undefined` when nothing is. A time zone in front is for others to judge. */
export function scheduleProblem(schedule: string): string | undefined {
  if (schedule === '') return 'empty spec string'
  const [, zone, rest = schedule] = /^(?:CRON_)?TZ=(\S*)\s*(.*)$/s.exec(schedule) ?? []
  if (zone !== undefined && !isTimeZone(zone))
    return `provided bad location ${zone}: unknown time zone ${zone}`
  if (rest.startsWith('@')) return descriptorProblem(rest)
  const parts = rest.split(/\s+/).filter(Boolean)
  if (parts.length !== fields.length)
    return `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`
  for (const [index, field] of fields.entries())
    for (const expression of (parts[index] ?? '').split(',').filter(Boolean)) {
      const problem = rangeProblem(expression, field)
      if (problem) return problem
    }
  return undefined
}

/** IANA's names, in the spelling that a file system would take. */
export function isTimeZone(name: string): boolean {
  if (name === '' || /^[+-]/.test(name)) return name === ''
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

const duration =
  /^[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$/

function descriptorProblem(text: string): string | undefined {
  if (words.has(text)) return undefined
  if (!text.startsWith(every)) return `unrecognized descriptor: ${text}`
  const length = text.slice(every.length)
  if (duration.test(length) || length === '0') return undefined
  const quoted = JSON.stringify(length)
  return `failed to parse duration ${text}: time: invalid duration ${quoted}`
}

/** `*`, `3`, `1-5`, each with `/step`. */
function rangeProblem(expression: string, field: Field): string | undefined {
  const [range = '', step, ...more] = expression.split('/')
  const [low = '', high, ...others] = range.split('-')
  const whole = low === '*' || low === '?'
  const start = whole ? field.least : numberOf(low, field)
  if (typeof start === 'string') return start
  if (!whole && others.length > 0) return `too many hyphens: ${expression}`
  const last = whole ? field.most : high === undefined ? start : numberOf(high, field)
  if (typeof last === 'string') return last
  if (more.length > 0) return `too many slashes: ${expression}`
  const by = step === undefined ? 1 : integer(step)
  if (typeof by === 'string') return by
  const end = step !== undefined && high === undefined ? field.most : last
  if (start < field.least)
    return `beginning of range (${start}) below minimum (${field.least}): ${expression}`
  if (end > field.most) return `end of range (${end}) above maximum (${field.most}): ${expression}`
  if (start > end)
    return `beginning of range (${start}) beyond end of range (${end}): ${expression}`
  return by === 0 ? `step of range should be a positive number: ${expression}` : undefined
}

function numberOf(text: string, { least, names }: Field): number | string {
  const index = names?.indexOf(text.toLowerCase()) ?? -1
  return index >= 0 ? index + least : integer(text)
}

function integer(text: string): number | string {
  if (!/^[+-]?\d+$/.test(text))
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`
  const value = Number(text)
  return value < 0 ? `negative number (${value}) not allowed: ${text}` : value
}
