/** What those who allocate and prepare devices may write into a claim. */

import { isIP } from 'node:net'
import type { ResourceClaim } from '../../../api/types.ts'
import { validateConditions } from '../condition-validation.ts'
import { validateNodeSelector } from '../core/pod/scheduling-validation.ts'
import { validateDriverName } from '../domain-name-validation.ts'
import {
  type FieldErrors,
  forbidden,
  immutable,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../field-errors.ts'
import { byteLength } from '../name-validation.ts'
import { validateBindingConditions } from './binding-condition-validation.ts'
import { validateList, validateSet } from './bounded-list-validation.ts'
import { requestNames, validateRequestName, validateRequestNames } from './device-claim-rules.ts'
import { validateLabelName, validatePoolName, validateShareId } from './device-name-validation.ts'
import {
  validateConfiguration,
  validateParameters,
  validateTolerations,
} from './device-selection-validation.ts'

type Status = NonNullable<ResourceClaim['status']>
type Allocation = NonNullable<Status['allocation']>
type Result = NonNullable<NonNullable<Allocation['devices']>['results']>[number]
type Device = NonNullable<Status['devices']>[number]
type Consumer = NonNullable<Status['reservedFor']>[number]

const mostConsumers = 256
const mostResults = 32
const mostConfigurations = 64
const mostConditions = 8
const mostAddresses = 16
const longestInterface = 256
const longestHardware = 128
const sources = ['FromClaim', 'FromClass']

export function* validateClaimStatus(claim: ResourceClaim, old: ResourceClaim): FieldErrors {
  const { allocation, devices, reservedFor } = claim.status ?? {}
  yield* validateSet(
    reservedFor,
    mostConsumers,
    'status.reservedFor',
    validateConsumer,
    ({ uid }) => uid,
  )
  const allocated = new Set((allocation?.devices?.results ?? []).map(idOf))
  yield* validateSet(
    devices,
    Number.POSITIVE_INFINITY,
    'status.devices',
    (device, field) => validateDevice(device, field, allocated),
    idOf,
  )
  yield* validateReservations(claim, old)
  const before = old.status?.allocation
  if (allocation && before) yield* immutable('status.allocation', allocation, before)
  else if (allocation)
    yield* validateAllocation(allocation, 'status.allocation', requestNames(claim.spec))
}

/** `driver/pool/device`, and its share. */
const idOf = ({ driver, pool, device, shareID }: Result | Device) =>
  [`${driver}/${pool}/${device}`, ...(shareID ? [shareID] : [])].join('/')

function* validateConsumer(consumer: Consumer, field: string): FieldErrors {
  for (const name of ['resource', 'name', 'uid'] as const)
    if (!consumer[name]) yield required(`${field}.${name}`)
}

function* validateReservations(
  { metadata, status }: ResourceClaim,
  old: ResourceClaim,
): FieldErrors {
  const consumers = status?.reservedFor ?? []
  if (consumers.length === 0) return
  const field = 'status.reservedFor'
  if (!status?.allocation)
    return yield forbidden(field, 'may not be specified when `allocated` is not set')
  const before = new Set((old.status?.reservedFor ?? []).map(({ uid }) => uid))
  if (metadata.deletionTimestamp && consumers.some(({ uid }) => !before.has(uid)))
    yield forbidden(
      field,
      'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
    )
}

function* validateAllocation(
  { devices, nodeSelector }: Allocation,
  field: string,
  names: ReadonlySet<string>,
): FieldErrors {
  const own = `${field}.devices`
  yield* validateList(devices?.results, mostResults, `${own}.results`, (result, at) =>
    validateResult(result, at, names),
  )
  yield* validateList(devices?.config, mostConfigurations, `${own}.config`, function* (one, at) {
    if (!one.source) yield required(`${at}.source`)
    else if (!sources.includes(one.source)) yield notSupported(`${at}.source`, one.source, sources)
    yield* validateRequestNames(one.requests, `${at}.requests`, names)
    yield* validateConfiguration(one, at)
  })
  if (nodeSelector) yield* validateNodeSelector(nodeSelector, `${field}.nodeSelector`)
}

function* validateResult(result: Result, field: string, names: ReadonlySet<string>): FieldErrors {
  yield* validateRequestName(result.request ?? '', `${field}.request`, names)
  yield* validatePlace(result, field)
  yield* validateBindingConditions(result, field)
  yield* validateTolerations(result.tolerations, `${field}.tolerations`)
}

function* validatePlace(
  { driver, pool, device, shareID }: Result | Device,
  field: string,
): FieldErrors {
  yield* validateDriverName(driver, `${field}.driver`)
  yield* validatePoolName(pool, `${field}.pool`)
  yield* validateLabelName(device, `${field}.device`)
  if (shareID !== undefined) yield* validateShareId(shareID, `${field}.shareID`)
}

function* validateDevice(
  device: Device,
  field: string,
  allocated: ReadonlySet<string>,
): FieldErrors {
  yield* validatePlace(device, field)
  if (!allocated.has(idOf(device)))
    yield invalid(field, idOf(device), 'must be an allocated device in the claim')
  const { conditions = [], data, networkData } = device
  if (conditions.length > mostConditions)
    yield tooMany(`${field}.conditions`, conditions.length, mostConditions)
  yield* validateConditions(conditions, `${field}.conditions`)
  if (data !== undefined && data !== null) yield* validateParameters(data, `${field}.data`)
  if (networkData) yield* validateNetworkData(networkData, `${field}.networkData`)
}

function* validateNetworkData(
  { interfaceName = '', hardwareAddress = '', ips }: NonNullable<Device['networkData']>,
  field: string,
): FieldErrors {
  if (byteLength(interfaceName) > longestInterface)
    yield tooLong(`${field}.interfaceName`, longestInterface)
  if (byteLength(hardwareAddress) > longestHardware)
    yield tooLong(`${field}.hardwareAddress`, longestHardware)
  yield* validateSet(ips, mostAddresses, `${field}.ips`, validateInterfaceAddress, (ip) => ip)
}

/** `10.1.2.3/24`: an address with the length of its network. */
function* validateInterfaceAddress(text: string, field: string): FieldErrors {
  const [address = '', bits = '', ...more] = text.split('/')
  const family = isIP(address)
  const good = family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
  if (!good || more.length > 0)
    yield invalid(
      field,
      text,
      'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
    )
}
