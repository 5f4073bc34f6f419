/** PriorityClass: how important pods are that name it. Two are the system's own. */

import type { PriorityClass } from '../../../api/types.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { type FieldErrors, forbidden, immutable, oneOf } from '../field-errors.ts'
import { defineResource } from '../resource.ts'

const systemPrefix = 'system-'
const highestOfUsers = 1_000_000_000
const policies = ['Never', 'PreemptLowerPriority']

/** Made by the API server, and nobody may make them otherwise. */
export const systemPriorities: ReadonlyMap<string, number> = new Map([
  ['system-node-critical', 2_000_001_000],
  ['system-cluster-critical', 2_000_000_000],
])

export const priorityClasses = defineResource<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  singular: 'priorityclass',
  shortNames: ['pc'],
  namespaced: false,
  schema: 'io.k8s.api.scheduling.v1.PriorityClass',
  strategy: {
    generation: () => false,
    default(priorityClass) {
      priorityClass.preemptionPolicy ??= 'PreemptLowerPriority'
    },
    validateCreate: (priorityClass) => [...validate(priorityClass)],
    validateUpdate: (priorityClass, old) => [...validateUpdate(priorityClass, old)],
  },
  subresources: [],
  columns: [
    nameColumn,
    column('Value', 'The priority.', ({ value }) => value ?? 0, { type: 'integer' }),
    column(
      'Global-Default',
      'Whether pods have it that name none.',
      ({ globalDefault }) => globalDefault ?? false,
      { type: 'boolean' },
    ),
    ageColumn,
    column(
      'PreemptionPolicy',
      'Whether its pods push out others.',
      ({ preemptionPolicy }) => preemptionPolicy ?? '',
    ),
  ],
})

function* validate({
  metadata,
  value = 0,
  globalDefault,
  preemptionPolicy,
}: PriorityClass): FieldErrors {
  const name = metadata.name ?? ''
  if (name.startsWith(systemPrefix)) {
    const problem = systemProblem(name, value, globalDefault ?? false)
    if (problem)
      yield forbidden(
        'metadata.name',
        `priority class names with '${systemPrefix}' prefix are reserved for system use only. error: ${problem}`,
      )
  } else if (value > highestOfUsers)
    yield forbidden(
      'value',
      `maximum allowed value of a user defined priority is ${highestOfUsers}`,
    )
  yield* oneOf('preemptionPolicy', preemptionPolicy, policies)
}

function systemProblem(name: string, value: number, globalDefault: boolean): string | undefined {
  const own = systemPriorities.get(name)
  if (own === undefined) return `${name} is not a known system priority class`
  if (value !== own) return `value of ${name} PriorityClass must be ${own}`
  if (globalDefault) return `globalDefault of ${name} PriorityClass must be false`
  return undefined
}

function* validateUpdate(priorityClass: PriorityClass, old: PriorityClass): FieldErrors {
  if ((priorityClass.value ?? 0) !== (old.value ?? 0))
    yield forbidden('value', 'may not be changed in an update.')
  yield* immutable('preemptionPolicy', priorityClass.preemptionPolicy, old.preemptionPolicy)
}
