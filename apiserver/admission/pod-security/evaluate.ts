/** A pod held against a level: what it violates, as one text. */

import type { ObjectMeta } from '../../../api/object.ts'
import type { PodSpec } from '../../../api/types.ts'
import { baselineChecks } from './baseline.ts'
import type { Check, Violation } from './check.ts'
import { type LevelVersion, minorOf } from './policy.ts'
import { restrictedChecks } from './restricted.ts'

export interface Judgement {
  /** `privileged, seccompProfile` */
  reasons: string
  /** The same with what is to be changed. */
  details: string
}

/** `undefined`: nothing is wrong. */
export function evaluate(
  level: LevelVersion,
  pod: { metadata: ObjectMeta; spec: PodSpec },
): Judgement | undefined {
  const minor = minorOf(level)
  const found: Violation[] = []
  for (const check of checksOf(level, minor)) {
    const violation = check.run({ ...pod, minor })
    if (violation) found.push(violation)
  }
  if (found.length === 0) return undefined
  return {
    reasons: found.map(({ reason }) => reason).join(', '),
    details: found
      .map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`))
      .join(', '),
  }
}

function checksOf({ level }: LevelVersion, minor: number): readonly Check[] {
  if (level === 'privileged') return []
  const isThere = ({ since }: Check) => since <= minor
  const baseline = baselineChecks.filter(isThere)
  if (level === 'baseline') return baseline
  const restricted = restrictedChecks.filter(isThere)
  const replaced = new Set(restricted.map(({ instead }) => instead))
  return [...baseline.filter(({ id }) => !replaced.has(id)), ...restricted]
}
