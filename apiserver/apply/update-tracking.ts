/** Every write that is no apply: what it changed belongs to who made it, and no longer to those who had it. */

import type { KubernetesObject } from '../../api/object.ts'
import { difference, isEmpty, none, union } from './field-set.ts'
import { capUpdaters, keepFields, type ManagerName, type Managers, managerId } from './managers.ts'
import { tracked } from './tracked-fields.ts'
import { Changes, reconcile, type Written } from './versions.ts'

/**
 * Records in `managers` what the change from `before` to `after` does.
 * @throws TypeMismatch where an object is not of its type
 */
export function trackUpdate(
  managers: Managers,
  written: Written,
  before: KubernetesObject,
  after: KubernetesObject,
  name: ManagerName,
  now: string,
): void {
  reconcile(managers, written)
  const changes = new Changes(written, before, after)
  for (const [id, { apiVersion, fields }] of managers) {
    const change = changes.at(apiVersion)
    if (!change) continue
    const { modified, added, removed } = change
    const left = difference(difference(difference(fields, modified), added), removed)
    keepFields(managers, id, left)
  }
  const { modified, added } = changes.at(written.apiVersion)!
  const taken = tracked(union(modified, added))
  if (!isEmpty(taken)) {
    const id = managerId(name)
    const before = managers.get(id)?.fields ?? none
    managers.set(id, { ...name, time: now, fields: union(taken, before) })
  }
  capUpdaters(managers)
}
