/** What all reviews share: read from the body, answered with the question and what came of it, never stored. */

import type { KubernetesObject } from '../../../api/object.ts'
import { invalid } from '../../http/status.ts'
import type { ActionRequest } from '../../registry/actions.ts'
import { decodeBody } from '../../registry/decoding.ts'
import type { Written } from '../../registry/registry.ts'
import type { FieldError } from '../../resources/resource.ts'
import type { Expected } from '../../schema/decode.ts'

/** The question as it was sent and admitted. @throws StatusError 400, 415, and what admission refuses */
export async function readReview<T extends KubernetesObject>(
  { target, body, options, context, registry }: ActionRequest,
  expected: Expected = target.resource,
): Promise<T> {
  const review = decodeBody<T>(body, expected, options, context)
  review.metadata ??= {}
  const subject = { operation: 'CREATE', kind: expected, object: review } as const
  await registry.admit(target, subject, options, context)
  return review
}

/** @throws StatusError 422 if there is anything wrong */
export function requireValid(
  about: { group: string; kind: string },
  errors: readonly FieldError[],
  name = '',
): void {
  if (errors.length > 0) throw invalid(about, name, [...errors])
}

export function answered(review: KubernetesObject): Written {
  const { apiVersion, kind, metadata, ...rest } = review
  const object = { kind, apiVersion, metadata, ...rest } as KubernetesObject
  return { object, bytes: Buffer.from(JSON.stringify(object)), created: true }
}
