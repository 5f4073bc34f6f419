/**
 * `/scale` shows one field of an object in another kind. Who owns that field of the object owns the replicas of the
 * scale, and who takes them there takes them from the object's own managers.
 */

import type { KubernetesObject } from '../../api/object.ts'
import { apiVersionOf, type Resource } from '../resources/resource.ts'
import type { FieldWrite } from './field-manager.ts'
import { difference, has, isEmpty, setOf } from './field-set.ts'
import { type Managers, storedManagers, writeManagers } from './managers.ts'
import { fieldElement } from './path-element.ts'

/** A kind of its own to who writes it, and stored nowhere. */
const scale: Resource = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  plural: 'scales',
  singular: 'scale',
  schema: 'io.k8s.api.autoscaling.v1.Scale',
  namespaced: true,
  strategy: {},
  subresources: [],
  columns: [],
}

/** The same write as one of the scale. */
export const scaleWriteOf = ({
  manager,
  now,
  subresource,
  conversions,
}: FieldWrite): FieldWrite => ({ resource: scale, subresource, manager, now, conversions })

const scaleVersion = apiVersionOf(scale)
const inScale = [fieldElement('spec'), fieldElement('replicas')]

/** Where an object says how many replicas it wants. */
const replicasPath = ({ resource }: FieldWrite): readonly string[] =>
  (resource.scale?.path ?? ['spec', 'replicas']).map((name) => fieldElement(name, true))

/** The entries of a scale's `managedFields`, from those of its object. */
export function scaleManagers(
  write: FieldWrite,
  parent: KubernetesObject,
): KubernetesObject['metadata']['managedFields'] {
  const path = replicasPath(write)
  const managers: Managers = new Map()
  for (const [id, manager] of storedManagers(parent))
    if (has(manager.fields, path))
      managers.set(id, { ...manager, apiVersion: scaleVersion, fields: setOf(inScale) })
  const carrier: KubernetesObject = { metadata: {} }
  writeManagers(carrier, managers)
  return carrier.metadata.managedFields
}

/** Sets the `managedFields` of `object` by those of its scale after a write; `parent` is what it was before. */
export function ownReplicas(
  write: FieldWrite,
  parent: KubernetesObject,
  scale: KubernetesObject,
  object: KubernetesObject,
): void {
  const path = replicasPath(write)
  const replicas = setOf(path)
  const owners = storedManagers(scale)
  const managers: Managers = new Map()
  for (const [id, manager] of storedManagers(parent))
    if (!has(manager.fields, path) || owners.delete(id)) managers.set(id, manager)
    else {
      const fields = difference(manager.fields, replicas)
      if (!isEmpty(fields)) managers.set(id, { ...manager, fields })
    }
  for (const [id, owner] of owners)
    if (has(owner.fields, inScale))
      managers.set(id, {
        ...owner,
        apiVersion: apiVersionOf(write.resource),
        // The API tells no time of owners that came by the scale.
        time: undefined,
        fields: replicas,
      })
  writeManagers(object, managers)
}
