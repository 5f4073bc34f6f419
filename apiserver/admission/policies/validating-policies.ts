/**
 * ValidatingAdmissionPolicy: what expressions say of a write is told to the client as a refusal or a warning, or to the
 * audit log, as each binding wishes. The first refusal is the answer.
 */

import type { Authorizer } from '../../auth/authorization.ts'
import { StatusError } from '../../http/status.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { isExemptOfPolicies } from '../matching.ts'
import { refusal } from '../refusal.ts'
import { BoundPolicies } from './bound-policies.ts'
import { type CompiledValidatingPolicy, compileValidating } from './compiled-policy.ts'
import { Evaluation } from './evaluation.ts'
import { concerning, Forms, type Invocation, namespaceOf, type PolicyPorts } from './invocations.ts'
import { noteFailure, PolicyNotes } from './policy-notes.ts'
import { RequestAuthorizer } from './request-authorizer.ts'
import { type Finding, findingsOf, type Spec } from './validation-findings.ts'

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
  const namespace = await namespaceOf(request, ports)
  const forms = new Forms(request)
  const denials: Denial[] = []
  const notes = new PolicyNotes()
  for (const invocation of invocations) {
    const { policy, binding, params } = invocation
    const { variables } = policy.compiled
    const form = await forms.of(invocation.found)
    const input = { request, form, params, namespace, authorizer, variables }
    const found = await findingsOf(policy, (budget) => new Evaluation(input, budget))
    for (const finding of found.findings)
      denials.push(...enforce(request, policy.name, binding, finding))
    notes.add(policy.name, found)
  }
  notes.publish(request)
  return denials
}

/** What a binding makes of what was found. */
function enforce(
  request: AdmissionRequest,
  policy: string,
  binding: Own['binding'],
  finding: Finding,
): Denial[] {
  const { name, spec } = binding
  const { message, reason, always } = finding
  const denial = { policy, binding: name, message, ...(reason && { reason }) }
  if (always) return [denial]
  const actions = spec.validationActions ?? []
  if (actions.includes('Warn'))
    request.warn(
      `Validation failed for ValidatingAdmissionPolicy '${policy}' with binding '${name}': ${message}`,
    )
  if (actions.includes('Audit')) noteFailure(request, binding, finding)
  return actions.includes('Deny') ? [denial] : []
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
