/**
 * What to answer in, from the `Accept` header: JSON always, in the object's own shape or transformed. A client that
 * insists on anything else is told so; nothing is silently replaced.
 */

import { notAcceptable } from './status.ts'

export type Shape = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
export type MetaVersion = 'v1' | 'v1beta1'

export interface Accepted {
  /** Absent: the object as it is. */
  shape?: Shape
  /** Of `meta.k8s.io`, for shapes. */
  version: MetaVersion
}

/** What an endpoint can be turned into. */
export type Endpoint = 'object' | 'list' | 'watch' | 'plain'

interface Clause {
  type: string
  parameters: ReadonlyMap<string, string>
  quality: number
}

const plain: Accepted = { version: 'v1' }
const shapes: Record<Endpoint, readonly string[]> = {
  object: ['Table', 'PartialObjectMetadata'],
  list: ['Table', 'PartialObjectMetadataList'],
  watch: ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'],
  plain: [],
}
const jsonTypes = new Set(['application/json', 'application/*', '*/*'])

/** Clauses in the client's order of preference: by quality, then as written. */
export function parseAccept(header: string): Clause[] {
  const clauses = header.split(',', 64).flatMap((part) => {
    const [type = '', ...rest] = part.split(';')
    if (type.trim() === '') return []
    const parameters = new Map(
      rest.map((parameter) => {
        const [key = '', value = ''] = parameter.split('=', 2)
        return [key.trim().toLowerCase(), value.trim().replace(/^"|"$/g, '')]
      }),
    )
    const quality = Number(parameters.get('q') ?? 1)
    return [{ type: type.trim().toLowerCase(), parameters, quality }]
  })
  return clauses
    .filter(({ quality }) => quality > 0)
    .sort((one, other) => other.quality - one.quality)
}

function honour(clause: Clause, endpoint: Endpoint): Accepted | undefined {
  if (!jsonTypes.has(clause.type)) return undefined
  const stream = clause.parameters.get('stream')
  if (stream !== undefined && (stream !== 'watch' || endpoint !== 'watch')) return undefined
  const as = clause.parameters.get('as')
  if (as === undefined) return plain
  const version = clause.parameters.get('v') ?? 'v1'
  if (clause.parameters.get('g') !== 'meta.k8s.io') return undefined
  if (version !== 'v1' && version !== 'v1beta1') return undefined
  if (!shapes[endpoint].includes(as)) return undefined
  return { shape: as as Shape, version }
}

/** Clients send a handful of different headers, over and over. */
const known = new Map<string, Accepted>()
const knownLimit = 256

/** @throws StatusError 406 */
export function negotiate(accept: string | undefined, endpoint: Endpoint): Accepted {
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json')
    return plain
  const key = `${endpoint} ${accept}`
  const before = known.get(key)
  if (before) return before
  for (const clause of parseAccept(accept)) {
    const accepted = honour(clause, endpoint)
    if (!accepted) continue
    if (known.size >= knownLimit) known.clear()
    known.set(key, accepted)
    return accepted
  }
  throw notAcceptable(
    endpoint === 'watch'
      ? ['application/json;stream=watch', 'application/json']
      : ['application/json'],
  )
}

/** Whether OpenAPI v2 is rather wanted in its binary form, which has two names. */
export function wantsOpenApiProtobuf(accept: string | undefined): boolean {
  for (const { type } of parseAccept(accept ?? '')) {
    if (jsonTypes.has(type)) return false
    if (/^application\/com\.github\.proto-openapi\.spec\.v2[@.]v1\.0\+protobuf$/.test(type))
      return true
  }
  return false
}

/** Whether the first clause we can serve asks for aggregated discovery, and in which version. */
export function aggregatedDiscovery(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const { type, parameters } of parseAccept(accept ?? '')) {
    if (!jsonTypes.has(type)) continue
    if (parameters.get('as') !== 'APIGroupDiscoveryList') return undefined
    const version = parameters.get('v')
    if (parameters.get('g') !== 'apidiscovery.k8s.io') continue
    if (version === 'v2' || version === 'v2beta1') return version
  }
  return undefined
}
