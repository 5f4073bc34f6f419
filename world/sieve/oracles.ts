/** What must hold of every run, whatever went wrong in it: the first oracle that objects says why. */

import { labelOf, textOf } from './canonical.ts'
import { alwaysHeld, eventuallyHeld, neverViolated } from './demand-oracles.ts'
import { subjectOf } from './head.ts'
import { loss, totals } from './history-oracles.ts'
import type { Judgement, Oracle, Violation } from './judgement.ts'
import { endDifferences } from './mask.ts'
import { boundedWork, convergence, endState, errors, stability } from './outcome-oracles.ts'
import { finalizers, leases, orphans, overlaps, reasons } from './safety-oracles.ts'
import { endOf } from './trace.ts'

/** In the order of what explains most. */
const oracles: readonly Oracle[] = [
  overlaps,
  leases,
  reasons,
  finalizers,
  neverViolated,
  alwaysHeld,
  errors,
  convergence,
  loss,
  boundedWork,
  endState,
  totals,
  orphans,
  eventuallyHeld,
  stability,
]

export function judge(judgement: Judgement): Violation | undefined {
  for (const oracle of oracles) {
    const violation = oracle(judgement)
    if (violation) return violation
  }
  return undefined
}

/** Only what the controllers under test have made counts: others keep a history, and may. */
export function judgeRollback(judgement: Judgement): Violation | undefined {
  const { trace, reference, process } = judgement
  const own = new Set(
    trace.log.filter(({ by }) => by.startsWith(process)).map((entry) => labelOf(subjectOf(entry))),
  )
  const wrong = convergence(judgement) ?? errors(judgement)
  if (wrong) return wrong
  const found = endDifferences(reference.end, endOf(trace)).find(
    ({ label, path }) =>
      own.has(label) &&
      !path.startsWith('.metadata.managedFields') &&
      !reference.mask.hides(label, path),
  )
  if (!found) return undefined
  const message = `taken back, and yet ${found.path} of ${found.label} is ${textOf(found.actual)}, and was ${textOf(found.expected)} before`
  return { oracle: 'rollback', message }
}
