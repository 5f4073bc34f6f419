/** Bodies become objects here, and what was wrong with their fields becomes an error, a warning or nothing. */

import type { KubernetesObject } from '../../api/object.ts'
import { decode, decodeObject, type Expected, strictDecodingError } from '../schema/decode.ts'
import type { Body, RequestContext, WriteOptions } from './registry.ts'

/** Unless told otherwise, what is wrong with fields is a warning. */
export function reportProblems(
  problems: readonly string[],
  { fieldValidation = 'Warn' }: WriteOptions,
  expected: Expected,
  context: RequestContext,
): void {
  if (problems.length === 0) return
  switch (fieldValidation) {
    case 'Ignore':
      return
    case 'Warn':
      for (const problem of problems) context.warn(problem)
      return
    case 'Strict':
      throw strictDecodingError(problems, expected)
    default:
      fieldValidation satisfies never
  }
}

/** A fresh object on every call. @throws StatusError 400, 413, 415 */
export function decodeBody<T = KubernetesObject>(
  body: Body,
  expected: Expected,
  options: WriteOptions,
  context: RequestContext,
): T {
  const { object, problems } =
    'bytes' in body
      ? decode<T>(body.bytes, body.mediaType, expected)
      : decodeObject<T>(body.object, expected)
  context.audit?.received(object as object)
  reportProblems(problems, options, expected, context)
  return object
}
