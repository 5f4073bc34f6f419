/**
 * How addresses that Services take stand in the store: as IPAddress objects, which everybody may read, and whose names
 * are the addresses. The uid of such an object follows from that of its Service, so that it tells for which one of a
 * name it was made.
 */

import { createHash } from 'node:crypto'
import type { KubernetesObject } from '../../api/object.ts'
import type { IPAddress } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import { ipAddresses } from '../resources/networking/ip-address.ts'
import { apiVersionOf } from '../resources/resource.ts'
import { decodeObject, encodeObject } from '../watch/encode.ts'
import { collectionPrefix } from './keys.ts'
import type { MarkForm } from './ledger.ts'

const managedBy = 'ipaddress.kubernetes.io/managed-by'
const family = 'ipaddress.kubernetes.io/ip-family'
/** Who makes these objects; those of others say something else, or nothing. */
const allocator = 'ipallocator.k8s.io'

export const addressMarks: MarkForm = {
  prefix: collectionPrefix(ipAddresses),
  encode(address, service, now) {
    const { namespace, name = '' } = service.metadata
    const object: IPAddress & KubernetesObject = {
      kind: ipAddresses.kind,
      apiVersion: apiVersionOf(ipAddresses),
      metadata: {
        name: address,
        uid: uidFor(address, service),
        creationTimestamp: time(now),
        labels: { [family]: 'IPv4', [managedBy]: allocator },
      },
      spec: { parentRef: { resource: 'services', namespace, name } },
    }
    return encodeObject(object)
  },
  decode(bytes) {
    const { metadata, spec } = decodeObject(bytes) as IPAddress & KubernetesObject
    if (metadata.labels?.[managedBy] !== allocator) return undefined
    const { namespace = '', name } = spec?.parentRef ?? {}
    return {
      name: `${namespace}/${name}`,
      holder: String(metadata.uid),
      at: Date.parse(metadata.creationTimestamp ?? ''),
    }
  },
  holderOf: uidFor,
}

function uidFor(address: string, { metadata }: KubernetesObject): string {
  const hex = createHash('sha256').update(`${metadata.uid}/${address}`).digest('hex')
  const [a, b, c, d, e] = [0, 8, 12, 16, 20].map((from, at, all) => hex.slice(from, all[at + 1]))
  // Version 8: made by a rule of one's own.
  return `${a}-${b}-8${c?.slice(1)}-8${d?.slice(1)}-${e?.slice(0, 12)}`
}
