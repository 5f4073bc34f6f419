/**
 * Who owns which fields of an object, between the list in `metadata.managedFields` and the form in which writes are
 * worked out. A manager is one that applied, or one that wrote otherwise through one version and one subresource.
 */

import type { KubernetesObject } from '../../api/object.ts'
import { type FieldSet, isEmpty, none, ordered, readFieldSet, union } from './field-set.ts'
import { PathElementError } from './path-element.ts'

export type FieldOperation = 'Apply' | 'Update'

/** As it stands in `metadata.managedFields`. */
export interface ManagedFieldsEntry {
  manager?: string
  operation?: string
  apiVersion?: string
  time?: string
  fieldsType?: string
  fieldsV1?: object
  subresource?: string
}

export interface ManagerName {
  manager: string
  operation: FieldOperation
  apiVersion: string
  subresource: string
}

export interface Manager extends ManagerName {
  time: string | undefined
  fields: FieldSet
  /** What it was read from: written again as long as it says the same. */
  entry?: ManagedFieldsEntry
}

/** By `managerId`. */
export type Managers = Map<string, Manager>

/** Managers with the same id are one: whoever applies is one whatever the version it applies in. */
export function managerId({ manager, operation, apiVersion, subresource }: ManagerName): string {
  return JSON.stringify({
    manager: manager || undefined,
    operation,
    apiVersion: operation === 'Apply' ? undefined : apiVersion,
    subresource: subresource || undefined,
  })
}

/** An entry says something that cannot be. */
export class ManagedFieldsError extends Error {
  override name = 'ManagedFieldsError'
}

export const managedFieldsOf = ({
  metadata,
}: KubernetesObject): readonly ManagedFieldsEntry[] | undefined =>
  metadata.managedFields as readonly ManagedFieldsEntry[] | undefined

/** What the server has stored: in order, and right. */
export function storedManagers(object: KubernetesObject): Managers {
  const managers: Managers = new Map()
  for (const entry of managedFieldsOf(object) ?? []) {
    const { manager = '', apiVersion = '', time, subresource = '' } = entry
    const operation: FieldOperation = entry.operation === 'Apply' ? 'Apply' : 'Update'
    const name = { manager, operation, apiVersion, subresource }
    const fields = (entry.fieldsV1 ?? none) as FieldSet
    managers.set(managerId(name), { ...name, time, fields, entry })
  }
  return managers
}

/** What a client has sent. @throws ManagedFieldsError */
export function readManagers(entries: readonly ManagedFieldsEntry[]): Managers {
  const managers: Managers = new Map()
  for (const [at, entry] of entries.entries()) {
    const { operation, apiVersion, fieldsType, manager = '', subresource = '', time } = entry
    if (operation !== 'Apply' && operation !== 'Update')
      throw new ManagedFieldsError('operation must be `Apply` or `Update`')
    if (!apiVersion) throw new ManagedFieldsError('apiVersion must not be empty')
    if (!fieldsType)
      throw new ManagedFieldsError(`missing fieldsType in managed fields entry ${at}`)
    if (fieldsType !== 'FieldsV1')
      throw new ManagedFieldsError(
        `invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${at}`,
      )
    const name: ManagerName = { manager, operation, apiVersion, subresource }
    managers.set(managerId(name), { ...name, time, fields: readFields(entry) })
  }
  return managers
}

function readFields({ fieldsV1 }: ManagedFieldsEntry): FieldSet {
  try {
    return fieldsV1 === undefined || fieldsV1 === null ? none : readFieldSet(fieldsV1)
  } catch (error) {
    if (error instanceof PathElementError)
      throw new ManagedFieldsError(`error decoding set: ${error.message}`)
    throw error
  }
}

/** The list as it is stored: those that apply first, then the older before the newer. */
export function writeManagers(object: KubernetesObject, managers: Managers): void {
  const { metadata } = object
  if (managers.size === 0) {
    delete metadata.managedFields
    return
  }
  const entries = [...managers.values()].sort(compareManagers).map(entryOf)
  metadata.managedFields = entries as NonNullable<typeof metadata.managedFields>
}

function entryOf(manager: Manager): ManagedFieldsEntry {
  const { operation, apiVersion, time, subresource, fields, entry } = manager
  if (entry && entry.fieldsV1 === fields && entry.time === time && entry.apiVersion === apiVersion)
    return entry
  return {
    ...(manager.manager && { manager: manager.manager }),
    operation,
    apiVersion,
    ...(time && { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: ordered(fields),
    ...(subresource && { subresource }),
  }
}

/** No time is before all times. */
const seconds = (time: string | undefined): number =>
  time ? Math.floor(Date.parse(time) / 1000) : 0

const order = (one: string, other: string): number => (one === other ? 0 : one < other ? -1 : 1)

function compareManagers(one: Manager, other: Manager): number {
  return (
    order(one.operation, other.operation) ||
    seconds(one.time) - seconds(other.time) ||
    order(one.manager, other.manager) ||
    order(one.apiVersion, other.apiVersion) ||
    order(one.subresource, other.subresource)
  )
}

/** More than these that do not apply are put together, the oldest first. */
const mostUpdaters = 10

/** Who those are that nobody remembers apart. */
const ancient = 'ancient-changes'

/** Bounds how many entries an object may collect. */
export function capUpdaters(managers: Managers): void {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update')
  let left = updaters.length
  if (left <= mostUpdaters) return
  updaters.sort(
    ([id, { time }], [otherId, { time: otherTime }]) =>
      seconds(time) - seconds(otherTime) || order(id, otherId),
  )
  const firsts = new Map<string, string>()
  for (const [id, { apiVersion, time, fields }] of updaters) {
    if (left <= mostUpdaters) return
    const first = firsts.get(apiVersion)
    if (first === undefined) {
      firsts.set(apiVersion, id)
      continue
    }
    const name = { manager: ancient, operation: 'Update' as const, apiVersion, subresource: '' }
    const bucket = managerId(name)
    const before = managers.get(bucket) ?? managers.get(first)
    if (!managers.has(bucket)) managers.delete(first)
    managers.delete(id)
    managers.set(bucket, { ...name, time, fields: union(fields, before?.fields ?? none) })
    left--
  }
}

/** Takes fields from a manager, who goes when it has none left. */
export function keepFields(managers: Managers, id: string, fields: FieldSet): void {
  const manager = managers.get(id)
  if (!manager || isEmpty(fields)) managers.delete(id)
  else if (fields !== manager.fields) managers.set(id, { ...manager, fields })
}
