/** May somebody do something? Asked of the same authorizers that every request meets. */

import { parseFieldSelector, type Selector, SelectorError } from '../../../api/selector.ts'
import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SubjectAccessReview,
} from '../../../api/types.ts'
import { badRequest } from '../../http/status.ts'
import type { Action, Actions } from '../../registry/actions.ts'
import type { User } from '../../registry/registry.ts'
import { invalid } from '../../resources/field-errors.ts'
import type { FieldError } from '../../resources/resource.ts'
import type { Attributes, Authorizer } from '../authorization.ts'
import { answered, readReview, requireValid } from './review.ts'

type Spec = NonNullable<SubjectAccessReview['spec']>
type Review = SubjectAccessReview | SelfSubjectAccessReview | LocalSubjectAccessReview

export function accessReviews(authorize: Authorizer): Actions {
  const answer = async (review: Review, user: User) => {
    const { attributes, problem } = attributesOf(review.spec as Spec, user)
    const decision = await authorize(attributes)
    review.status = {
      allowed: decision.allowed,
      ...(decision.reason && { reason: decision.reason }),
      ...(problem && { evaluationError: problem }),
    }
    return answered(review as never)
  }
  const self: Action = async (request) => {
    const review = (await readReview(request)) as unknown as SelfSubjectAccessReview
    const errors = [...whatErrors(review.spec as Spec), ...metadataErrors(review, [])]
    requireValid(request.target.resource, errors)
    return answer(review, request.context.user)
  }
  const anybody: Action = async (request) => {
    const review = (await readReview(request)) as unknown as SubjectAccessReview
    const spec = review.spec as Spec
    const errors = [...whatErrors(spec), ...whoErrors(spec), ...metadataErrors(review, [])]
    requireValid(request.target.resource, errors)
    return answer(review, userOf(spec))
  }
  const local: Action = async (request) => {
    const review = (await readReview(request)) as unknown as LocalSubjectAccessReview
    const { namespace } = request.target
    review.metadata ??= {}
    review.metadata.namespace ||= namespace
    if (review.metadata.namespace !== namespace)
      throw badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      )
    requireValid(request.target.resource, localErrors(review))
    return answer(review, userOf(review.spec as Spec))
  }
  return new Map([
    ['selfsubjectaccessreviews.authorization.k8s.io', self],
    ['subjectaccessreviews.authorization.k8s.io', anybody],
    ['localsubjectaccessreviews.authorization.k8s.io', local],
  ])
}

function* whatErrors(spec: Spec): Generator<FieldError> {
  const { resourceAttributes, nonResourceAttributes } = spec
  if (resourceAttributes && nonResourceAttributes)
    yield invalid(
      'spec.nonResourceAttributes',
      nonResourceAttributes,
      'cannot be specified in combination with resourceAttributes',
    )
  if (!resourceAttributes && !nonResourceAttributes)
    yield invalid(
      'spec.resourceAttributes',
      null,
      'exactly one of nonResourceAttributes or resourceAttributes must be specified',
    )
  for (const field of ['fieldSelector', 'labelSelector'] as const) {
    const { rawSelector = '', requirements = [] } = resourceAttributes?.[field] ?? {}
    if (rawSelector !== '' && requirements.length > 0)
      yield invalid(
        `spec.resourceAttributes.${field}.rawSelector`,
        rawSelector,
        'may not specified at the same time as requirements',
      )
  }
}

function* whoErrors({ user, groups = [] }: Spec): Generator<FieldError> {
  if (!user && groups.length === 0)
    yield invalid('spec.user', user ?? '', 'at least one of user or group must be specified')
}

function* metadataErrors(
  { metadata }: { metadata?: object },
  allowed: readonly string[],
): Generator<FieldError> {
  const fields = Object.entries(metadata ?? {}).filter(
    ([field, value]) => field !== 'managedFields' && !allowed.includes(field) && value !== null,
  )
  if (fields.length > 0)
    yield invalid(
      'metadata',
      metadata,
      allowed.length === 0 ? 'must be empty' : 'must be empty except for namespace',
    )
}

function* localErrorsOf(review: LocalSubjectAccessReview): Generator<FieldError> {
  const spec = review.spec as Spec
  yield* whatErrors(spec)
  yield* whoErrors(spec)
  yield* metadataErrors(review, ['namespace'])
  const { resourceAttributes, nonResourceAttributes } = spec
  const namespace = resourceAttributes?.namespace ?? ''
  if (resourceAttributes && namespace !== review.metadata?.namespace)
    yield invalid('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace')
  if (nonResourceAttributes)
    yield invalid(
      'spec.nonResourceAttributes',
      nonResourceAttributes,
      'disallowed on this kind of request',
    )
}

const localErrors = (review: LocalSubjectAccessReview) => [...localErrorsOf(review)]

function userOf({ user = '', groups = [], uid, extra }: Spec): User {
  return { name: user, groups: [...groups], ...(uid && { uid }), ...(extra && { extra }) }
}

/** What the review asks, in the form in which requests ask it. */
function attributesOf(spec: Spec, user: User): { attributes: Attributes; problem?: string } {
  const { resourceAttributes: asked, nonResourceAttributes } = spec
  if (!asked) {
    const { verb = '', path = '' } = nonResourceAttributes ?? {}
    return { attributes: { user, verb, path } }
  }
  const { fields, problem } = fieldsOf(asked)
  const attributes: Attributes = {
    user,
    verb: asked.verb ?? '',
    group: asked.group ?? '',
    resource: asked.resource ?? '',
    namespace: asked.namespace ?? '',
    name: asked.name ?? '',
    ...(asked.subresource && { subresource: asked.subresource }),
    ...(fields && { fields }),
  }
  return { attributes, ...(problem && { problem }) }
}

/** A selector that cannot be read narrows nothing: it can only make the answer stricter. */
function fieldsOf(asked: NonNullable<Spec['resourceAttributes']>): {
  fields?: Selector
  problem?: string
} {
  const { rawSelector = '', requirements = [] } = asked.fieldSelector ?? {}
  if (requirements.length > 0)
    return {
      fields: requirements.flatMap(({ key, operator, values = [] }) => {
        if (values.length !== 1 || (operator !== 'In' && operator !== 'NotIn')) return []
        return [{ key, operator: operator === 'In' ? ('=' as const) : ('!=' as const), values }]
      }),
    }
  if (rawSelector === '') return {}
  try {
    return { fields: parseFieldSelector(rawSelector) }
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error
    return { problem: 'spec.resourceAttributes.fieldSelector ignored due to parse error' }
  }
}
