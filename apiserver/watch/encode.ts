/**
 * The one form in which objects are stored and served: JSON that begins `{"kind":"K","apiVersion":"G/V","metadata":{`
 * and holds no resourceVersion, because a version's number is known only once it is stored. The number is spliced in
 * behind that prefix, so that nothing is ever encoded twice.
 */

import { parseJson, plainNumbers } from '../../api/json-text.ts'
import type { KubernetesObject } from '../../api/object.ts'
import type { Revision } from '../storage/storage.ts'

const metadataStart = Buffer.from('"metadata":{')

/**
 * The object as it is stored. `metadata` must have more than a resourceVersion (it has a name); kind and apiVersion
 * must be there. Fields keep the object's own order.
 */
export function encodeObject(object: KubernetesObject): Buffer {
  const { kind, apiVersion, metadata } = object
  const inner = JSON.stringify(
    metadata.resourceVersion === undefined ? metadata : unversioned(metadata),
  )
  if (!kind || !apiVersion || inner.length <= emptyLength)
    throw new TypeError('an object to be stored must have a kind, an apiVersion and metadata')
  let text = `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":${inner}`
  for (const key in object) {
    if (key === 'kind' || key === 'apiVersion' || key === 'metadata') continue
    const field = JSON.stringify(object[key as keyof KubernetesObject])
    if (field !== undefined) text += `,${JSON.stringify(key)}:${field}`
  }
  return Buffer.from(`${text}}`)
}

const emptyLength = '{}'.length

function unversioned({ resourceVersion: _, ...kept }: KubernetesObject['metadata']) {
  return kept
}

/** Where in a stored value the resourceVersion belongs. */
export function splicePoint(value: Buffer): number {
  const found = value.indexOf(metadataStart)
  if (found < 0) throw new TypeError('not a stored object: it has no metadata')
  return found + metadataStart.length
}

/** What stands before and after the object in the bytes that are made. */
export interface Frame {
  before: string
  after: string
}

const bare: Frame = { before: '', after: '' }

/** A stored value with its resourceVersion, in one new buffer, `frame` around it. ASCII only in the frame. */
export function splice(value: Buffer, revision: Revision, frame: Frame = bare): Buffer {
  const point = splicePoint(value)
  const inserted = `"resourceVersion":"${revision}",`
  const { before, after } = frame
  const size = before.length + value.length + inserted.length + after.length
  // Slow: these bytes live long, and would pin a whole pool.
  const bytes = Buffer.allocUnsafeSlow(size)
  let at = bytes.write(before, 0, 'latin1')
  at += value.copy(bytes, at, 0, point)
  at += bytes.write(inserted, at, 'latin1')
  at += value.copy(bytes, at, point)
  bytes.write(after, at, 'latin1')
  return bytes
}

/** Takes the resourceVersion out of bytes that `splice` made (without a frame): the stored value again. */
export function unsplice(bytes: Buffer): Buffer {
  const point = splicePoint(bytes)
  const end = bytes.indexOf(',', point) + 1
  return Buffer.concat([bytes.subarray(0, point), bytes.subarray(end)])
}

/** So many digits may be more than a double holds. */
const manyDigits = /\d{16}/

/** The object that a stored value or its spliced bytes hold; integers that a double does not hold are raw numbers. */
export function decodeObject(bytes: Buffer): KubernetesObject {
  const text = bytes.toString()
  const value = manyDigits.test(text) ? plainNumbers(parseJson(bytes).value) : JSON.parse(text)
  return value as KubernetesObject
}
