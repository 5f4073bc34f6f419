/**
 * ValidatingAdmissionPolicy: what expressions say of a write is told to the client as a refusal or a warning, as each
 * binding wishes. The first refusal is the answer.
 */

import type { ValidatingAdmissionPolicy } from '../../../api/types.ts'
import type { Authorizer } from '../../auth/authorization.ts'
import { matchConditionsBudget, runtimePolicyBudget } from '../../cel/cost.ts'
import { StatusError } from '../../http/status.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { isExemptOfPolicies } from '../matching.ts'
import { refusal } from '../refusal.ts'
import { BoundPolicies } from './bound-policies.ts'
import { type CompiledValidatingPolicy, compileValidating } from './compiled-policy.ts'
import { Evaluation, EvaluationError, OutOfBudgetError } from './evaluation.ts'
import { concerning, Forms, type Invocation, namespaceOf, type PolicyPorts } from './invocations.ts'
import { allHold } from './match-conditions.ts'
import { RequestAuthorizer } from './request-authorizer.ts'

type Spec = NonNullable<ValidatingAdmissionPolicy['spec']>
type Own = Invocation<Spec, CompiledValidatingPolicy>

interface Denial {
  policy: string
  binding?: string
  message: string
  reason?: string
}

export interface ValidatingPolicyPorts extends PolicyPorts {
  /** For the variable `authorizer`. */
  authorize?: Authorizer
}

export function validatingPolicies(ports: ValidatingPolicyPorts): AdmissionPlugin {
  const policies = new BoundPolicies<Spec, CompiledValidatingPolicy>(
    ports.lister,
    'validatingadmissionpolicies',
    compileValidating,
  )
  return {
    name: 'ValidatingAdmissionPolicy',
    async validate(request) {
      if (isExemptOfPolicies(request)) return
      const all = policies.all()
      if (all.length === 0) return
      const { invocations, misconfigurations } = await concerning(request, all, ports)
      const denials: Denial[] = misconfigurations
        .filter(({ policy }) => policy.spec.failurePolicy !== 'Ignore')
        .map(({ policy, binding, problem }) => ({
          policy: policy.name,
          message: problem,
          ...(binding && { binding }),
        }))
      if (invocations.length > 0) denials.push(...(await evaluateAll(request, invocations, ports)))
      if (denials[0]) throw deny(request, denials[0])
    },
  }
}

async function evaluateAll(
  request: AdmissionRequest,
  invocations: readonly Own[],
  ports: ValidatingPolicyPorts,
): Promise<Denial[]> {
  const authorizer = new RequestAuthorizer(ports.authorize, request.user)
  const namespace = namespaceOf(request, ports)
  const forms = new Forms(request)
  const denials: Denial[] = []
  for (const invocation of invocations) {
    const { policy, binding, found, params } = invocation
    const { variables } = policy.compiled
    const form = await forms.of(found)
    const input = { request, form, params, namespace, authorizer, variables }
    for (const finding of await findings(invocation, (budget) => new Evaluation(input, budget)))
      denials.push(...enforce(request, policy.name, binding, finding))
  }
  return denials
}

interface Finding {
  message: string
  reason?: string
  /** It refuses whatever the binding's actions are. */
  always?: boolean
}

/** What a binding makes of what was found. */
function enforce(
  request: AdmissionRequest,
  policy: string,
  { name, spec }: Own['binding'],
  { message, reason, always }: Finding,
): Denial[] {
  const denial = { policy, binding: name, message, ...(reason && { reason }) }
  if (always) return [denial]
  const actions = spec.validationActions ?? []
  if (actions.includes('Warn'))
    request.warn(
      `Validation failed for ValidatingAdmissionPolicy '${policy}' with binding '${name}': ${message}`,
    )
  return actions.includes('Deny') ? [denial] : []
}

async function findings(
  { policy: { spec, compiled } }: Own,
  evaluation: (budget: number) => Evaluation,
): Promise<Finding[]> {
  const failing = spec.failurePolicy !== 'Ignore'
  try {
    if (!(await allHold(compiled.conditions, evaluation(matchConditionsBudget)))) return []
    const found = await validationFindings(spec, compiled, evaluation(runtimePolicyBudget))
    return [...found, ...(await annotationFindings(compiled, evaluation(runtimePolicyBudget)))]
      .filter(({ failed }) => !failed || failing)
      .map(({ failed, ...finding }) => finding)
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    return failing ? [{ message: error.message }] : []
  }
}

/** `failed`: it could not be evaluated. */
type Outcome = Finding & { failed: boolean }

async function validationFindings(
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
        failed: false,
      })
    } catch (error) {
      if (!(error instanceof EvaluationError) || error instanceof OutOfBudgetError) throw error
      outcomes.push({ message: error.message, failed: true })
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

/** There is no audit log to write them to; those that fail refuse. */
async function annotationFindings(
  { annotations }: CompiledValidatingPolicy,
  evaluation: Evaluation,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const annotation of annotations)
    try {
      await evaluation.evaluate(annotation)
    } catch (error) {
      if (!(error instanceof EvaluationError) || error instanceof OutOfBudgetError) throw error
      outcomes.push({ message: error.message, failed: true, always: true })
    }
  return outcomes
}

const codes = new Map([
  ['Unauthorized', 401],
  ['Forbidden', 403],
  ['RequestEntityTooLarge', 413],
])

function deny(
  request: AdmissionRequest,
  { policy, binding, message, reason }: Denial,
): StatusError {
  const by = binding === undefined ? '' : ` with binding '${binding}'`
  const text = `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${message}`
  const { status } = refusal(request, text, [{ message: text }])
  const why = reason ?? 'Invalid'
  return new StatusError(codes.get(why) ?? 422, why, status.message ?? text, status.details)
}
