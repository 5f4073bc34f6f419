/** A request's objects in the version that a webhook or a policy asked for, and back. */

import type { KubernetesObject } from '../../api/object.ts'
import { same } from '../../api/same.ts'
import { decodeObject } from '../schema/decode.ts'
import type { AdmissionRequest } from './admission.ts'
import { convert } from './equivalents.ts'
import type { Match } from './matching.ts'
import { replaceObject } from './replace-object.ts'

export interface Form extends Match {
  object: KubernetesObject | undefined
  old: KubernetesObject | undefined
}

export async function formOf(request: AdmissionRequest, { resource, kind }: Match): Promise<Form> {
  const { object, old } = request
  if (resource === request.resource || request.kind !== request.resource)
    return { resource, kind, object, old }
  return {
    resource,
    kind,
    object: object && (await convert(object, request.resource, resource)),
    old: old && (await convert(old, request.resource, resource)),
  }
}

/**
 * Puts what somebody made of the form's object in the place of the request's: pruned, its structure checked, with the
 * defaults of what was added. Tells whether it is another object now.
 * @throws StatusError 400 for what cannot be this kind
 */
export async function writeBack(
  request: AdmissionRequest,
  { kind, resource }: Form,
  made: object,
): Promise<boolean> {
  if (!request.object) return false
  const { object } = decodeObject<KubernetesObject>(made, kind)
  if (kind === resource) resource.strategy.default?.(object)
  const whole = resource !== request.resource && kind === resource
  const own = whole ? await convert(object, resource, request.resource) : object
  if (same(own, request.object)) return false
  replaceObject(request.object, own)
  return true
}
