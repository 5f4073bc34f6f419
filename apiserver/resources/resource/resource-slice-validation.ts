/** What a slice must say: whose devices, where they can be used, and what each shares with others. */

import type { ResourceSlice } from '../../../api/types.ts'
import { validateNodeSelector } from '../core/pod/scheduling-validation.ts'
import { validateDriverName } from '../domain-name-validation.ts'
import {
  type FieldErrors,
  immutable,
  invalid,
  invalidFor,
  required,
  tooMany,
} from '../field-errors.ts'
import { subdomainProblems } from '../name-validation.ts'
import { validateSet } from './bounded-list-validation.ts'
import { validateLabelName, validatePoolName } from './device-name-validation.ts'
import { type Device, validateDevice } from './device-validation.ts'

type Spec = NonNullable<ResourceSlice['spec']>
type CounterSet = NonNullable<Spec['sharedCounters']>[number]

const mostDevices = 128
const mostElaborateDevices = 64
const mostCounterSets = 8
const mostCounters = 32
const placeNames = '`nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection`'
const unsetOrTrue = 'must be either unset or set to true'

export function* validateResourceSlice({ spec }: ResourceSlice): FieldErrors {
  const { driver, pool, devices, sharedCounters } = spec ?? ({} as Partial<Spec>)
  yield* validateDriverName(driver, 'spec.driver')
  yield* validatePool(pool ?? ({} as Spec['pool']))
  yield* validatePlace(spec ?? ({} as Spec))
  if (sharedCounters && devices)
    yield invalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed')
  const elaborate = (devices ?? []).some(isElaborate)
  yield* validateSet(
    devices,
    elaborate ? mostElaborateDevices : mostDevices,
    'spec.devices',
    (device, field) => validateDevice(device, field, spec?.perDeviceNodeSelection === true),
    ({ name }) => name,
  )
  yield* validateSet(
    sharedCounters,
    mostCounterSets,
    'spec.sharedCounters',
    validateCounterSet,
    ({ name }) => name,
  )
}

export function* validateSliceUpdate({ spec }: ResourceSlice, old: ResourceSlice): FieldErrors {
  yield* immutable('spec.pool.name', spec?.pool?.name, old.spec?.pool?.name)
  yield* immutable('spec.driver', spec?.driver, old.spec?.driver)
  yield* immutable('spec.nodeName', spec?.nodeName, old.spec?.nodeName)
}

/** It takes more to allocate such a device. */
const isElaborate = ({ taints = [], consumesCounters = [] }: Device) =>
  taints.length > 0 || consumesCounters.length > 0

function* validatePool({
  name,
  resourceSliceCount = 0,
  generation = 0,
}: Spec['pool']): FieldErrors {
  yield* validatePoolName(name, 'spec.pool.name')
  if (resourceSliceCount <= 0)
    yield invalid('spec.pool.resourceSliceCount', resourceSliceCount, 'must be greater than zero')
  if (generation < 0)
    yield invalid('spec.pool.generation', generation, 'must be greater than or equal to zero')
}

function* validatePlace(spec: Spec): FieldErrors {
  const { nodeName, nodeSelector } = spec
  const set: string[] = []
  if (nodeName) {
    set.push('`nodeName`')
    yield* invalidFor('spec.nodeName', nodeName, subdomainProblems(nodeName))
  } else if (nodeName === '')
    yield invalid('spec.nodeName', '', 'must be either unset or set to a non-empty string')
  if (nodeSelector) {
    set.push('`nodeSelector`')
    yield* validateNodeSelector(nodeSelector, 'spec.nodeSelector')
    const terms = nodeSelector.nodeSelectorTerms ?? []
    if (terms.length !== 1)
      yield invalid(
        'spec.nodeSelector.nodeSelectorTerms',
        terms,
        'must have exactly one node selector term',
      )
  }
  for (const name of ['allNodes', 'perDeviceNodeSelection'] as const) {
    if (spec[name]) set.push(`\`${name}\``)
    else if (spec[name] === false) yield invalid(`spec.${name}`, false, unsetOrTrue)
  }
  const one = `exactly one of ${placeNames} is required`
  if (set.length === 0) yield required('spec', one)
  if (set.length > 1)
    yield invalid('spec', `{${set.join(', ')}}`, `${one}, but multiple fields are set`)
}

function* validateCounterSet({ name, counters = {} }: CounterSet, field: string): FieldErrors {
  if (name) yield* validateLabelName(name, `${field}.name`)
  else yield required(`${field}.name`)
  const names = Object.keys(counters)
  if (names.length === 0) yield required(`${field}.counters`)
  if (names.length > mostCounters)
    return yield tooMany(`${field}.counters`, names.length, mostCounters)
  for (const counter of names) yield* validateLabelName(counter, `${field}.counters`)
}
