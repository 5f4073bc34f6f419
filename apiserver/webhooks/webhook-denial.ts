/** What a client is told when a webhook says no, or cannot be asked. */

import { internalError, type Status, StatusError } from '../http/status.ts'
import { decodeObject } from '../schema/decode.ts'

const statusKind = {
  group: '',
  version: 'v1',
  kind: 'Status',
  schema: 'io.k8s.apimachinery.pkg.apis.meta.v1.Status',
}

/** @param said the webhook's own `status`: its code, reason, message and details stand, where they are any */
export function denial(name: string, said: Readonly<Record<string, unknown>>): StatusError {
  const { code = 0, reason = '', message = '', details } = readStatus(said)
  const deniedBy = `admission webhook ${JSON.stringify(name)} denied the request`
  const why = message || reason
  return new StatusError(
    code >= 400 && code <= 599 ? code : 400,
    reason,
    why ? `${deniedBy}: ${why}` : `${deniedBy} without explanation`,
    details,
  )
}

function readStatus(said: Readonly<Record<string, unknown>>): Partial<Status> {
  try {
    const { apiVersion: _, kind: __, ...status } = said
    return decodeObject<Status>(status, statusKind).object
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    // A refusal stays one, however badly it is worded.
    return { message: `the webhook's explanation cannot be read: ${error.message}` }
  }
}

export const failedCall = (name: string, why: string): StatusError =>
  internalError(`failed calling webhook ${JSON.stringify(name)}: ${why}`)
