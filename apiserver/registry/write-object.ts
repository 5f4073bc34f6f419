/** The write of an object into the store, in the form in which it is stored. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Resource } from '../resources/resource.ts'
import { type Revision, ValueTooLargeError, type WriteResult } from '../storage/storage.ts'
import { encoded } from './forms.ts'
import type { RegistryPorts } from './ports.ts'

export interface Place {
  key: string
  expect: Revision
  /** Without its `managedFields`, which may be as large as all the rest, rather than not at all. */
  sheds: boolean
}

/** `shown` is what readers of the resource will see of it. @throws ValueTooLargeError */
export async function writeObject(
  { storage }: Pick<RegistryPorts, 'storage'>,
  resource: Resource,
  object: KubernetesObject,
  { key, expect, sheds }: Place,
): Promise<{ result: WriteResult; shown: Buffer }> {
  const { stored, shown } = await encoded(resource, object)
  try {
    return { result: await storage.write({ key, value: stored, expect }), shown }
  } catch (error) {
    const { metadata } = object
    if (!(error instanceof ValueTooLargeError) || !sheds || !metadata.managedFields) throw error
    delete metadata.managedFields
    return writeObject({ storage }, resource, object, { key, expect, sheds: false })
  }
}
