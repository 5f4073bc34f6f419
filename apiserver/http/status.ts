/**
 * Errors as `metav1.Status`, exactly as clients switch on them. Every refusal anywhere in the server is a
 * `StatusError`; anything else that is thrown becomes a 500.
 */

import type { FieldError } from '../resources/resource.ts'

export interface StatusCause {
  reason?: string
  message?: string
  field?: string
}

export interface StatusDetails {
  name?: string
  group?: string
  kind?: string
  uid?: string
  causes?: StatusCause[]
  retryAfterSeconds?: number
}

export interface Status {
  kind: 'Status'
  apiVersion: 'v1'
  metadata: { continue?: string; remainingItemCount?: number }
  status: 'Success' | 'Failure'
  message?: string
  reason?: string
  details?: StatusDetails
  code: number
}

/** Which resource a message is about; `group` is empty for the core group. */
export interface About {
  group: string
  /** The plural, as most reasons name it. */
  plural: string
}

const qualified = (about: About) =>
  about.group === '' ? about.plural : `${about.plural}.${about.group}`

export class StatusError extends Error {
  override name = 'StatusError'
  readonly status: Status

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message)
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      // The API's own errors without one say none.
      ...(reason !== '' && { reason }),
      ...(details && { details }),
      code,
    }
  }

  get code(): number {
    return this.status.code
  }

  get reason(): string {
    return this.status.reason ?? 'Unknown'
  }
}

const detailsOf = (about: About, name: string): StatusDetails => ({
  ...(name !== '' && { name }),
  ...(about.group !== '' && { group: about.group }),
  kind: about.plural,
})

export const notFound = (about: About, name: string) =>
  new StatusError(
    404,
    'NotFound',
    `${qualified(about)} "${name}" not found`,
    detailsOf(about, name),
  )

export const alreadyExists = (about: About, name: string) =>
  new StatusError(
    409,
    'AlreadyExists',
    `${qualified(about)} "${name}" already exists`,
    detailsOf(about, name),
  )

export const conflict = (
  about: About,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
) =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(about)} "${name}": ${why}`,
    detailsOf(about, name),
  )

/** @param about its `kind` is the Kind here, not the plural: that is how the API has it. */
export function invalid(
  about: { group: string; kind: string },
  name: string,
  errors: FieldError[],
): StatusError {
  const kind = about.group === '' ? about.kind : `${about.kind}.${about.group}`
  const texts = errors.map(({ field, message }) => `${field}: ${message}`)
  const all = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  return new StatusError(422, 'Invalid', `${kind} "${name}" is invalid: ${all}`, {
    ...(name !== '' && { name }),
    ...(about.group !== '' && { group: about.group }),
    ...(about.kind !== '' && { kind: about.kind }),
    causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
  })
}

export const forbidden = (about: About, name: string, why: string, causes?: StatusCause[]) =>
  new StatusError(
    403,
    'Forbidden',
    name === ''
      ? `${qualified(about)} is forbidden: ${why}`
      : `${qualified(about)} "${name}" is forbidden: ${why}`,
    { ...detailsOf(about, name), ...(causes && { causes }) },
  )

export const badRequest = (message: string) => new StatusError(400, 'BadRequest', message)

export const unauthorized = () => new StatusError(401, 'Unauthorized', 'Unauthorized')

export const methodNotAllowed = (message: string) =>
  new StatusError(405, 'MethodNotAllowed', message)

export const notAcceptable = (accepted: string[]) =>
  new StatusError(
    406,
    'NotAcceptable',
    `only the following media types are accepted: ${accepted.join(', ')}`,
  )

export const unsupportedMediaType = (accepted: string[]) =>
  new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )

export const entityTooLarge = (why: string) =>
  new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: ${why}`)

export const tooLarge = (limit: number) => entityTooLarge(`limit is ${limit}`)

/** What is well formed and cannot be done. The API says no more than this, whatever the reason. */
export const unprocessable = () =>
  new StatusError(
    422,
    'Invalid',
    'the server rejected our request due to an error in our request',
    {},
  )

/** An error of the API's own that has no reason: 500. */
export const plainError = (message: string) => new StatusError(500, '', message)

/** The asked-for history is gone: the client lists again. */
export const expired = (message: string) => new StatusError(410, 'Expired', message)

export const tooManyRequests = (
  message: string,
  retryAfterSeconds: number,
  causes?: StatusCause[],
) =>
  new StatusError(429, 'TooManyRequests', message, {
    retryAfterSeconds,
    ...(causes && { causes }),
  })

export const timeout = (message: string, retryAfterSeconds: number, causes?: StatusCause[]) =>
  new StatusError(504, 'Timeout', message, { retryAfterSeconds, ...(causes && { causes }) })

export const internalError = (message: string) =>
  new StatusError(500, 'InternalError', `Internal error occurred: ${message}`)

export const serviceUnavailable = (message: string, retryAfterSeconds?: number) =>
  new StatusError(
    503,
    'ServiceUnavailable',
    message,
    retryAfterSeconds === undefined ? undefined : { retryAfterSeconds },
  )
