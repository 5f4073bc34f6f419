/**
 * One webhook and one request: whether it is concerned, in which form it gets the objects, and what it says. What
 * follows from that is the plugins' to decide.
 */

import type { Random } from '../../ports/random.ts'
import type { AdmissionRequest } from '../admission/admission.ts'
import { type Form, formOf } from '../admission/form.ts'
import { isExemptOfWebhooks, type MatchPorts, match } from '../admission/matching.ts'
import { badRequest, forbidden } from '../http/status.ts'
import type { Lister } from '../registry/lister.ts'
import { readVerdict, reviewOf, reviewVersion, type Verdict } from './admission-review.ts'
import type { Hook, MatchCondition } from './hooks.ts'
import type { WebhookCall } from './webhook-client.ts'
import { failedCall } from './webhook-denial.ts'
import { WebhookFailure } from './webhook-failure.ts'

/**
 * Whether all conditions hold for the request in this form.
 * @throws Error what could not be evaluated
 */
export type ConditionsHold = (
  conditions: readonly MatchCondition[],
  request: AdmissionRequest,
  form: Form,
) => boolean | Promise<boolean>

export interface HookPorts extends MatchPorts {
  lister: Lister
  random: Random
  client: { call(call: WebhookCall): Promise<Buffer> }
  conditionsHold: ConditionsHold
  /** Hears of webhooks that failed and were passed over. */
  report(error: Error): void
}

const defaultSeconds = 10

export class HookCaller {
  readonly ports: HookPorts

  constructor(ports: HookPorts) {
    this.ports = ports
  }

  /** The form in which this webhook sees the request; `undefined`: it is not concerned. @throws StatusError 403, 404 */
  async concerned(hook: Hook, request: AdmissionRequest): Promise<Form | undefined> {
    if (isExemptOfWebhooks(request)) return undefined
    const found = await match(request, { ...hook, rules: hook.rules ?? [] }, this.ports)
    if (!found) return undefined
    const form = await formOf(request, found)
    const { matchConditions = [] } = hook
    if (matchConditions.length === 0) return form
    try {
      return (await this.ports.conditionsHold(matchConditions, request, form)) ? form : undefined
    } catch (error) {
      if (!(error instanceof Error)) throw error
      if (hook.failurePolicy !== 'Ignore')
        throw forbidden(request.resource, request.name, error.message)
      this.ports.report(error)
      return undefined
    }
  }

  /** @throws StatusError 400 on dry run; WebhookFailure where there is no answer */
  async ask(
    hook: Hook,
    request: AdmissionRequest,
    form: Form,
    mutating: boolean,
  ): Promise<Verdict> {
    const { name, sideEffects } = hook
    if (request.dryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun')
      throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`)
    const version = reviewVersion(hook.admissionReviewVersions)
    const question = { uid: this.ports.random.uuid(), version }
    const answer = await this.#call(hook, reviewOf(request, form, question), request.signal)
    const verdict = readVerdict(answer, question, mutating)
    for (const [key, value] of verdict.auditAnnotations)
      request.audit?.annotate(`${name}/${key}`, value)
    for (const text of verdict.warnings) request.warn(text)
    return verdict
  }

  /** Goes on where the webhook could not be asked and does not mind. @throws StatusError 500, or the error itself */
  passOver(hook: Hook, error: unknown, signal: AbortSignal | undefined): void {
    if (!(error instanceof WebhookFailure)) throw error
    const failure = failedCall(hook.name, error.message)
    signal?.throwIfAborted()
    if (hook.failurePolicy !== 'Ignore') throw failure
    this.ports.report(failure)
  }

  async #call(hook: Hook, body: object, signal: AbortSignal | undefined): Promise<Buffer> {
    const { clientConfig: config, timeoutSeconds = defaultSeconds } = hook
    try {
      return await this.ports.client.call({ config, body, timeoutSeconds, signal })
    } catch (error) {
      if (!(error instanceof WebhookFailure)) throw error
      throw new WebhookFailure(`failed to call webhook: ${error.message}`)
    }
  }
}
