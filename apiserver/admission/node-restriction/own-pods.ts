/** Of its pods an agent makes only mirrors of what it runs by itself, and writes only how they are. */

import { isDeepStrictEqual } from 'node:util'
import type { Node, Pod } from '../../../api/types.ts'
import { notFound } from '../../http/status.ts'
import type { Lister } from '../../registry/lister.ts'
import { readThrough } from '../../registry/read-through.ts'
import type { AdmissionRequest } from '../admission.ts'
import { kindReferredBy, projectsTokens } from '../pod-references.ts'

const mirror = 'kubernetes.io/config.mirror'

/** @throws StatusError 404 where the node itself is not known */
export async function mirrorPodProblem(
  node: string,
  { object }: AdmissionRequest,
  lister: Lister,
): Promise<string | undefined> {
  const { metadata, spec } = object as unknown as Pod
  const itself = JSON.stringify(node)
  if (!Object.hasOwn(metadata.annotations ?? {}, mirror))
    return `pod does not have ${JSON.stringify(mirror)} annotation, node ${itself} can only create mirror pods`
  if (spec?.nodeName !== node)
    return `node ${itself} can only create pods with spec.nodeName set to itself`
  const [owner, ...others] = metadata.ownerReferences ?? []
  if (others.length > 0)
    return `node ${itself} can only create pods with a single owner reference set to itself`
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node)
    return `node ${itself} can only create pods with an owner reference set to itself`
  if (owner.controller !== true)
    return `node ${itself} can only create pods with a controller owner reference set to itself`
  if (owner.blockOwnerDeletion)
    return `node ${itself} must not set blockOwnerDeletion on an owner reference`
  if (spec.serviceAccountName)
    return `node ${itself} can not create pods that reference a service account`
  const what = kindReferredBy(spec) ?? (projectsTokens(spec) ? 'serviceaccounts' : undefined)
  if (what) return `node ${itself} can not create pods that reference ${what}`
  if (spec.resourceClaims?.length)
    return `node ${itself} can not create pods that reference resourceclaims`
  const known = await readThrough<Node>(lister, 'nodes', '', node)
  if (!known) throw notFound({ group: '', plural: 'nodes' }, node)
  return owner.uid === known.metadata.uid
    ? undefined
    : `node ${node} UID mismatch: expected ${owner.uid} got ${known.metadata.uid}`
}

export function podStatusProblem(
  node: string,
  { operation, object, old }: AdmissionRequest,
): string | undefined {
  const itself = JSON.stringify(node)
  if (operation !== 'UPDATE') return `unexpected operation ${JSON.stringify(operation)}`
  const pod = object as unknown as Pod
  const before = old as unknown as Pod
  if (before.spec?.nodeName !== node)
    return `node ${itself} can only update pod status for pods with spec.nodeName set to itself`
  if (!isDeepStrictEqual(pod.metadata.labels ?? {}, before.metadata.labels ?? {}))
    return `node ${itself} cannot update labels through pod status`
  const claims = ({ status }: Pod) => status?.resourceClaimStatuses ?? []
  if (!isDeepStrictEqual(claims(pod), claims(before)))
    return `node ${itself} cannot update resource claim statuses`
  return undefined
}
