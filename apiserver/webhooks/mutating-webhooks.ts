/** MutatingAdmissionWebhook: one webhook after the other, each seeing what those before it have made of the object. */

import { JsonError, parseJson, plainNumbers } from '../../api/json-text.ts'
import type { KubernetesObject } from '../../api/object.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission/admission.ts'
import { type Form, writeBack } from '../admission/form.ts'
import type { ReinvocableCalls } from '../admission/reinvocation.ts'
import { internalError, StatusError } from '../http/status.ts'
import { applyJsonPatch } from '../patch/json-patch.ts'
import type { Verdict } from './admission-review.ts'
import type { HookCaller } from './hook-caller.ts'
import { type Hook, hooksOf, type PlacedHook } from './hooks.ts'
import { type MutationNotes, mutationNotes } from './mutation-notes.ts'
import { denial } from './webhook-denial.ts'
import { WebhookFailure } from './webhook-failure.ts'

const name = 'MutatingAdmissionWebhook'

export function mutatingWebhooks(caller: HookCaller): AdmissionPlugin {
  return {
    name,
    async mutate(request) {
      const hooks = hooksOf(caller.ports.lister, 'mutatingwebhookconfigurations')
      if (hooks.length === 0) return
      const calls = request.reinvocation?.callsOf(name)
      calls?.begin(request.object)
      for (const [index, hook] of hooks.entries()) {
        const notes = mutationNotes(request, index, hook)
        await consult(caller, hook, request, calls, notes)
      }
      calls?.end(request.object)
    },
  }
}

/** @throws StatusError */
async function consult(
  caller: HookCaller,
  { id, hook }: PlacedHook,
  request: AdmissionRequest,
  calls: ReinvocableCalls | undefined,
  notes: MutationNotes | undefined,
): Promise<void> {
  if (calls?.isDue(id) === false) return
  const form = await caller.concerned(hook, request)
  if (!form) return
  let changed = false
  try {
    const verdict = await caller.ask(hook, request, form, true)
    if (!verdict.allowed) throw denial(hook.name, verdict.status)
    changed = await patched(hook, request, form, verdict, notes)
    if (changed) calls?.changed()
  } catch (error) {
    caller.passOver(hook, error, request.signal)
    notes?.passedOver()
  } finally {
    notes?.asked(changed)
    if (hook.reinvocationPolicy === 'IfNeeded') calls?.called(id)
  }
}

/** Whether the object is another one now. @throws StatusError 500, WebhookFailure */
async function patched(
  { name }: Hook,
  request: AdmissionRequest,
  form: Form,
  { patch, patchType }: Verdict,
  notes: MutationNotes | undefined,
): Promise<boolean> {
  if (!patch) return false
  if (patchType !== 'JSONPatch')
    throw new WebhookFailure(`unsupported patch type ${JSON.stringify(patchType)}`)
  const operations = readOperations(patch)
  if (operations.length === 0) return false
  if (!request.object || !form.object)
    throw internalError(
      `admission webhook ${JSON.stringify(name)} attempted to modify the object, which is not supported for this operation`,
    )
  const made = applied(form.object, operations)
  try {
    const changed = await writeBack(request, form, made)
    notes?.patched(operations)
    return changed
  } catch (error) {
    // The client cannot help what the webhook did.
    if (error instanceof StatusError) throw internalError(error.message)
    throw error
  }
}

/** @throws WebhookFailure: what is no patch at all is no answer */
function readOperations(patch: Buffer): unknown[] {
  const undecodable = (why: string) =>
    new WebhookFailure(`received undecodable patch in webhook response: ${why}`)
  try {
    const operations = plainNumbers(parseJson(patch).value)
    if (Array.isArray(operations)) return operations
  } catch (error) {
    if (error instanceof JsonError) throw undecodable(error.message)
    throw error
  }
  throw undecodable('it is no list of operations')
}

/** @throws StatusError 500: the client cannot help what the webhook did */
function applied(object: KubernetesObject, operations: readonly unknown[]): object {
  try {
    const result = applyJsonPatch(object, operations)
    if (typeof result === 'object' && result !== null && !Array.isArray(result)) return result
  } catch (error) {
    if (error instanceof StatusError) throw internalError(error.message)
    throw error
  }
  throw internalError('the patch does not leave an object')
}
