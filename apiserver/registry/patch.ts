/** PATCH: the three kinds of patch (and not apply, which has a way of its own), made into the new version of an object by the body's own rules. */

import type { KubernetesObject } from '../../api/object.ts'
import { badRequest, unsupportedMediaType } from '../http/status.ts'
import { applyJsonPatch } from '../patch/json-patch.ts'
import { applyMergePatch } from '../patch/merge-patch.ts'
import { applyStrategicMergePatch } from '../patch/strategic-merge-patch.ts'
import { decodeObject, decodePatch, type Expected } from '../schema/decode.ts'
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
  return {
    apply<T>(old: T, expected: Expected): T {
      const patched = applied(type, old as object, value, expected)
      if (typeof patched !== 'object' || patched === null || Array.isArray(patched))
        throw badRequest('the patch does not leave an object')
      const decoded = decodeObject<T>(patched, expected)
      reportProblems([...problems, ...decoded.problems], options, expected, context)
      return decoded.object
    },
  }
}

function applied(type: PlainPatchType, old: object, patch: unknown, { schema }: Expected): unknown {
  switch (type) {
    case 'json':
      return applyJsonPatch(old, patch)
    case 'merge':
      return applyMergePatch(old, patch)
    case 'strategic':
      if (schema === undefined)
        throw unsupportedMediaType([patchMediaTypes.json, patchMediaTypes.merge])
      return applyStrategicMergePatch(old, patch, schema)
    default:
      return type satisfies never
  }
}
