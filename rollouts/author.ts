/**
 * Who wrote a template, as far as objects tell: the server notes managers and times, not people, and only the last time
 * of each. What is found is therefore inferred. Pure.
 */

import type { Deployment } from '../api/types.ts'

export interface Author {
  /** The program: `kubectl-set`, `helm`, a controller. */
  manager: string
  /** RFC 3339. */
  time: string
  /** By server-side apply: it will say the same again. */
  applies: boolean
}

/** A ReplicaSet is made soon after the template was written; times are whole seconds. */
const soonMs = 5_000

/** Everybody who has written into the template, the latest first. */
export function authorsOf({ metadata }: Pick<Deployment, 'metadata'>): Author[] {
  return (metadata.managedFields ?? [])
    .flatMap((entry) => authorIn(entry) ?? [])
    .sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0))
}

/** Whose write it was that made a ReplicaSet of this time. */
export function authorAt(deployment: Deployment, created: string | undefined): Author | undefined {
  const made = Date.parse(created ?? '')
  return authorsOf(deployment).find(({ time }) => {
    const wait = made - Date.parse(time)
    return wait > -1_000 && wait <= soonMs
  })
}

function authorIn(entry: unknown): Author | undefined {
  const { manager, time, operation, subresource, fieldsV1 } = entry as {
    manager?: unknown
    time?: unknown
    operation?: unknown
    subresource?: unknown
    fieldsV1?: { 'f:spec'?: { 'f:template'?: unknown } }
  }
  if (typeof manager !== 'string' || typeof time !== 'string' || subresource) return undefined
  if (fieldsV1?.['f:spec']?.['f:template'] === undefined) return undefined
  return { manager, time, applies: operation === 'Apply' }
}
