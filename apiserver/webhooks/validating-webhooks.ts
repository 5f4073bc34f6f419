/** ValidatingAdmissionWebhook: all that are concerned at once; one that says no is enough. */

import type { AdmissionPlugin, AdmissionRequest } from '../admission/admission.ts'
import type { HookCaller } from './hook-caller.ts'
import { type Hook, hooksOf } from './hooks.ts'
import { denial } from './webhook-denial.ts'

/** Of one request: a configuration may hold any number of them. */
const atOnce = 32

export function validatingWebhooks(caller: HookCaller): AdmissionPlugin {
  return {
    name: 'ValidatingAdmissionWebhook',
    async validate(request) {
      const hooks = hooksOf(caller.ports.lister, 'validatingwebhookconfigurations')
      if (hooks.length === 0) return
      // The refusal that is told is the first by name, whichever came first.
      const refusals: unknown[] = []
      const waiting = hooks.entries()
      const worker = async () => {
        for (const [at, { hook }] of waiting)
          try {
            await consult(caller, hook, request)
          } catch (error) {
            refusals[at] = error
          }
      }
      await Promise.all(Array.from({ length: Math.min(atOnce, hooks.length) }, worker))
      for (const refusal of refusals) if (refusal !== undefined) throw refusal
    },
  }
}

/** @throws StatusError */
async function consult(caller: HookCaller, hook: Hook, request: AdmissionRequest): Promise<void> {
  const form = await caller.concerned(hook, request)
  if (!form) return
  try {
    const verdict = await caller.ask(hook, request, form, false)
    if (!verdict.allowed) throw denial(hook.name, verdict.status)
  } catch (error) {
    caller.passOver(hook, error, request.signal)
  }
}
