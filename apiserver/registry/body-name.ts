/** A POST to a subresource names its object twice: in the URL, and in the body. */

import type { KubernetesObject } from '../../api/object.ts'
import { badRequest } from '../http/status.ts'

/** @throws StatusError 400 where the two are not the same */
export function checkBodyName({ kind, metadata }: KubernetesObject, name: string): void {
  if (metadata?.name !== name) throw badRequest(`name in URL does not match name in ${kind} object`)
}
