/** The write of an object into the store, in the form in which it is stored. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Resource } from '../resources/resource.ts'
import { type Revision, ValueTooLargeError, type WriteResult } from '../storage/storage.ts'
import { splice } from '../watch/encode.ts'
import { encoded } from './forms.ts'
import type { RegistryPorts } from './ports.ts'

export interface Place {
  key: string
  expect: Revision
  /** Kept beside the write. */
  note: Buffer
  /** Without its `managedFields`, which may be as large as all the rest, rather than not at all. */
  sheds: boolean
}

/** With the bytes that readers of the resource see, once they are of a revision. */
export type ObjectWritten =
  | (Extract<WriteResult, { ok: true }> & { bytes: Buffer })
  | Extract<WriteResult, { ok: false }>

/** @throws ValueTooLargeError */
export async function writeObject(
  ports: Pick<RegistryPorts, 'storage' | 'cacheOf'>,
  resource: Resource,
  object: KubernetesObject,
  { key, expect, note, sheds }: Place,
): Promise<ObjectWritten> {
  const { stored, shown } = await encoded(resource, object)
  try {
    // What is shown as it is stored is encoded once: the cache has the same bytes, often before the writer hears of it.
    const cache = resource.storage ? undefined : ports.cacheOf(resource)
    cache?.foresee(key, stored, object)
    const result = await ports.storage.write({ key, value: stored, expect, note })
    if (!result.ok) return result
    const { revision } = result
    return { ...result, bytes: cache?.bytesAt(key, revision) ?? splice(shown, revision) }
  } catch (error) {
    const { metadata } = object
    if (!(error instanceof ValueTooLargeError) || !sheds || !metadata.managedFields) throw error
    delete metadata.managedFields
    return writeObject(ports, resource, object, { key, expect, note, sheds: false })
  }
}
