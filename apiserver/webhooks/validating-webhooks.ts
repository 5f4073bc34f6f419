/** ValidatingAdmissionWebhook: all that are concerned at once; one that says no is enough. */

import type { AdmissionPlugin, AdmissionRequest } from '../admission/admission.ts'
import type { Form } from '../admission/form.ts'
import type { HookCaller } from './hook-caller.ts'
import { type Hook, hooksOf, type PlacedHook } from './hooks.ts'
import { denial } from './webhook-denial.ts'

/** Of one request: a configuration may hold any number of them. */
const atOnce = 32

export function validatingWebhooks(caller: HookCaller): AdmissionPlugin {
  return {
    name: 'ValidatingAdmissionWebhook',
    async validate(request) {
      const hooks = hooksOf(caller.ports.lister, 'validatingwebhookconfigurations')
      if (hooks.length === 0) return
      const concerned = await allConcerned(caller, hooks, request)
      // The refusal that is told is the first by name, whichever came first.
      const refusals: unknown[] = []
      const waiting = concerned.entries()
      const worker = async () => {
        for (const [at, { hook, form }] of waiting)
          try {
            await consult(caller, hook, request, form, at)
          } catch (error) {
            refusals[at] = error
          }
      }
      await Promise.all(Array.from({ length: Math.min(atOnce, concerned.length) }, worker))
      for (const refusal of refusals) if (refusal !== undefined) throw refusal
    },
  }
}

/** Nobody is asked before it is clear who is to be. @throws StatusError */
async function allConcerned(
  caller: HookCaller,
  hooks: readonly PlacedHook[],
  request: AdmissionRequest,
): Promise<{ hook: Hook; form: Form }[]> {
  const concerned: { hook: Hook; form: Form }[] = []
  for (const { hook } of hooks) {
    const form = await caller.concerned(hook, request)
    if (form) concerned.push({ hook, form })
  }
  return concerned
}

/** @param index of the webhook among those that are asked. @throws StatusError */
async function consult(
  caller: HookCaller,
  hook: Hook,
  request: AdmissionRequest,
  form: Form,
  index: number,
): Promise<void> {
  try {
    const verdict = await caller.ask(hook, request, form, false)
    if (!verdict.allowed) throw denial(hook.name, verdict.status)
  } catch (error) {
    caller.passOver(hook, error, request.signal)
    const key = `failed-open.validating.webhook.admission.k8s.io/round_0_index_${index}`
    request.audit?.annotate(key, hook.name)
  }
}
