/** CSIStorageCapacity: how much room a driver has for a class of volumes, in one part of the cluster. */

import type { CSIStorageCapacity } from '../../../api/types.ts'
import { canonicalQuantity } from '../canonical-quantity.ts'
import { column, nameColumn } from '../common-columns.ts'
import { expressionWarnings, labelWarnings, type Warnings } from '../core/node-label-warnings.ts'
import { validateQuantity } from '../core/pod/resource-requirements-validation.ts'
import { type FieldErrors, immutable, invalidFor } from '../field-errors.ts'
import { validateLabelSelector } from '../label-selector-validation.ts'
import { subdomainProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'

function* warnings({ nodeTopology }: CSIStorageCapacity): Warnings {
  yield* expressionWarnings(nodeTopology?.matchExpressions, 'nodeTopology')
  const labels = Object.keys(nodeTopology?.matchLabels ?? {})
  yield* labelWarnings(labels, (label) => `nodeTopology.matchLabels.${label}`)
}

export const csiStorageCapacities = defineResource<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  singular: 'csistoragecapacity',
  namespaced: true,
  schema: 'io.k8s.api.storage.v1.CSIStorageCapacity',
  strategy: {
    generation: false,
    unconditionalUpdate: false,
    default(capacity) {
      for (const field of ['capacity', 'maximumVolumeSize'] as const)
        if (capacity[field] !== undefined) capacity[field] = canonicalQuantity(capacity[field])
    },
    validateCreate: (capacity) => [...validate(capacity)],
    validateUpdate: ({ nodeTopology, storageClassName }, old) => [
      ...immutable('nodeTopology', nodeTopology, old.nodeTopology),
      ...immutable('storageClassName', storageClassName, old.storageClassName),
    ],
    warnings,
  },
  subresources: [],
  columns: [
    nameColumn,
    column('StorageClassName', 'The class.', ({ storageClassName }) => storageClassName ?? ''),
    column('Capacity', 'The room that is left.', ({ capacity }) => capacity ?? '<unset>'),
  ],
})

function* validate({
  nodeTopology,
  storageClassName = '',
  capacity,
}: CSIStorageCapacity): FieldErrors {
  yield* validateLabelSelector(nodeTopology, 'nodeTopology')
  yield* invalidFor('storageClassName', storageClassName, subdomainProblems(storageClassName))
  if (capacity !== undefined) yield* validateQuantity(capacity, 'storage', 'capacity')
}
