/** One device of a slice: its attributes and capacities, where it can be used, what it takes from shared counters. */

import type { ResourceSlice } from '../../../api/types.ts'
import { validateNodeSelector } from '../core/pod/scheduling-validation.ts'
import {
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  oneOf,
  required,
  tooLong,
  tooMany,
} from '../field-errors.ts'
import {
  byteLength,
  labelValueProblems,
  qualifiedNameProblems,
  subdomainProblems,
} from '../name-validation.ts'
import { validateBindingConditions } from './binding-condition-validation.ts'
import { validateList, validateSet } from './bounded-list-validation.ts'
import { validateAttributeName, validateLabelName } from './device-name-validation.ts'
import { taintEffects } from './device-selection-validation.ts'
import { validateRequestPolicy } from './request-policy-validation.ts'

export type Device = NonNullable<NonNullable<ResourceSlice['spec']>['devices']>[number]
type Attribute = NonNullable<Device['attributes']>[string]
type Taint = NonNullable<Device['taints']>[number]
type Consumption = NonNullable<Device['consumesCounters']>[number]

const mostAttributes = 32
const mostTaints = 16
const mostCounterSets = 2
const mostCounters = 32
const longestValue = 64
const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/
const onePlace =
  'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec'

/** @param placed whether each device of the slice says where it can be used. */
export function* validateDevice(device: Device, field: string, placed: boolean): FieldErrors {
  const { attributes = {}, capacity = {} } = device
  yield* validateLabelName(device.name, `${field}.name`)
  const count = Object.keys(attributes).length + Object.keys(capacity).length
  if (count > mostAttributes)
    yield invalid(
      field,
      count,
      `the total number of attributes and capacities must not exceed ${mostAttributes}`,
    )
  for (const [name, attribute] of Object.entries(attributes)) {
    yield* validateAttributeName(name, `${field}.attributes`)
    yield* validateAttribute(attribute, `${field}.attributes[${name}]`)
  }
  yield* validateCapacities(device, `${field}.capacity`)
  yield* validateList(device.taints, mostTaints, `${field}.taints`, validateTaint)
  yield* validateSet(
    device.consumesCounters,
    mostCounterSets,
    `${field}.consumesCounters`,
    validateConsumption,
    ({ counterSet }) => counterSet,
  )
  yield* validatePlace(device, field, placed)
  yield* validateBindingConditions(device, field)
}

function* validateAttribute(attribute: Attribute, field: string): FieldErrors {
  const { string, version } = attribute
  if (string !== undefined) yield* validateText(string, `${field}.string`)
  if (version !== undefined) yield* validateVersion(version, `${field}.version`)
  const set = Object.values(attribute).filter((value) => value !== undefined).length
  if (set !== 1)
    yield invalid(field, set === 0 ? '' : attribute, 'exactly one value must be specified')
}

function* validateText(text: string, field: string): FieldErrors {
  if (byteLength(text) > longestValue) yield tooLong(field, longestValue)
}

function* validateVersion(text: string, field: string): FieldErrors {
  if (!semver.test(text))
    yield invalid(field, text, 'must be a string compatible with semver.org spec 2.0.0')
  yield* validateText(text, field)
}

function* validateCapacities(
  { capacity = {}, allowMultipleAllocations }: Device,
  field: string,
): FieldErrors {
  for (const [name, { value, requestPolicy }] of Object.entries(capacity)) {
    yield* validateAttributeName(name, field)
    if (!requestPolicy) continue
    const own = `${field}[${name}].requestPolicy`
    if (allowMultipleAllocations) yield* validateRequestPolicy(requestPolicy, value, own)
    else yield forbidden(own, 'allowMultipleAllocations must be true')
  }
}

function* validateTaint({ key = '', value, effect }: Taint, field: string): FieldErrors {
  yield* invalidFor(`${field}.key`, key, qualifiedNameProblems(key))
  if (value) yield* invalidFor(`${field}.value`, value, labelValueProblems(value))
  if (effect) yield* oneOf(`${field}.effect`, effect, taintEffects)
  else yield required(`${field}.effect`)
}

function* validateConsumption(
  { counterSet, counters = {} }: Consumption,
  field: string,
): FieldErrors {
  if (counterSet) yield* validateLabelName(counterSet, `${field}.counterSet`)
  else yield required(`${field}.counterSet`)
  const names = Object.keys(counters)
  if (names.length === 0) yield required(`${field}.counters`)
  if (names.length > mostCounters)
    return yield tooMany(`${field}.counters`, names.length, mostCounters)
  for (const name of names) yield* validateLabelName(name, `${field}.counters`)
}

function* validatePlace(
  { nodeName, nodeSelector, allNodes }: Device,
  field: string,
  placed: boolean,
): FieldErrors {
  const given = [nodeName, nodeSelector, allNodes].some((value) => value !== undefined)
  if (!placed) {
    if (given)
      yield invalid(
        field,
        null,
        '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
      )
    return
  }
  if (nodeName) yield* invalidFor(`${field}.nodeName`, nodeName, subdomainProblems(nodeName))
  else if (nodeName === '') yield invalid(`${field}.nodeName`, '', 'must not be empty')
  if (nodeSelector) yield* validateNodeSelector(nodeSelector, `${field}.nodeSelector`)
  if (allNodes === false)
    yield invalid(`${field}.allNodes`, false, 'must be either unset or set to true')
  const set = Object.entries({ nodeName, nodeSelector, allNodes }).filter(([, value]) => value)
  if (set.length === 0) yield required(field, onePlace)
  if (set.length > 1)
    yield invalid(field, `{${set.map(([name]) => `\`${name}\``).join(', ')}}`, onePlace)
}
