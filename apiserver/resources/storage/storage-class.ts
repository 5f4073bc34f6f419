/** StorageClass: how volumes of one sort are made. */

import type { StorageClass } from '../../../api/types.ts'
import { ageColumn, column, markedDefault } from '../common-columns.ts'
import { labelWarnings, type Warnings } from '../core/node-label-warnings.ts'
import {
  duplicate,
  type FieldErrors,
  forbidden,
  immutable,
  invalidFor,
  notSupported,
  required,
} from '../field-errors.ts'
import { qualifiedNameProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'
import { semanticallyEqual } from '../semantic-equality.ts'
import { validateParameters, validateProvisioner } from './provisioner-validation.ts'

type Term = NonNullable<StorageClass['allowedTopologies']>[number]
type Requirement = NonNullable<Term['matchLabelExpressions']>[number]

const bindingModes = ['Immediate', 'WaitForFirstConsumer']
const reclaimPolicies = ['Delete', 'Retain']

function* warnings({ allowedTopologies }: StorageClass): Warnings {
  for (const [index, { matchLabelExpressions }] of (allowedTopologies ?? []).entries()) {
    const keys = (matchLabelExpressions ?? []).map(({ key }) => key)
    const at = `allowedTopologies[${index}].matchLabelExpressions`
    yield* labelWarnings(keys, (key) => `${at}[${keys.indexOf(key)}].key`)
  }
}

export const storageClasses = defineResource<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  singular: 'storageclass',
  shortNames: ['sc'],
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.StorageClass',
  strategy: {
    returnsDeleted: true,
    generation: false,
    default(storageClass) {
      storageClass.reclaimPolicy ??= 'Delete'
      storageClass.volumeBindingMode ??= 'Immediate'
    },
    validateCreate: (storageClass) => [...validate(storageClass)],
    validateUpdate: (storageClass, old) => [...validateUpdate(storageClass, old)],
    warnings,
  },
  subresources: [],
  columns: [
    markedDefault(
      'storageclass.kubernetes.io/is-default-class',
      'storageclass.beta.kubernetes.io/is-default-class',
    ),
    column('Provisioner', 'Who makes the volumes.', ({ provisioner }) => provisioner ?? ''),
    column(
      'ReclaimPolicy',
      'What becomes of a volume when it is no longer claimed.',
      ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete',
    ),
    column(
      'VolumeBindingMode',
      'When a volume is bound.',
      ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate',
    ),
    column(
      'AllowVolumeExpansion',
      'Whether volumes may grow.',
      ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
    ),
    ageColumn,
  ],
})

function* validate(storageClass: StorageClass): FieldErrors {
  const { provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies } =
    storageClass
  yield* validateProvisioner(provisioner, 'provisioner')
  yield* validateParameters(parameters, 'parameters')
  if (reclaimPolicy && !reclaimPolicies.includes(reclaimPolicy))
    yield notSupported('reclaimPolicy', reclaimPolicy, reclaimPolicies)
  if (!bindingModes.includes(volumeBindingMode ?? ''))
    yield notSupported('volumeBindingMode', volumeBindingMode, bindingModes)
  yield* validateTopologies(allowedTopologies ?? [])
}

function* validateTopologies(terms: Term[]): FieldErrors {
  const before = new Set<string>()
  for (const [index, term] of terms.entries()) {
    const field = `allowedTopologies[${index}].matchLabelExpressions`
    const keys = new Set<string>()
    for (const [at, requirement] of (term.matchLabelExpressions ?? []).entries()) {
      yield* validateRequirement(requirement, `${field}[${at}]`)
      if (keys.has(requirement.key)) yield duplicate(`${field}[${at}].key`, requirement.key)
      keys.add(requirement.key)
    }
    const said = meaningOf(term)
    if (before.has(said)) yield duplicate(field, '')
    before.add(said)
  }
}

function* validateRequirement({ key, values = [] }: Requirement, field: string): FieldErrors {
  if (values.length === 0) yield required(`${field}.values`)
  const seen = new Set<string>()
  for (const [index, value] of values.entries()) {
    if (seen.has(value)) yield duplicate(`${field}.values[${index}]`, value)
    seen.add(value)
  }
  yield* invalidFor(`${field}.key`, key, qualifiedNameProblems(key))
}

/** The order of keys and values does not matter. */
const meaningOf = ({ matchLabelExpressions = [] }: Term): string =>
  JSON.stringify(
    matchLabelExpressions
      .map(({ key, values }) => [key, [...new Set(values ?? [])].sort()] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  )

function* validateUpdate(storageClass: StorageClass, old: StorageClass): FieldErrors {
  for (const field of ['parameters', 'provisioner', 'reclaimPolicy'] as const)
    if (!semanticallyEqual(storageClass[field], old[field]))
      yield forbidden(field, `updates to ${field} are forbidden.`)
  yield* immutable('volumeBindingMode', storageClass.volumeBindingMode, old.volumeBindingMode)
}
