/**
 * What the status of a CustomResourceDefinition should say next, decided from the definitions alone, so that every API
 * server of a store comes to the same. Nothing here writes.
 */

import { same } from '../../api/same.ts'
import {
  type Condition,
  conditionOf,
  isTrue,
  withCondition,
} from '../resources/apiextensions/definition-conditions.ts'
import { cleanupFinalizer } from '../resources/apiextensions/definition-deletion.ts'
import type {
  CustomResourceDefinition,
  DefinitionCondition,
} from '../schema/structural/definition.ts'
import { approvalOf } from './approval.ts'
import { acceptNames } from './naming.ts'

export const isEstablished = ({ status }: CustomResourceDefinition): boolean =>
  isTrue(status?.conditions, 'Established')

export const isTerminating = ({ metadata, status }: CustomResourceDefinition): boolean =>
  metadata.deletionTimestamp !== undefined || isTrue(status?.conditions, 'Terminating')

/** Whether its instances are for the API servers to delete now. */
export const awaitsCleanup = ({ metadata }: CustomResourceDefinition): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(cleanupFinalizer)

const established: Condition = {
  type: 'Established',
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
}

const notAccepted: Condition = {
  type: 'Established',
  status: 'False',
  reason: 'NotAccepted',
  message: 'not all names are accepted',
}

/**
 * The definition with its names settled, its conditions told and, once its names are accepted, established; the very
 * same where it says so already.
 * @param others all definitions of the same group
 * @param at the time of now, as in objects
 */
export function settled(
  definition: CustomResourceDefinition,
  others: Iterable<CustomResourceDefinition>,
  at: string,
): CustomResourceDefinition {
  const { status = {} } = definition
  const old = status.conditions ?? []
  const { accepted, condition } = acceptNames(definition, others)
  let conditions: readonly DefinitionCondition[] = withCondition(old, condition, at)
  if (conditionOf(old, 'Established')?.status !== 'True')
    conditions = withCondition(
      conditions,
      condition.status === 'True' ? established : notAccepted,
      at,
    )
  const approval = approvalOf(definition)
  if (approval) conditions = withCondition(conditions, approval, at)
  if (conditions === old && same(accepted, status.acceptedNames)) return definition
  const acceptedNames = { plural: '', kind: '', ...accepted }
  return { ...definition, status: { ...status, conditions: [...conditions], acceptedNames } }
}

/** The definition with what is to be said of its going. */
export function withTerminating(
  definition: CustomResourceDefinition,
  said: Omit<Condition, 'type'>,
  at: string,
): CustomResourceDefinition {
  const { status = {} } = definition
  const old = status.conditions ?? []
  const conditions = withCondition(old, { type: 'Terminating', ...said }, at)
  return conditions === old
    ? definition
    : { ...definition, status: { ...status, conditions: [...conditions] } }
}
