/**
 * MutatingAdmissionPolicy: one policy after the other changes the object, each seeing what those before it have made of
 * it. What one cannot do refuses the write, unless it says that it does not matter.
 */

import type { MutatingAdmissionPolicy } from '../../../api/types.ts'
import type { Authorizer } from '../../auth/authorization.ts'
import { matchConditionsBudget, runtimePolicyBudget } from '../../cel/cost.ts'
import { StatusError } from '../../http/status.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { type Form, formOf, writeBack } from '../form.ts'
import { isExemptOfPolicies } from '../matching.ts'
import { refusal } from '../refusal.ts'
import type { ReinvocableCalls } from '../reinvocation.ts'
import { BoundPolicies } from './bound-policies.ts'
import { type CompiledMutatingPolicy, compileMutating } from './compiled-policy.ts'
import { Evaluation, EvaluationError } from './evaluation.ts'
import { concerning, type Invocation, namespaceOf, type PolicyPorts } from './invocations.ts'
import { allHold } from './match-conditions.ts'
import { mutated } from './mutation.ts'
import { RequestAuthorizer } from './request-authorizer.ts'

const name = 'MutatingAdmissionPolicy'

type Spec = NonNullable<MutatingAdmissionPolicy['spec']>
type Own = Invocation<Spec, CompiledMutatingPolicy>

interface Problem {
  policy: Own['policy']
  binding?: string
  message: string
  reason?: string
}

export interface MutatingPolicyPorts extends PolicyPorts {
  /** For the variable `authorizer`. */
  authorize?: Authorizer
}

export function mutatingPolicies(ports: MutatingPolicyPorts): AdmissionPlugin {
  const policies = new BoundPolicies<Spec, CompiledMutatingPolicy>(
    ports.lister,
    'mutatingadmissionpolicies',
    compileMutating,
  )
  return {
    name,
    async mutate(request) {
      if (isExemptOfPolicies(request)) return
      const all = policies.all()
      if (all.length === 0) return
      const { invocations, misconfigurations } = await concerning(request, all, ports)
      const problems: Problem[] = misconfigurations.map(({ policy, binding, problem }) => ({
        policy,
        message: problem,
        ...(binding && { binding }),
      }))
      if (invocations.length > 0) problems.push(...(await invokeAll(request, invocations, ports)))
      const failing = problems.filter(({ policy }) => policy.spec.failurePolicy !== 'Ignore')
      if (failing.length > 0) throw deny(request, failing)
    },
  }
}

async function invokeAll(
  request: AdmissionRequest,
  invocations: readonly Own[],
  ports: MutatingPolicyPorts,
): Promise<Problem[]> {
  const calls = request.reinvocation?.callsOf(name)
  calls?.begin(request.object)
  const authorizer = new RequestAuthorizer(ports.authorize, request.user)
  const namespace = await namespaceOf(request, ports)
  const problems: Problem[] = []
  for (const invocation of invocations) {
    const evaluation = (form: Form, budget: number) => {
      const { params, policy } = invocation
      const { variables } = policy.compiled
      return new Evaluation({ request, form, params, namespace, authorizer, variables }, budget)
    }
    const { policy, binding } = invocation
    for (const message of await invoke(request, invocation, evaluation, calls))
      problems.push({ policy, binding: binding.name, message, reason: 'Invalid' })
  }
  calls?.end(request.object)
  return problems
}

/** What could not be done: a mutation that fails does not keep those behind it from being tried. */
async function invoke(
  request: AdmissionRequest,
  invocation: Own,
  evaluation: (form: Form, budget: number) => Evaluation,
  calls: ReinvocableCalls | undefined,
): Promise<string[]> {
  const { policy, binding, params, found } = invocation
  const { conditions, mutations } = policy.compiled
  const problems: string[] = []
  const conditionsHold = async () => {
    const before = await formOf(request, found)
    return allHold(conditions, evaluation(before, matchConditionsBudget))
  }
  if ((await unlessFailed(conditionsHold, problems)) !== true) return problems
  const { namespace = '', name: param = '' } = params?.metadata ?? {}
  const id = `${policy.name}/${binding.name}/${namespace}/${param}`
  if (calls?.isDue(id) === false) return problems
  for (const mutation of mutations)
    if (await unlessFailed(() => mutate(request, found, mutation, evaluation), problems))
      calls?.changed()
  if (policy.spec.reinvocationPolicy === 'IfNeeded') calls?.called(id)
  return problems
}

/** The result, or what was wrong among the problems. */
async function unlessFailed<T>(work: () => Promise<T>, problems: string[]): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    problems.push(error.message)
    return undefined
  }
}

/** Whether the object is another one now. @throws EvaluationError */
async function mutate(
  request: AdmissionRequest,
  found: Own['found'],
  { type, expression }: CompiledMutatingPolicy['mutations'][number],
  evaluation: (form: Form, budget: number) => Evaluation,
): Promise<boolean> {
  const form = await formOf(request, found)
  const { object } = form
  if (!object) return false
  const value = await evaluation(form, runtimePolicyBudget).evaluate(expression)
  return put(request, form, mutated(type, value, { ...form, object }))
}

/** @throws EvaluationError where what was made is no object of the kind */
async function put(request: AdmissionRequest, form: Form, made: object): Promise<boolean> {
  try {
    return await writeBack(request, form, made)
  } catch (error) {
    if (error instanceof StatusError) throw new EvaluationError(error.message)
    throw error
  }
}

function deny(request: AdmissionRequest, problems: readonly Problem[]): StatusError {
  const texts = problems.map(({ policy, binding, message }) =>
    binding === undefined
      ? `policy "${policy.name}" denied request: ${message}`
      : `policy '${policy.name}' with binding '${binding}' denied request: ${message}`,
  )
  const { status } = refusal(
    request,
    '',
    texts.map((message) => ({ message })),
  )
  const reason = problems[0]?.reason ?? 'Forbidden'
  return new StatusError(403, reason, texts[0] ?? '', status.details)
}
