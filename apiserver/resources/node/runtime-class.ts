/** RuntimeClass: how a node runs the containers of pods that name it, and what that costs. */

import type { RuntimeClass } from '../../../api/types.ts'
import { canonicalizeResources } from '../canonical-quantity.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { labelWarnings } from '../core/node-label-warnings.ts'
import { validateRequirements } from '../core/pod/resource-requirements-validation.ts'
import { validateTolerations } from '../core/pod/scheduling-validation.ts'
import { type FieldErrors, immutable, invalidFor } from '../field-errors.ts'
import { validateLabels } from '../label-selector-validation.ts'
import { labelProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'

export const runtimeClasses = defineResource<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  singular: 'runtimeclass',
  namespaced: false,
  schema: 'io.k8s.api.node.v1.RuntimeClass',
  strategy: {
    generation: false,
    unconditionalUpdate: false,
    default: ({ overhead }) => canonicalizeResources(overhead?.podFixed),
    validateCreate: (runtimeClass) => [...validate(runtimeClass)],
    validateUpdate: ({ handler }, old) => [...immutable('handler', handler, old.handler)],
    warnings: ({ scheduling }) =>
      labelWarnings(Object.keys(scheduling?.nodeSelector ?? {}), () => 'scheduling.nodeSelector'),
  },
  subresources: [],
  columns: [
    nameColumn,
    column('Handler', 'The name by which the runtime knows it.', ({ handler }) => handler ?? ''),
    ageColumn,
  ],
})

function* validate({ handler = '', overhead, scheduling }: RuntimeClass): FieldErrors {
  yield* invalidFor('handler', handler, labelProblems(handler))
  if (overhead) yield* validateRequirements({ limits: overhead.podFixed ?? {} }, 'overhead')
  yield* validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector')
  yield* validateTolerations(scheduling?.tolerations, 'scheduling.tolerations')
}
