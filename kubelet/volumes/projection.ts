/** The files that ConfigMaps, Secrets and fields of the pod become, shared by their volumes and by projected ones. */

import type { Pod } from '../../api/types.ts'
import type { Objects } from '../pods/environment.ts'
import { FieldRefError, fieldRef, type NodeFacts, resourceFieldRef } from '../pods/field-ref.ts'
import type { FileContent } from './atomic-directory.ts'
import { VolumeError } from './volume.ts'

export interface KeyToPath {
  key: string
  path: string
  mode?: number
}

export interface ObjectProjection {
  name?: string
  items?: KeyToPath[]
  optional?: boolean
}

export interface DownwardFile {
  path: string
  mode?: number
  fieldRef?: { fieldPath: string }
  resourceFieldRef?: { containerName?: string; resource: string; divisor?: string | number }
}

type Found = [path: string, content: FileContent][]

function pick(
  what: string,
  data: ReadonlyMap<string, Buffer>,
  projection: ObjectProjection,
  mode: number,
): Found {
  if (!projection.items) return [...data].map(([path, content]) => [path, { data: content, mode }])
  const found: Found = []
  for (const item of projection.items) {
    const content = data.get(item.key)
    if (content) found.push([item.path, { data: content, mode: item.mode ?? mode }])
    else if (!projection.optional)
      throw new VolumeError(`${what} references non-existent key: ${item.key}`)
  }
  return found
}

const encoded =
  (encoding: BufferEncoding) =>
  (entry: [string, string]): [string, Buffer] => [entry[0], Buffer.from(entry[1], encoding)]

export async function configMapFiles(
  pod: Pod,
  projection: ObjectProjection,
  mode: number,
  objects: Objects,
): Promise<Found> {
  const name = projection.name ?? ''
  const map = await objects.configMap(pod.metadata.namespace ?? '', name)
  if (!map && !projection.optional) throw new VolumeError(`configmap "${name}" not found`)
  const data = new Map([
    ...Object.entries(map?.data ?? {}).map(encoded('utf8')),
    ...Object.entries(map?.binaryData ?? {}).map(encoded('base64')),
  ])
  return map ? pick(`configmap "${name}"`, data, projection, mode) : []
}

export async function secretFiles(
  pod: Pod,
  projection: ObjectProjection,
  mode: number,
  objects: Objects,
): Promise<Found> {
  const name = projection.name ?? ''
  const secret = await objects.secret(pod.metadata.namespace ?? '', name)
  if (!secret && !projection.optional) throw new VolumeError(`secret "${name}" not found`)
  const data = new Map(Object.entries(secret?.data ?? {}).map(encoded('base64')))
  return secret ? pick(`secret "${name}"`, data, projection, mode) : []
}

export function downwardFiles(
  pod: Pod,
  items: DownwardFile[],
  mode: number,
  facts: NodeFacts,
): Found {
  return items.map((item) => {
    try {
      const text = item.fieldRef
        ? fieldRef(pod, item.fieldRef.fieldPath, facts)
        : resourceFieldRef(pod, undefined, item.resourceFieldRef ?? { resource: '' }, facts)
      return [item.path, { data: Buffer.from(text), mode: item.mode ?? mode }]
    } catch (error) {
      if (error instanceof FieldRefError) throw new VolumeError(`${item.path}: ${error.message}`)
      throw error
    }
  })
}
