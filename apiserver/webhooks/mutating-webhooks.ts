/** MutatingAdmissionWebhook: one webhook after the other, each seeing what those before it have made of the object. */

import type { KubernetesObject } from '../../api/object.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission/admission.ts'
import { convert } from '../admission/equivalents.ts'
import type { ReinvocableCalls } from '../admission/reinvocation.ts'
import { replaceObject } from '../admission/replace-object.ts'
import { internalError, StatusError } from '../http/status.ts'
import { applyJsonPatch } from '../patch/json-patch.ts'
import { decodeObject } from '../schema/decode.ts'
import { JsonError, parseJson, plainNumbers } from '../schema/json-text.ts'
import type { Form, Verdict } from './admission-review.ts'
import type { HookCaller } from './hook-caller.ts'
import { type Hook, hooksOf, type PlacedHook } from './hooks.ts'
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
      for (const hook of hooks) await consult(caller, hook, request, calls)
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
): Promise<void> {
  if (calls?.isDue(id) === false) return
  const form = await caller.concerned(hook, request)
  if (!form) return
  try {
    const verdict = await caller.ask(hook, request, form, true)
    if (!verdict.allowed) throw denial(hook.name, verdict.status)
    if (await patched(hook, request, form, verdict)) calls?.changed()
  } catch (error) {
    caller.passOver(hook, error, request.signal)
  } finally {
    if (hook.reinvocationPolicy === 'IfNeeded') calls?.called(id)
  }
}

/** Whether the object is another one now. @throws StatusError 500, WebhookFailure */
async function patched(
  { name }: Hook,
  request: AdmissionRequest,
  form: Form,
  { patch, patchType }: Verdict,
): Promise<boolean> {
  if (!patch) return false
  if (patchType !== 'JSONPatch')
    throw new WebhookFailure(`unsupported patch type ${JSON.stringify(patchType)}`)
  const operations = readOperations(patch)
  if (Array.isArray(operations) && operations.length === 0) return false
  if (!request.object || !form.object)
    throw internalError(
      `admission webhook ${JSON.stringify(name)} attempted to modify the object, which is not supported for this operation`,
    )
  const before = JSON.stringify(request.object)
  const object = settled(form, applied(form.object, operations))
  const whole = form.resource !== request.resource && form.kind === form.resource
  const own = whole ? await convert(object, form.resource, request.resource) : object
  if (JSON.stringify(own) === before) return false
  replaceObject(request.object, own)
  return true
}

function readOperations(patch: Buffer): unknown {
  try {
    return plainNumbers(parseJson(patch).value)
  } catch (error) {
    if (error instanceof JsonError) throw internalError(error.message)
    throw error
  }
}

/** @throws StatusError 500: the client cannot help what the webhook did */
function applied(object: KubernetesObject, operations: unknown): object {
  try {
    const result = applyJsonPatch(object, operations)
    if (typeof result === 'object' && result !== null && !Array.isArray(result)) return result
  } catch (error) {
    if (error instanceof StatusError) throw internalError(error.message)
    throw error
  }
  throw internalError('the patch does not leave an object')
}

/** Pruned, its structure checked, and with the defaults of what was added. @throws StatusError 500 */
function settled({ kind, resource }: Form, given: object): KubernetesObject {
  try {
    const { object } = decodeObject<KubernetesObject>(given, kind)
    if (kind === resource) resource.strategy.default?.(object)
    return object
  } catch (error) {
    if (error instanceof StatusError) throw internalError(error.message)
    throw error
  }
}
