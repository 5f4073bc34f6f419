/**
 * How much of the server a request takes, in seats, before it runs: a list as much as it is likely to hold in memory, a
 * write as much as those who watch it. The figures are those of Kubernetes; nothing here knows who may have how many.
 */

import type { Attributes, ResourceAttributes } from '../auth/authorization.ts'

export interface Work {
  /** While it runs. */
  seats: number
  /** For so long after it has been answered. */
  after?: { seats: number; ms: number }
  /** What takes longer waits for its client: its seats go to others. */
  mostMs?: number
}

type Place = Pick<ResourceAttributes, 'group' | 'resource' | 'namespace' | 'name'>

/** What weighs on the server at the moment. */
export interface Load {
  /** Objects of a resource, and the bytes of all of them; `undefined` where it is kept elsewhere, or nowhere. */
  stored(place: Place): { objects: number; bytes: number } | undefined
  /** How many watches are told of a change of an object. */
  watchers(place: Place): number
}

const bytesPerSeat = 100_000
/** What is in the cache is sent piece by piece. */
const mostBytesFromCache = 1_000_000
const mostListSeats = 100
const watchersPerSeat = 10
const mostWriteSeats = 10
const tellingMs = 5
const readingMs = 10_000

const one: Work = { seats: 1 }

export function workOf(attributes: Attributes, query: URLSearchParams, load: Load): Work {
  if ('path' in attributes) return one
  switch (attributes.verb) {
    case 'list':
      return reading(attributes, query, load, isOfThePast(query))
    case 'watch':
      return beginsWithObjects(query) ? reading(attributes, query, load, false) : one
    case 'create':
    case 'update':
    case 'patch':
    case 'delete':
      return writing(attributes, load)
    default:
      return one
  }
}

function reading(
  attributes: ResourceAttributes,
  query: URLSearchParams,
  load: Load,
  past: boolean,
): Work {
  if (attributes.name !== '') return one
  const stored = load.stored(attributes)
  if (!stored || stored.objects === 0) return one
  const { objects } = stored
  const limit = Number(query.get('limit')) || Number.POSITIVE_INFINITY
  const page = limit > 0 ? Math.min(limit, objects) : objects
  const selects = query.get('labelSelector') || query.get('fieldSelector')
  // Objects of the past are read before it is known which of them match.
  const loaded = past && selects ? Math.max(page, objects / 2) : page
  const bytes = (loaded * stored.bytes) / objects
  const seats = Math.ceil((past ? bytes : Math.min(bytes, mostBytesFromCache)) / bytesPerSeat)
  return { seats: Math.min(Math.max(1, seats), mostListSeats), mostMs: readingMs }
}

/** Whether the store's history answers, rather than the cache. */
function isOfThePast(query: URLSearchParams): boolean {
  if (query.get('continue')) return true
  const match = query.get('resourceVersionMatch')
  if (match) return match === 'Exact'
  const version = query.get('resourceVersion') || '0'
  return version !== '0' && Number(query.get('limit')) > 0
}

function beginsWithObjects(query: URLSearchParams): boolean {
  const wanted = query.get('sendInitialEvents')
  if (wanted !== null) return wanted !== 'false' && wanted !== '0'
  return ['', '0'].includes(query.get('resourceVersion') ?? '')
}

function writing(attributes: ResourceAttributes, load: Load): Work {
  // Nobody watches tokens.
  if (attributes.subresource === 'token') return one
  const watchers = load.watchers(attributes)
  if (watchers < watchersPerSeat) return one
  const seats = Math.min(Math.ceil(watchers / watchersPerSeat), mostWriteSeats)
  return { seats: 1, after: { seats, ms: tellingMs } }
}
