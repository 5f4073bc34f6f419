/** CSIDriver: what a storage driver is able to do, and what it wants to be told. */

import type { CSIDriver } from '../../../api/types.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import {
  duplicate,
  type FieldErrors,
  immutable,
  invalid,
  notSupported,
  oneOf,
} from '../field-errors.ts'
import { defineResource } from '../resource.ts'
import { validateTokenLifetime } from '../token-lifetime-validation.ts'

type Spec = NonNullable<CSIDriver['spec']>

const groupPolicies = ['File', 'None', 'ReadWriteOnceWithFSType']
const lifecycleModes = ['Persistent', 'Ephemeral']

const flag = (name: string, description: string, of: (spec: Spec) => boolean | undefined) =>
  column<CSIDriver>(name, description, ({ spec }) => of(spec ?? {}) ?? false, { type: 'boolean' })

export const csiDrivers = defineResource<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  singular: 'csidriver',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.CSIDriver',
  strategy: {
    returnsDeleted: true,
    unconditionalUpdate: false,
    default: defaultCsiDriver,
    prepareForCreate: dropPrevention,
    prepareForUpdate: dropPrevention,
    validate: ({ spec }) => [...validate(spec ?? {})],
    validateUpdate: ({ spec }, old) => [
      ...immutable('spec.attachedRequired', spec?.attachRequired, old.spec?.attachRequired),
      ...immutable(
        'spec.volumeLifecycleModes',
        spec?.volumeLifecycleModes,
        old.spec?.volumeLifecycleModes,
      ),
    ],
  },
  subresources: [],
  columns: [
    nameColumn,
    flag(
      'AttachRequired',
      'Whether volumes are attached first.',
      (spec) => spec.attachRequired ?? true,
    ),
    flag('PodInfoOnMount', 'Whether it is told the pod.', (spec) => spec.podInfoOnMount),
    flag('StorageCapacity', 'Whether it tells the room it has.', (spec) => spec.storageCapacity),
    column('TokenRequests', 'For whom tokens are made.', ({ spec }) =>
      spec?.tokenRequests
        ? spec.tokenRequests.map(({ audience }) => audience).join(',')
        : '<unset>',
    ),
    flag(
      'RequiresRepublish',
      'Whether volumes are published anew.',
      (spec) => spec.requiresRepublish,
    ),
    column(
      'Modes',
      'How long volumes may live.',
      ({ spec }) => (spec?.volumeLifecycleModes ?? []).join(',') || '<none>',
    ),
    ageColumn,
  ],
})

function defaultCsiDriver(driver: CSIDriver): void {
  driver.spec ??= {}
  const { spec } = driver
  spec.attachRequired ??= true
  spec.podInfoOnMount ??= false
  spec.storageCapacity ??= false
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType'
  if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent']
  spec.requiresRepublish ??= false
  spec.seLinuxMount ??= false
}

/** Pods go to nodes whatever drivers are there; where they do, the field is not kept. */
function dropPrevention({ spec }: CSIDriver): void {
  delete spec?.preventPodSchedulingIfMissing
}

function* validate(spec: Spec): FieldErrors {
  yield* oneOf('spec.fsGroupPolicy', spec.fsGroupPolicy, groupPolicies)
  yield* validateTokenRequests(spec.tokenRequests ?? [])
  for (const mode of spec.volumeLifecycleModes ?? [])
    if (!lifecycleModes.includes(mode))
      yield notSupported('spec.volumeLifecycleModes', mode, lifecycleModes)
  const period = spec.nodeAllocatableUpdatePeriodSeconds
  if (period !== undefined && period < 10)
    yield invalid(
      'spec.nodeAllocatableUpdatePeriodSeconds',
      period,
      'must be greater than or equal to 10 seconds',
    )
  yield* validateTokenPlace(spec)
}

function* validateTokenPlace({ serviceAccountTokenInSecrets, tokenRequests }: Spec): FieldErrors {
  if (serviceAccountTokenInSecrets !== undefined && (tokenRequests ?? []).length === 0)
    yield invalid(
      'spec.serviceAccountTokenInSecrets',
      serviceAccountTokenInSecrets,
      'serviceAccountTokenInSecrets is set but no tokenRequests are specified',
    )
}

function* validateTokenRequests(requests: NonNullable<Spec['tokenRequests']>): FieldErrors {
  const audiences = new Set<string>()
  for (const [index, { audience = '', expirationSeconds }] of requests.entries()) {
    const field = `spec.tokenRequests[${index}]`
    if (audiences.has(audience)) {
      yield duplicate(`${field}.audience`, audience)
      continue
    }
    audiences.add(audience)
    if (expirationSeconds !== undefined)
      yield* validateTokenLifetime(expirationSeconds, `${field}.expirationSeconds`)
  }
}
