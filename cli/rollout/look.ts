/**
 * What a command looks at: the cluster as it is, or as it was at a moment. Everything is then read as of that moment, by the
 * same reads, so that a command need not know which of the two it is.
 */

import { type HttpCluster, Pod } from '../../controllers/framework/index.ts'
import type { Past } from '../../history/past.ts'
import type { Context } from '../context.ts'
import { type Line, line } from './line.ts'
import { goneInWords, type Then, thenOf, whenOf } from './moment.ts'
import type { PlaceFlags } from './place.ts'
import { momentText } from './replay/moment-text.ts'
import { type Session, withSession } from './session.ts'

export interface LookFlags extends PlaceFlags {
  /** The present without it. */
  at?: string
}

/** What can be read. */
export interface Reading {
  cluster: Pick<HttpCluster, 'get' | 'list' | 'podLog' | 'discover'>
  namespace: string
  past: Pick<Past, 'edge' | 'why' | 'recording' | 'log'>
  fetch: Session['fetch']
}

export interface Look extends Reading {
  /** Milliseconds since the epoch: what clocks show there. */
  now: number
  /** The revision, where it is not the present. */
  until?: number
  /** Said before everything else: that this is the past. */
  lead: Line[]
}

export function withLook<T>(
  context: Context,
  flags: LookFlags,
  work: (look: Look) => Promise<T>,
): Promise<T> {
  return withSession(context, flags, async (session) => {
    const now = context.clock.now()
    if (flags.at === undefined) return work({ ...session, now, lead: [] })
    const then = await thenOf(session, whenOf(flags.at, now), now)
    try {
      const time = then.time ?? now
      const reading = readingAt(session, then.revision, time)
      return await work({ ...reading, now: time, until: then.revision, lead: leadOf(then, now) })
    } catch (error) {
      throw goneInWords(error, then.revision)
    }
  })
}

const leadOf = ({ revision, time }: Then, now: number): Line[] => [
  line(
    time === undefined
      ? ` as of r${revision}; ages are reckoned from now `
      : ` as of ${momentText(time, now)}, r${revision} `,
    'past',
  ),
]

/** Lines of a log, where nobody says how many. */
const mostLines = 2_000

/**
 * As of a revision; what is asked for at another one by name still is.
 * @param time of the revision: milliseconds since the epoch, up to which logs are told
 */
export function readingAt({ cluster, past, ...rest }: Reading, revision: number, time: number) {
  const exact = { resourceVersion: String(revision), resourceVersionMatch: 'Exact' } as const
  const get: Reading['cluster']['get'] = async (kind, { namespace, name }) => {
    const place = namespace === undefined ? {} : { namespace }
    const fieldSelector = `metadata.name=${name}`
    return (await cluster.list(kind, { ...exact, ...place, fieldSelector })).items[0]
  }
  const reading: Reading = {
    ...rest,
    cluster: {
      get,
      list: (kind, options) => cluster.list(kind, { ...exact, ...options }),
      async podLog({ namespace = rest.namespace, name }, { container = '', tailLines } = {}) {
        const { uid = '' } = (await get(Pod, { namespace, name }))?.metadata ?? {}
        const where = { namespace, pod: name, uid, container }
        return (await past.log(where, { until: time, lines: tailLines ?? mostLines })).join('\n')
      },
      discover: () => cluster.discover(),
    },
    past: {
      edge: () => past.edge(),
      recording: (stretch, signal) => past.recording(stretch, signal),
      log: (container, stretch) => past.log(container, stretch),
      // Without a path it would be the last write of all, however small: asked for is how it came to be.
      why: (subject, options = {}) =>
        past.why(subject, { revision, path: 'metadata.uid', ...options }),
    },
  }
  return reading
}
