/**
 * What the expressions of a validating policy find wrong with a request, and what they say of it for the audit log. What
 * follows from that is the binding's to decide.
 */

import type { ValidatingAdmissionPolicy } from '../../../api/types.ts'
import { matchConditionsBudget, runtimePolicyBudget } from '../../cel/cost.ts'
import { typeNameOf } from '../../cel/values.ts'
import type { BoundPolicy } from './bound-policies.ts'
import type { CompiledValidatingPolicy } from './compiled-policy.ts'
import { type Evaluation, EvaluationError, OutOfBudgetError } from './evaluation.ts'
import { allHold } from './match-conditions.ts'

export type Spec = NonNullable<ValidatingAdmissionPolicy['spec']>

export interface Finding {
  message: string
  reason?: string
  /** Which validation of the policy says so. */
  index: number
  /** It refuses whatever the binding's actions are. */
  always?: boolean
}

export interface Findings {
  findings: readonly Finding[]
  annotations: readonly (readonly [key: string, value: string])[]
}

const nothing: Findings = { findings: [], annotations: [] }

/** @param evaluation within a budget of its own */
export async function findingsOf(
  { spec, compiled }: Pick<BoundPolicy<Spec, CompiledValidatingPolicy>, 'spec' | 'compiled'>,
  evaluation: (budget: number) => Evaluation,
): Promise<Findings> {
  const failing = spec.failurePolicy !== 'Ignore'
  const told = (outcomes: readonly Outcome[]): Finding[] =>
    outcomes.filter(({ failed }) => !failed || failing).map(({ failed, ...finding }) => finding)
  try {
    if (!(await allHold(compiled.conditions, evaluation(matchConditionsBudget)))) return nothing
    const outcomes = await validationOutcomes(spec, compiled, evaluation(runtimePolicyBudget))
    const said = await annotationOutcomes(spec, compiled, evaluation(runtimePolicyBudget))
    return { findings: told([...outcomes, ...said.outcomes]), annotations: said.annotations }
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    return { ...nothing, findings: told([{ message: error.message, index: 0, failed: true }]) }
  }
}

/** `failed`: it could not be evaluated. */
type Outcome = Finding & { failed: boolean }

async function validationOutcomes(
  { validations = [] }: Spec,
  compiled: CompiledValidatingPolicy,
  evaluation: Evaluation,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const [index, validation] of validations.entries()) {
    const { condition, message } = compiled.validations[index]!
    try {
      if ((await evaluation.evaluate(condition)) === true) continue
      const made = message && (await messageOf(message, evaluation))
      const text = made || validation.message?.trim()
      outcomes.push({
        message: text || `failed expression: ${validation.expression.trim()}`,
        reason: validation.reason ?? 'Invalid',
        index,
        failed: false,
      })
    } catch (error) {
      if (!(error instanceof EvaluationError) || error instanceof OutOfBudgetError) throw error
      outcomes.push({ message: error.message, index, failed: true })
    }
  }
  return outcomes
}

const longestMessage = 5 * 1024

/** `undefined` for what cannot be shown on a line: then the written message is told. */
async function messageOf(
  message: CompiledValidatingPolicy['annotations'][number],
  evaluation: Evaluation,
): Promise<string | undefined> {
  try {
    const made = await evaluation.evaluate(message)
    if (typeof made !== 'string') return undefined
    const text = made.trim()
    return Buffer.byteLength(text) > longestMessage || text.includes('\n') ? undefined : text
  } catch (error) {
    if (error instanceof OutOfBudgetError)
      throw new EvaluationError(`failed messageExpression: ${error.message}`)
    if (error instanceof EvaluationError) return undefined
    throw error
  }
}

/** Those that fail refuse. */
async function annotationOutcomes(
  { auditAnnotations = [] }: Spec,
  compiled: CompiledValidatingPolicy,
  evaluation: Evaluation,
): Promise<{ outcomes: Outcome[]; annotations: [string, string][] }> {
  const outcomes: Outcome[] = []
  const annotations: [string, string][] = []
  const refuse = (message: string, failed: boolean) =>
    outcomes.push({ message, index: 0, failed, always: true })
  for (const [index, { key, valueExpression }] of auditAnnotations.entries())
    try {
      const value = await evaluation.evaluate(compiled.annotations[index]!)
      if (typeof value === 'string') {
        if (value.trim() !== '') annotations.push([key, value.trim()])
      } else if (value !== null)
        refuse(
          `valueExpression '${valueExpression}' resulted in unsupported return type: ${typeNameOf(value)}. Return type must be either string or null.`,
          false,
        )
    } catch (error) {
      if (!(error instanceof EvaluationError) || error instanceof OutOfBudgetError) throw error
      refuse(error.message, true)
    }
  return { outcomes, annotations }
}
