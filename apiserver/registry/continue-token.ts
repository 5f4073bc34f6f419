/**
 * Where a paged list goes on: the revision of its first page, when that was, and the last key that was given out. Opaque
 * to clients, and checked when it comes back, because anybody can write one.
 */

import { JsonError, parseJson } from '../../api/json-text.ts'
import { badRequest } from '../http/status.ts'
import type { Revision } from '../storage/storage.ts'

export interface ContinueToken {
  /** 0: whatever is current, for lists whose history is gone. */
  revision: Revision
  /** Exclusive, relative to the collection's prefix. */
  after: string
  /** When the first page was given, milliseconds since the epoch; nothing is said of it where the revision is 0. */
  since?: number
}

const version = 'meta.k8s.io/v1'

export function encodeContinue({ revision, after, since }: ContinueToken): string {
  const body = {
    v: version,
    rv: revision === 0 ? -1 : revision,
    start: `${after}\0`,
    ...(revision !== 0 && since !== undefined && { since }),
  }
  return Buffer.from(JSON.stringify(body)).toString('base64url')
}

/** @throws StatusError 400 */
export function decodeContinue(text: string): ContinueToken {
  const refuse = (why: string) =>
    badRequest(`invalid continue token: continue key is not valid: ${why}`)
  const odd = text.search(/[^\w-]/)
  if (odd >= 0 || text.length % 4 === 1)
    throw refuse(`illegal base64 data at input byte ${odd >= 0 ? odd : text.length - 1}`)
  let body: unknown
  try {
    body = parseJson(Buffer.from(text, 'base64url')).value
  } catch (error) {
    if (error instanceof JsonError) throw refuse(error.message)
    throw error
  }
  const { v = '', rv, start = '', since } = (body ?? {}) as Record<string, unknown>
  if (v !== version) throw refuse(`server does not recognize this encoded version ${v}`)
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0 || rv < -1)
    throw refuse(`incorrect encoded start resourceVersion (version ${version})`)
  if (start === '') throw refuse(`encoded start key empty (version ${version})`)
  if (typeof start !== 'string' || !start.endsWith('\0') || !isRelativeKey(start.slice(0, -1)))
    throw refuse(String(start))
  const after = start.slice(0, -1)
  if (rv === -1) return { revision: 0, after }
  return { revision: rv, after, ...(typeof since === 'number' && { since }) }
}

/** `namespace/name` or `name`: never a way out of the collection. */
function isRelativeKey(key: string): boolean {
  const parts = key.split('/')
  return (
    parts.length <= 2 &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'))
  )
}
