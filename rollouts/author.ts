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

/** A ReplicaSet is made soon after the template was written. */
const soonMs = 5_000

/** Everybody who has written into the template, the latest first. */
export function authorsOf({ metadata }: Pick<Deployment, 'metadata'>): Author[] {
  return (metadata.managedFields ?? [])
    .flatMap((entry) => authorIn(entry) ?? [])
    .sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0))
}

/**
 * Whose write it was that began this rollout.
 * @param begins of all rollouts of the Deployment: a write belongs to the first that follows it
 */
export function authorAt(
  deployment: Pick<Deployment, 'metadata'>,
  began: string | undefined,
  begins: readonly (string | undefined)[],
): Author | undefined {
  const made = Date.parse(began ?? '')
  return authorsOf(deployment).find(({ time }) => {
    const written = Date.parse(time)
    const wait = made - written
    const taken = begins.some((each) => {
      const other = Date.parse(each ?? '')
      return other >= written && other < made
    })
    return wait >= 0 && wait <= soonMs && !taken
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
