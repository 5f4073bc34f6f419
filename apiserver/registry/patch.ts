/** PATCH: the three kinds of patch (and not apply, which has a way of its own), made into the new version of an object by the body's own rules. */

import type { KubernetesObject } from '../../api/object.ts'
import { badRequest, invalid, StatusError, unsupportedMediaType } from '../http/status.ts'
import { applyJsonPatch } from '../patch/json-patch.ts'
import { unknownFields } from '../patch/json-patch-operations.ts'
import { isObject, jsonType } from '../patch/json-value.ts'
import { applyMergePatch } from '../patch/merge-patch.ts'
import { applyStrategicMergePatch } from '../patch/strategic-merge-patch.ts'
import { invalid as invalidField } from '../resources/field-errors.ts'
import { type Decoded, decodeObject, decodePatch, type Expected } from '../schema/decode.ts'
import { goText } from '../schema/go-text.ts'
import { reportProblems } from './decoding.ts'
import type { Body, PatchType, RequestContext, WriteOptions } from './registry.ts'

export type PlainPatchType = Exclude<PatchType, 'apply'>

export const patchMediaTypes: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}

/** A body read once, to be applied as often as it takes. */
export interface ReadPatch {
  /** A fresh object each time. @throws StatusError 400, 413, 422 */
  apply<T = KubernetesObject>(old: T, expected: Expected): T
}

/** @throws StatusError 400, 413, 415 */
export function readPatch(
  type: PlainPatchType,
  body: Body,
  options: WriteOptions,
  context: RequestContext,
): ReadPatch {
  const { value, problems } =
    'bytes' in body
      ? decodePatch(body.bytes, body.mediaType)
      : { value: body.object, problems: [] as string[] }
  context.audit?.receivedPatch(value as object)
  const { fieldValidation = 'Warn' } = options
  if (type === 'json')
    problems.push(...unknownFields(value).map((field) => `unknown field ${JSON.stringify(field)}`))
  return {
    apply<T>(old: T, expected: Expected): T {
      const patched = applied(type, old as object, value, expected)
      // What the API quotes of a strategic patch is the patch, of the others what they made.
      const quoted = () => (type === 'strategic' ? goText(value) : JSON.stringify(patched))
      const decoded = decoding<T>(patched, expected, quoted)
      const found = [...problems.map((text) => `${prefixes[type]}${text}`), ...decoded.problems]
      if (fieldValidation === 'Strict' && found.length > 0)
        throw unfit(quoted(), `strict decoding error: ${found.join(', ')}`)
      reportProblems(found, options, expected, context)
      return decoded.object
    },
  }
}

/** How a repeated key of the patch itself is told from one of the object. */
const prefixes: Record<PlainPatchType, string> = { json: 'json patch ', merge: '', strategic: '' }

/** @throws StatusError 422 */
function decoding<T>(patched: unknown, expected: Expected, quoted: () => string): Decoded<T> {
  if (typeof patched !== 'object' || patched === null || Array.isArray(patched))
    throw unfit(
      quoted(),
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonType(patched)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    )
  try {
    return decodeObject<T>(patched, expected)
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 400) throw error
    throw unfit(quoted(), error.message.replace(handledAs, ''))
  }
}

/** Only whole bodies are told what they cannot be handled as. */
const handledAs = /^\S+ in version "[^"]*" cannot be handled as a \S+: /

/** A strategic patch is merged into a value of the kind, and what it says of the kind is passed over. */
function ofItsKind(patched: object, old: object): object {
  const says = (name: 'apiVersion' | 'kind') => {
    const value = (patched as KubernetesObject)[name]
    return value === undefined || typeof value === 'string'
      ? { [name]: (old as KubernetesObject)[name] }
      : {}
  }
  return { ...patched, ...says('apiVersion'), ...says('kind') }
}

/** What the patch made is no object of the kind. The API does not say of which. */
const unfit = (quoted: string, why: string): StatusError =>
  invalid({ group: '', kind: '' }, '', [invalidField('patch', quoted, why)])

function applied(type: PlainPatchType, old: object, patch: unknown, expected: Expected): unknown {
  switch (type) {
    case 'json':
      return applyJsonPatch(old, patch)
    case 'merge':
      if (patch === null) throw badRequest('Invalid JSON Patch')
      if (!isObject(patch))
        throw badRequest(
          `error decoding patch: json: cannot unmarshal ${jsonType(patch)} into Go value of type map[string]interface {}`,
        )
      return applyMergePatch(old, patch)
    case 'strategic':
      if (expected.schema === undefined)
        throw unsupportedMediaType([
          patchMediaTypes.json,
          patchMediaTypes.merge,
          patchMediaTypes.apply,
        ])
      return ofItsKind(applyStrategicMergePatch(old, patch ?? {}, expected.schema), old)
    default:
      return type satisfies never
  }
}
