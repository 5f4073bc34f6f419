/** What DELETE does to a CustomResourceDefinition: it lingers until the API servers have deleted what it has made. */

import { type Clock, time } from '../../../ports/clock.ts'
import type { CustomResourceDefinition } from '../../schema/structural/definition.ts'
import { withCondition } from './definition-conditions.ts'

export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'

const pending = {
  type: 'Terminating',
  status: 'True',
  reason: 'InstanceDeletionPending',
  message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
}

/** As a strategy's `beginDeletion`: what the definition holds is shared, and replaced rather than changed. */
export function beginDefinitionDeletion(
  definition: CustomResourceDefinition,
  { clock }: { clock: Clock },
): void {
  const { metadata, status } = definition
  const { finalizers = [] } = metadata
  if (!finalizers.includes(cleanupFinalizer))
    metadata.finalizers = [...finalizers, cleanupFinalizer]
  const conditions = withCondition(status?.conditions ?? [], pending, time(clock.now()))
  definition.status = { ...status, conditions: [...conditions] }
}
