/** Counts in a workload's status: none negative, none above the whole. */

import { type FieldErrors, invalid, nonNegative } from '../field-errors.ts'

interface Counts {
  replicas?: number
  readyReplicas?: number
  availableReplicas?: number
  updatedReplicas?: number
  currentReplicas?: number
  fullyLabeledReplicas?: number
  unavailableReplicas?: number
  observedGeneration?: number
}

/**
 * @param parts the counts that are parts of `replicas`.
 * @param whole how the message calls what the available ones are a part of.
 */
export function* validateReplicaCounts(
  status: Counts,
  parts: (keyof Counts)[],
  whole = 'readyReplicas',
): FieldErrors {
  for (const name of ['observedGeneration', 'replicas', 'unavailableReplicas', ...parts] as const)
    yield* nonNegative(`status.${name}`, status[name])
  const replicas = status.replicas ?? 0
  for (const name of parts) {
    const count = status[name] ?? 0
    if (count > replicas)
      yield invalid(`status.${name}`, count, 'cannot be greater than status.replicas')
  }
  const available = status.availableReplicas ?? 0
  if (available > (status.readyReplicas ?? 0))
    yield invalid('status.availableReplicas', available, `cannot be greater than ${whole}`)
}

/** Counts name clashes that were resolved: a number that only grows. */
export function* validateCollisionCount(
  count: number | undefined,
  before: number | undefined,
): FieldErrors {
  yield* nonNegative('status.collisionCount', count)
  if (before !== undefined && (count ?? -1) < before)
    yield invalid('status.collisionCount', count ?? 0, 'cannot be decremented')
}
