/**
 * `AdmissionReview` of `admission.k8s.io`: the question as webhooks get it, and the answer as far as it can be believed.
 * An answer that is not exactly one is a failed call, never a half-understood permission; only of `v1beta1`, which some
 * webhooks still speak, less is asked.
 */

import { JsonError, parseJson, plainNumbers } from '../../api/json-text.ts'
import type { GroupVersionKind } from '../../api/object.ts'
import type { AdmissionRequest } from '../admission/admission.ts'
import type { Form } from '../admission/form.ts'
import { admissionNamespace } from '../admission/matching.ts'
import type { Resource } from '../resources/resource.ts'
import { WebhookFailure } from './webhook-failure.ts'

/** Of the reviews that this server speaks. */
const versions = ['v1', 'v1beta1'] as const
type Version = (typeof versions)[number]

/** One question. */
export interface Question {
  /** The answer repeats it. */
  uid: string
  version: Version
}

/** The first of those that the webhook takes. @throws WebhookFailure */
export function reviewVersion(taken: readonly string[] = ['v1']): Version {
  for (const text of taken) {
    const version = versions.find((known) => known === text)
    if (version) return version
  }
  throw new WebhookFailure('webhook does not accept known AdmissionReview versions (v1, v1beta1)')
}

const apiVersionOf = ({ version }: Question) => `admission.k8s.io/${version}`
const gvk = ({ group, version, kind }: GroupVersionKind) => ({ group, version, kind })
const gvr = ({ group, version, plural }: Resource) => ({ group, version, resource: plural })

export function reviewOf(request: AdmissionRequest, form: Form, question: Question): object {
  const { subresource, name, operation, user, dryRun, options } = request
  const namespace = admissionNamespace(request)
  return {
    kind: 'AdmissionReview',
    apiVersion: apiVersionOf(question),
    request: {
      uid: question.uid,
      kind: gvk(form.kind),
      resource: gvr(form.resource),
      ...(subresource !== '' && { subResource: subresource }),
      requestKind: gvk(request.kind),
      requestResource: gvr(request.resource),
      ...(subresource !== '' && { requestSubResource: subresource }),
      ...(name !== '' && { name }),
      ...(namespace !== '' && { namespace }),
      operation,
      userInfo: {
        username: user.name,
        ...(user.uid && { uid: user.uid }),
        groups: user.groups,
        ...(user.extra && { extra: user.extra }),
      },
      object: form.object ?? null,
      oldObject: form.old ?? null,
      dryRun,
      options: options ?? null,
    },
  }
}

export interface Verdict {
  allowed: boolean
  /** Decoded; absent where nothing is to be changed. */
  patch?: Buffer
  patchType?: string
  /** What the webhook says of a refusal; not checked. */
  status: Readonly<Record<string, unknown>>
  warnings: string[]
  /** For the audit log, by keys of the webhook's own. */
  auditAnnotations: readonly (readonly [string, string])[]
}

type Json = Record<string, unknown>

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws WebhookFailure `received invalid webhook response: ...` */
export function readVerdict(bytes: Buffer, question: Question, mutating: boolean): Verdict {
  const review = readJson(bytes)
  if (!isJson(review.response)) throw invalidAnswer('webhook response was absent')
  const { response } = review
  const strict = question.version === 'v1'
  if (strict) checkAnswer(review, response, question)
  const { allowed = false, status, warnings, auditAnnotations } = response
  if (typeof allowed !== 'boolean') throw invalidAnswer('response.allowed is not a boolean')
  const said = Array.isArray(warnings) ? warnings.filter((text) => typeof text === 'string') : []
  return {
    allowed,
    status: isJson(status) ? status : {},
    warnings: said,
    auditAnnotations: textsOf(auditAnnotations),
    ...(strict ? readPatch(response, mutating) : readUntypedPatch(response, mutating)),
  }
}

/** That it is one, and to this question. */
function checkAnswer({ apiVersion, kind }: Json, { uid }: Json, question: Question): void {
  const expected = apiVersionOf(question)
  if (uid !== question.uid)
    throw invalidAnswer(
      `expected response.uid=${JSON.stringify(question.uid)}, got ${JSON.stringify(uid ?? '')}`,
    )
  if (apiVersion !== expected || kind !== 'AdmissionReview')
    throw invalidAnswer(
      `expected webhook response of ${expected}, Kind=AdmissionReview, got ${apiVersion ?? ''}, Kind=${kind ?? ''}`,
    )
}

const textsOf = (value: unknown): [string, string][] =>
  isJson(value)
    ? Object.entries(value).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      )
    : []

function readPatch(
  { patch, patchType }: Json,
  mutating: boolean,
): Pick<Verdict, 'patch' | 'patchType'> {
  if (patch !== undefined && patch !== null && typeof patch !== 'string')
    throw invalidAnswer('response.patch is not a string in base64')
  if (patchType !== undefined && patchType !== null && typeof patchType !== 'string')
    throw invalidAnswer('response.patchType is not a string')
  const typed = typeof patchType === 'string'
  if (!mutating) {
    if (patch) throw invalidAnswer('validating webhook may not return response.patch')
    if (typed) throw invalidAnswer('validating webhook may not return response.patchType')
    return {}
  }
  if (patch && !typed)
    throw invalidAnswer('webhook returned response.patch but not response.patchType')
  if (!patch && typed)
    throw invalidAnswer('webhook returned response.patchType but not response.patch')
  if (!patch || !typed) return {}
  if (patchType === '') throw invalidAnswer('webhook returned invalid response.patchType of ""')
  return { patch: decoded(patch), patchType }
}

/** There was one type of patch, and those who may not send any were not heard. */
function readUntypedPatch(
  { patch }: Json,
  mutating: boolean,
): Pick<Verdict, 'patch' | 'patchType'> {
  if (!mutating || !patch) return {}
  if (typeof patch !== 'string') throw invalidAnswer('response.patch is not a string in base64')
  return { patch: decoded(patch), patchType: 'JSONPatch' }
}

function decoded(patch: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(patch) || patch.length % 4 !== 0)
    throw invalidAnswer('response.patch: illegal base64 data')
  return Buffer.from(patch, 'base64')
}

function readJson(bytes: Buffer): Json {
  try {
    const value = plainNumbers(parseJson(bytes).value)
    if (isJson(value)) return value
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    throw new WebhookFailure(
      `failed to call webhook: couldn't get version/kind; json parse error: ${error.message}`,
    )
  }
  throw invalidAnswer('webhook response was absent')
}

const invalidAnswer = (why: string) =>
  new WebhookFailure(`received invalid webhook response: ${why}`)
