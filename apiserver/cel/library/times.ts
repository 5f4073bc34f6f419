/** Parts of timestamps and durations. Without a time zone it is UTC. */

import { CelRuntimeError } from '../errors.ts'
import { declare, type Overload } from '../functions.ts'
import type { Duration, Timestamp } from '../values.ts'

const parts: [string, (date: Date) => number][] = [
  ['getFullYear', (date) => date.getUTCFullYear()],
  ['getMonth', (date) => date.getUTCMonth()],
  ['getDate', (date) => date.getUTCDate()],
  ['getDayOfMonth', (date) => date.getUTCDate() - 1],
  ['getDayOfWeek', (date) => date.getUTCDay()],
  ['getDayOfYear', (date) => dayOfYear(date)],
  ['getHours', (date) => date.getUTCHours()],
  ['getMinutes', (date) => date.getUTCMinutes()],
  ['getSeconds', (date) => date.getUTCSeconds()],
  ['getMilliseconds', (date) => date.getUTCMilliseconds()],
]

const dayOfYear = (date: Date) =>
  Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000)

const milliseconds = ({ nanos }: Timestamp) =>
  Number((nanos - (((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n)

/** The time as that zone's clocks show it, in the fields of UTC. */
function shifted(time: Timestamp, zone: string): Date {
  const at = milliseconds(time)
  const offset = /^([+-]?)(\d\d):(\d\d)$/.exec(zone)
  if (offset) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3])
    return new Date(at + (offset[1] === '-' ? -minutes : minutes) * 60_000)
  }
  return new Date(at + zoneOffset(at, zone))
}

/** At most this many zones are remembered; there are about 600. */
const maximumZones = 1000
const zones = new Map<string, Intl.DateTimeFormat>()

function zoneOffset(at: number, zone: string): number {
  let format = zones.get(zone)
  if (!format) {
    try {
      format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      })
    } catch (error) {
      throw new CelRuntimeError(`unknown time zone ${zone}`, { cause: error })
    }
    if (zones.size < maximumZones) zones.set(zone, format)
  }
  const fields = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const field = (name: Intl.DateTimeFormatPartTypes) => fields.get(name) ?? 0
  const local = Date.UTC(
    field('year'),
    field('month') - 1,
    field('day'),
    field('hour'),
    field('minute'),
    field('second'),
  )
  return local - Math.floor(at / 1000) * 1000
}

/** What reading a zone's clock takes, in steps. */
const zoneWork = 100

const ofTimestamps = parts.flatMap(([name, read]) => [
  declare(`timestamp.${name}() int`, ([time]: readonly [Timestamp]) =>
    BigInt(read(new Date(milliseconds(time)))),
  ),
  declare(`timestamp.${name}(string) int`, ([time, zone]: readonly [Timestamp, string], meter) => {
    meter.work(zoneWork)
    return BigInt(read(shifted(time, zone)))
  }),
])

const units: [string, bigint][] = [
  ['getHours', 3_600_000_000_000n],
  ['getMinutes', 60_000_000_000n],
  ['getSeconds', 1_000_000_000n],
]

const ofDurations = [
  ...units.map(([name, unit]) =>
    declare(`duration.${name}() int`, ([{ nanos }]: readonly [Duration]) => nanos / unit),
  ),
  declare(
    'duration.getMilliseconds() int',
    ([{ nanos }]: readonly [Duration]) => nanos / 1_000_000n,
  ),
]

export const times: readonly Overload[] = [...ofTimestamps, ...ofDurations]
