/** A revision as it stands in a query. */

import { badRequest } from '../http/status.ts'
import type { Revision } from '../storage/storage.ts'

/** @throws StatusError 400 */
export function revisionIn(query: URLSearchParams, name: string): Revision | undefined {
  const text = query.get(name)
  if (!text) return undefined
  const revision = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(revision) || revision === 0)
    throw badRequest(
      `${name} must be a revision, a whole number from 1; it is ${JSON.stringify(text)}`,
    )
  return revision
}
