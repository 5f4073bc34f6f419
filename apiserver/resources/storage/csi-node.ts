/** CSINode: the storage drivers of one node. */

import type { CSINode } from '../../../api/types.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { validateDriverName } from '../domain-name-validation.ts'
import {
  duplicate,
  type FieldErrors,
  immutable,
  invalid,
  invalidFor,
  nonNegative,
  required,
} from '../field-errors.ts'
import { byteLength, qualifiedNameProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'

type Driver = NonNullable<NonNullable<CSINode['spec']>['drivers']>[number]

const longestNodeId = 192
const driversOf = ({ spec }: CSINode) => spec?.drivers ?? []

export const csiNodes = defineResource<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  singular: 'csinode',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.CSINode',
  strategy: {
    returnsDeleted: true,
    generation: false,
    unconditionalUpdate: false,
    validate: (node) => [...validate(node)],
    validateUpdate: (node, old) => [...validateUpdate(node, old)],
  },
  subresources: [],
  columns: [
    nameColumn,
    column('Drivers', 'How many drivers it has.', (node) => driversOf(node).length, {
      type: 'integer',
    }),
    ageColumn,
  ],
})

function* validate(node: CSINode): FieldErrors {
  const names = new Set<string>()
  for (const [index, driver] of driversOf(node).entries()) {
    const field = `spec.drivers[${index}]`
    yield* validateDriver(driver, field)
    if (names.has(driver.name)) yield duplicate(`${field}.name`, driver.name)
    names.add(driver.name)
    yield* validateTopologyKeys(driver.topologyKeys ?? [], field)
  }
}

function* validateDriver({ name, nodeID, allocatable }: Driver, field: string): FieldErrors {
  yield* validateDriverName(name, `${field}.name`)
  if (!nodeID) yield required(`${field}.nodeID`)
  else if (byteLength(nodeID) > longestNodeId)
    yield invalid(`${field}.nodeID`, nodeID, `must be ${longestNodeId} characters or less`)
  yield* nonNegative(`${field}.allocatable.count`, allocatable?.count)
}

function* validateTopologyKeys(keys: string[], field: string): FieldErrors {
  const seen = new Set<string>()
  for (const key of keys) {
    if (key === '') yield required(field)
    if (seen.has(key)) yield duplicate(field, key)
    seen.add(key)
    yield* invalidFor(field, key, qualifiedNameProblems(key))
  }
}

/** A driver that stays stays what it is, but for the number of volumes it can attach. */
function* validateUpdate(node: CSINode, old: CSINode): FieldErrors {
  const before = new Map(driversOf(old).map((driver) => [driver.name, driver]))
  for (const { allocatable, ...driver } of driversOf(node)) {
    const known = before.get(driver.name)
    if (!known) continue
    const { allocatable: then, ...rest } = known
    yield* immutable('spec.drivers', driver, rest)
  }
}
