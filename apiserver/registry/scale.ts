/** `/scale`: the number of replicas of whatever has some, in a shape that is the same for all. */

import { cloneJson } from '../../api/json-text.ts'
import type { KubernetesObject } from '../../api/object.ts'
import { badRequest, invalid } from '../http/status.ts'
import { age } from '../resources/ages.ts'
import { invalid as invalidField } from '../resources/field-errors.ts'
import type { Column, Resource } from '../resources/resource.ts'
import { scale as scaleBody } from '../schema/decode.ts'
import type { CachedObject } from '../watch/cached-object.ts'

export interface Scale extends KubernetesObject {
  spec?: { replicas?: number }
  status?: { replicas: number; selector?: string }
}

export const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' }

export const scaleColumns: Column[] = [
  { name: 'Name', type: 'string', format: 'name', description: 'The name of what is scaled.' },
  { name: 'Desired', type: 'integer', description: 'Replicas wanted.' },
  { name: 'Available', type: 'integer', description: 'Replicas there are.' },
  { name: 'Age', type: 'date', description: 'How long ago it was created.' },
].map((column, at) => ({
  ...(column as Omit<Column, 'cell'>),
  cell: (object, { now }) => {
    const { metadata, spec, status } = object as Scale
    const cells = [metadata.name ?? '', spec?.replicas ?? 0, status?.replicas ?? 0]
    return cells[at] ?? age(metadata.creationTimestamp, now)
  },
}))

export function readScale(resource: Resource, object: KubernetesObject): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const { replicas, statusReplicas, selector } = resource.scale!.read(object)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas },
    status: { replicas: statusReplicas, selector },
  }
}

/** A copy of `old` with the scale's replicas, and its demands on version and identity. @throws StatusError 400, 422 */
export function writeScale(
  resource: Resource,
  old: KubernetesObject,
  scale: Scale,
): KubernetesObject {
  const { name, namespace, uid, resourceVersion } = scale.metadata ?? {}
  if (name && name !== old.metadata.name)
    throw badRequest(
      `the name of the object (${name}) does not match the name on the URL (${old.metadata.name})`,
    )
  if (namespace && namespace !== old.metadata.namespace)
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  const replicas = scale.spec?.replicas ?? 0
  if (replicas < 0)
    throw invalid(scaleKind, old.metadata.name ?? '', [
      invalidField('spec.replicas', replicas, 'must be greater than or equal to 0'),
    ])
  const object = cloneJson(old)
  object.metadata.resourceVersion = resourceVersion || old.metadata.resourceVersion
  if (uid) object.metadata.uid = uid
  resource.scale!.write(object, replicas)
  return object
}

/** The scale of an object in the form in which reads answer. */
export function scaleOf({ resource }: { resource: Resource }, cached: CachedObject): CachedObject {
  const object = readScale(resource, cached.object)
  const bytes = Buffer.from(JSON.stringify(object))
  const { key, namespace, name, uid, revision, labels, fields } = cached
  return {
    key,
    namespace,
    name,
    uid,
    revision,
    labels,
    fields,
    object,
    bytes,
    itemBytes: bytes,
    itemTail: bytes.subarray(1),
    frame: (type) => Buffer.from(`{"type":"${type}","object":${bytes.toString()}}\n`),
  }
}

/** A write to `/scale` as admission sees it: the scale alone. */
export const scaleShown = (resource: Resource) => ({
  kind: scaleBody,
  of: (object: KubernetesObject) => readScale(resource, object),
  take: (object: KubernetesObject, { spec }: Scale) =>
    resource.scale!.write(object, spec?.replicas ?? 0),
})
