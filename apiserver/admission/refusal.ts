/** How plugins refuse: 403, naming the object even while its name is not made yet. */

import { forbidden, type StatusCause, type StatusError } from '../http/status.ts'
import type { AdmissionRequest } from './admission.ts'

export function refusal(
  request: AdmissionRequest,
  why: string,
  causes?: StatusCause[],
): StatusError {
  const { name, generateName } = request.object?.metadata ?? {}
  const called = request.name || name || generateName || 'Unknown'
  return forbidden(request.resource, called, why, causes)
}
