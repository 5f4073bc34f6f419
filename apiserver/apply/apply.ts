/**
 * Server-side apply itself: a configuration is laid over the object, what its manager applied before and now leaves
 * out goes unless somebody else owns it, and what others own with another value is a conflict. Pure: it reads and
 * gives values, and what it makes is decoded, defaulted and validated like any other write afterwards.
 */

import type { KubernetesObject } from '../../api/object.ts'
import { equal } from '../patch/json-value.ts'
import { ApplyConflict } from './conflicts.ts'
import { difference, type FieldSet, intersection, isEmpty, none, union } from './field-set.ts'
import { fieldsOf } from './fields-of.ts'
import { keepFields, type Manager, type ManagerName, type Managers, managerId } from './managers.ts'
import { merge } from './merge.ts'
import { removeFields } from './removal.ts'
import { withNamedFields } from './schema-walk.ts'
import { tracked } from './tracked-fields.ts'
import { Changes, reconcile, type Version, versionOf, type Written } from './versions.ts'

export interface Application {
  live: KubernetesObject
  config: KubernetesObject
  by: ManagerName
  /** Takes what others own. */
  force: boolean
  now: string
}

/**
 * The object as it is with the configuration applied; `managers` is brought up to date. It shares parts with both
 * objects, which are left alone.
 * @throws ApplyConflict; TypeMismatch where an object is not of its type
 */
export function apply(
  managers: Managers,
  written: Written,
  { live, config, by, force, now }: Application,
): KubernetesObject {
  const { type, reset } = written
  const id = managerId(by)
  reconcile(managers, written)
  const before = managers.get(id)
  const merged = merge(live, config, type) as KubernetesObject
  const fields = reset.keep(fieldsOf(config, type))
  managers.set(id, { ...by, time: before?.time, fields })
  const object = prune(managers, written, merged, before, config)
  takeFromOthers(managers, written, live, object, id, force)
  const time = equal(live, object) ? before?.time : now
  const owned = tracked(fields)
  if (isEmpty(owned)) managers.delete(id)
  else managers.set(id, { ...by, time, fields: owned })
  return object
}

function takeFromOthers(
  managers: Managers,
  written: Written,
  live: KubernetesObject,
  object: KubernetesObject,
  own: string,
  force: boolean,
): void {
  const changes = new Changes(written, live, object)
  const conflicts = []
  const left = new Map<string, FieldSet>()
  for (const [id, manager] of managers) {
    if (id === own) continue
    const change = changes.at(manager.apiVersion)
    if (!change) continue
    const { modified, added, removed } = change
    const fields = intersection(manager.fields, union(modified, added))
    if (!isEmpty(fields)) conflicts.push({ with: manager, id, fields })
    left.set(id, difference(difference(manager.fields, fields), removed))
  }
  if (conflicts.length > 0 && !force) throw new ApplyConflict(conflicts)
  for (const [id, fields] of left) keepFields(managers, id, fields)
}

/** Without what the manager owned before, does not own any more, and nobody else does. */
function prune(
  managers: Managers,
  written: Written,
  merged: KubernetesObject,
  before: Manager | undefined,
  config: KubernetesObject,
): KubernetesObject {
  if (!before || isEmpty(before.fields)) return merged
  const sameVersion = before.apiVersion === written.apiVersion
  const saidNow = fieldsOf(config, written.type)
  if (sameVersion && isEmpty(difference(before.fields, saidNow))) return merged
  const version = versionOf(written, before.apiVersion)
  if (!version) return merged
  const last = withNamedFields(before.fields, version.type)
  const then = version.from(merged)
  let pruned = removeFields(then, last, version.type) as KubernetesObject
  for (const [apiVersion, owned] of ownedByVersion(managers, before.apiVersion))
    pruned = addBack(written, version, then, pruned, apiVersion, owned)
  const gone = difference(namedFieldsOf(then, version.type), namedFieldsOf(pruned, version.type))
  const left = removeFields(then, intersection(gone, last), version.type) as KubernetesObject
  // What the configuration says to be empty is not null because the last of it went.
  return merge(version.back(left), config, written.type) as KubernetesObject
}

const namedFieldsOf = (object: unknown, type: Version['type']): FieldSet =>
  withNamedFields(fieldsOf(object, type), type)

/** What anybody owns, `first` before all others: it may need what is to be added back to be converted. */
function ownedByVersion(managers: Managers, first: string): Map<string, FieldSet> {
  const owned = new Map<string, FieldSet>([[first, none]])
  for (const { apiVersion, fields } of managers.values())
    owned.set(apiVersion, union(owned.get(apiVersion) ?? none, fields))
  return owned
}

function addBack(
  written: Written,
  version: Version,
  merged: KubernetesObject,
  pruned: KubernetesObject,
  apiVersion: string,
  owned: FieldSet,
): KubernetesObject {
  const other = versionOf(written, apiVersion)
  if (!other) return pruned
  const convert = (object: KubernetesObject) => other.from(version.back(object))
  const whole = convert(merged)
  const kept = union(namedFieldsOf(convert(pruned), other.type), withNamedFields(owned, other.type))
  const gone = difference(namedFieldsOf(whole, other.type), kept)
  return version.from(other.back(removeFields(whole, gone, other.type) as KubernetesObject))
}
