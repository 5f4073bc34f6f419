/**
 * From the bytes of a request to an object of the expected kind: JSON, YAML or protobuf.
 */

import type { GroupVersionKind, KubernetesObject } from '../../api/object.ts'

/** What a body should hold. Without `schema` (custom resources) structure is neither checked nor pruned. */
export interface Expected extends GroupVersionKind {
  /** Name of the definition: `io.k8s.api.apps.v1.Deployment`. */
  schema?: string
  /** Other `apiVersion`s and kinds that may stand in the body: DeleteOptions comes under any. */
  anyGroupVersion?: boolean
}

export interface Decoded<T = KubernetesObject> {
  /** The caller's own: it shares nothing with the input. `apiVersion` and `kind` are always set, except on apply. */
  object: T
  /** Field validation's findings: `unknown field "spec.foo"`, `duplicate field "spec.replicas"`. At most 100. */
  problems: string[]
}

/**
 * @param mediaType without parameters; empty means JSON.
 * @throws StatusError 400, 413 or 415
 */
export function decode(_bytes: Buffer, _mediaType: string, _expected: Expected): Decoded {
  throw new Error('being written')
}

/** The same checks for an object from inside the process or a patched one; it is copied, not changed. */
export function decodeObject(_object: object, _expected: Expected): Decoded {
  throw new Error('being written')
}

/**
 * A patch's body (merge, strategic, json, apply) as a plain value, with duplicate keys reported.
 * @param mediaType `application/yaml` for apply patches, which are YAML or JSON
 */
export function decodePatch(
  _bytes: Buffer,
  _mediaType: string,
): { value: unknown; problems: string[] } {
  throw new Error('being written')
}

/** The 400 that answers `fieldValidation=Strict`. */
export function strictDecodingError(
  _problems: readonly string[],
  _expected: GroupVersionKind,
): Error {
  throw new Error('being written')
}
