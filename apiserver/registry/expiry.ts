/**
 * Removes objects some time after their last write, for the kinds that say so (Events). When an object was written is
 * known from its revision, for those seen by this server, and from the times in the object for older ones.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Cancel } from '../../ports/clock.ts'
import { every } from '../../ports/every.ts'
import type { Resource } from '../resources/resource.ts'
import type { Revision } from '../storage/storage.ts'
import type { CachedObject } from '../watch/cached-object.ts'
import type { RegistryPorts } from './ports.ts'
import { ownNote } from './write-note.ts'

const sweepEvery = 60_000
/** Removals under way at once. */
const atOnce = 16

interface Mark {
  revision: Revision
  /** Milliseconds since the epoch. */
  at: number
}

/** When an object was last written, at least. */
function writtenAt(object: CachedObject, marks: readonly Mark[]): number {
  const mark = marks.find(({ revision }) => object.revision <= revision)
  return mark && mark !== marks[0] ? mark.at : newestTime(object.object)
}

function newestTime({ metadata, ...fields }: KubernetesObject): number {
  const { lastTimestamp, eventTime, series } = fields as {
    lastTimestamp?: string
    eventTime?: string
    series?: { lastObservedTime?: string }
  }
  const times = [metadata.creationTimestamp, lastTimestamp, eventTime, series?.lastObservedTime]
  return Math.max(...times.map((time) => Date.parse(time ?? '') || 0))
}

/** Sweeps every minute until cancelled. */
export function expire(
  ports: RegistryPorts,
  resources: readonly Resource[],
  report: (error: unknown) => void,
): Cancel {
  const mortal = resources.filter(
    ({ ttlSeconds, storage }) => ttlSeconds !== undefined && storage === undefined,
  )
  const longest = Math.max(0, ...mortal.map(({ ttlSeconds = 0 }) => ttlSeconds * 1000))
  const { clock } = ports
  let marks: Mark[] = [{ revision: ports.hub.revision, at: clock.now() }]
  const round = () => {
    const now = clock.now()
    const since = marks.filter(
      ({ at }, index) => index === 0 || at > now - longest - 3 * sweepEvery,
    )
    marks = [...since, { revision: ports.hub.revision, at: now }]
    return sweep(ports, mortal, marks, now)
  }
  return every(clock, sweepEvery, round, report)
}

async function sweep(
  ports: RegistryPorts,
  resources: readonly Resource[],
  marks: readonly Mark[],
  now: number,
): Promise<void> {
  for (const resource of resources) {
    const { items } = ports.cacheOf(resource).list()
    const limit = now - (resource.ttlSeconds ?? 0) * 1000
    const due = items.filter((object) => writtenAt(object, marks) < limit).values()
    const worker = async () => {
      for (const { key, revision } of due)
        await ports.storage.write({
          key,
          value: undefined,
          expect: revision,
          note: ownNote(ports.clock, { verb: 'delete' }),
        })
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
  }
}
