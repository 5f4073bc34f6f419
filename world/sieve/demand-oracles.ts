/** What the caller demands of every moment of a run, and of its end. */

import { type Head, headOf } from './head.ts'
import type { Judgement, Predicate, Violation } from './judgement.ts'
import type { Trace } from './trace.ts'

export function alwaysHeld({ trace, demands }: Judgement): Violation | undefined {
  return eachMoment(trace, (head, write) => {
    for (const demand of demands.always ?? []) {
      const objection = objectionOf(demand, head, true)
      if (objection) return { oracle: 'always', message: objection, write }
    }
    return undefined
  })
}

export function neverViolated({ trace, demands }: Judgement): Violation | undefined {
  return eachMoment(trace, (head, write) => {
    for (const demand of demands.never ?? []) {
      const objection = objectionOf(demand, head, false)
      if (objection) return { oracle: 'never', message: objection, write }
    }
    return undefined
  })
}

export function eventuallyHeld({ trace, demands }: Judgement): Violation | undefined {
  const head = headOf([...trace.prologue, ...trace.log])
  for (const demand of demands.eventually ?? []) {
    const objection = objectionOf(demand, head, true)
    if (objection) return { oracle: 'eventually', message: objection }
  }
  return undefined
}

function objectionOf(demand: Predicate, head: Head, wanted: boolean): string | undefined {
  const name = demand.name || demand.toString().replace(/\s+/g, ' ')
  try {
    const answer = demand(head)
    if (wanted ? answer !== false : answer !== true) return undefined
    return wanted ? `what must hold does not: ${name}` : `what must never be is: ${name}`
  } catch (error) {
    return `${name}: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** The first objection of any moment. */
function eachMoment(
  { prologue, log }: Trace,
  look: (head: Head, write: number) => Violation | undefined,
): Violation | undefined {
  const head = headOf(prologue)
  for (const [index, entry] of log.entries()) {
    head.step(entry)
    const violation = look(head, index + 1)
    if (violation) return violation
  }
  return undefined
}
