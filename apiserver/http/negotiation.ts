/**
 * What to answer in, from the `Accept` header: JSON, or protobuf where there is such a form, in the object's own shape
 * or transformed. A client that insists on anything else is told so; nothing is silently replaced.
 */

import { notAcceptable } from './status.ts'

export type Shape = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
export type MetaVersion = 'v1' | 'v1beta1'

export interface Accepted {
  /** Absent: the object as it is. */
  shape?: Shape
  /** Of `meta.k8s.io`, for shapes. */
  version: MetaVersion
  /** Absent: JSON. */
  encoding?: 'protobuf'
}

/** What an endpoint can be turned into. */
export type Endpoint = 'object' | 'list' | 'watch' | 'plain'

interface Clause {
  type: string
  parameters: ReadonlyMap<string, string>
  quality: number
}

export const jsonType = 'application/json'
export const protobufType = 'application/vnd.kubernetes.protobuf'

const plain: Accepted = { version: 'v1' }
const plainProtobuf: Accepted = { version: 'v1', encoding: 'protobuf' }
const shapes: Record<Endpoint, readonly string[]> = {
  object: ['Table', 'PartialObjectMetadata'],
  list: ['Table', 'PartialObjectMetadataList'],
  watch: ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'],
  plain: [],
}
const jsonTypes = new Set([jsonType, 'application/*', '*/*'])

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

/** @param binary the endpoint's own shape has a form in protobuf */
function honour(clause: Clause, endpoint: Endpoint, binary: boolean): Accepted | undefined {
  const protobuf = clause.type === protobufType
  if (!protobuf && !jsonTypes.has(clause.type)) return undefined
  const stream = clause.parameters.get('stream')
  if (stream !== undefined && (stream !== 'watch' || endpoint !== 'watch')) return undefined
  const as = clause.parameters.get('as')
  if (as === undefined) {
    if (!protobuf) return plain
    return binary ? plainProtobuf : undefined
  }
  const version = clause.parameters.get('v') ?? 'v1'
  if (clause.parameters.get('g') !== 'meta.k8s.io') return undefined
  if (version !== 'v1' && version !== 'v1beta1') return undefined
  if (!shapes[endpoint].includes(as) || (protobuf && as === 'Table')) return undefined
  return { shape: as as Shape, version, ...(protobuf && { encoding: 'protobuf' }) }
}

/** Clients send a handful of different headers, over and over. */
const known = new Map<string, Accepted>()
const knownLimit = 256

/**
 * @param binary whether what is there can be answered in protobuf as it is
 * @throws StatusError 406
 */
export function negotiate(
  accept: string | undefined,
  endpoint: Endpoint,
  binary = false,
): Accepted {
  if (accept === undefined || accept === '' || accept === '*/*' || accept === jsonType) return plain
  const key = `${endpoint} ${binary} ${accept}`
  const before = known.get(key)
  if (before) return before
  for (const clause of parseAccept(accept)) {
    const accepted = honour(clause, endpoint, binary)
    if (!accepted) continue
    if (known.size >= knownLimit) known.clear()
    known.set(key, accepted)
    return accepted
  }
  const types = binary ? [jsonType, protobufType] : [jsonType]
  throw notAcceptable(
    endpoint === 'watch' ? types.flatMap((type) => [`${type};stream=watch`, type]) : types,
  )
}

/** Whether errors are told in protobuf: whatever else is acceptable, they have one shape, and JSON where nothing fits. */
export function wantsErrorsInProtobuf(accept: string | undefined): boolean {
  if (!accept?.includes(protobufType)) return false
  for (const { type, parameters } of parseAccept(accept)) {
    if (parameters.has('as') || (parameters.get('stream') ?? 'watch') !== 'watch') continue
    if (jsonTypes.has(type)) return false
    if (type === protobufType) return true
  }
  return false
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

export interface AggregatedDiscovery extends Pick<Accepted, 'encoding'> {
  version: 'v2' | 'v2beta1'
}

/** Whether the first clause we can serve asks for aggregated discovery, and in which version. */
export function aggregatedDiscovery(accept: string | undefined): AggregatedDiscovery | undefined {
  for (const { type, parameters } of parseAccept(accept ?? '')) {
    const protobuf = type === protobufType
    if (!protobuf && !jsonTypes.has(type)) continue
    if (parameters.get('as') !== 'APIGroupDiscoveryList') return undefined
    const version = parameters.get('v')
    if (parameters.get('g') !== 'apidiscovery.k8s.io') continue
    if (version !== 'v2' && version !== 'v2beta1') continue
    return { version, ...(protobuf && { encoding: 'protobuf' }) }
  }
  return undefined
}
