/**
 * From the bytes of a request to an object of the expected kind: JSON, YAML or protobuf. Everything that a client
 * can get wrong about structure is told here, in the words of the API's own decoder; whether a problem is an
 * error, a warning or nothing (`fieldValidation`) is the caller's to say, and what values mean is validation's.
 */

import { cloneJson, JsonError, parseJson, plainNumbers } from '../../api/json-text.ts'
import type { GroupVersionKind, KubernetesObject } from '../../api/object.ts'
import { badRequest, type StatusError, tooLarge, unsupportedMediaType } from '../http/status.ts'
import { apiVersionOf } from '../resources/resource.ts'
import type { CustomSchema } from './custom-schema.ts'
import { ProtobufError, readEnvelope, readMessage } from './protobuf/read.ts'
import { definition } from './schema.ts'
import { repeatedFields, StructureError, structured } from './structure.ts'
import { parseYaml, YamlError } from './yaml-text.ts'

export const mediaTypes = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
} as const

/** As large as the API server takes any body. */
export const maximumBodyBytes = 3 << 20

/** What a body should hold. Without `schema` (custom resources) structure is neither checked nor pruned. */
export interface Expected extends GroupVersionKind {
  /** Name of the definition: `io.k8s.api.apps.v1.Deployment`. */
  schema?: string
  /** The schema that a custom resource brings in place of a definition. */
  custom?: CustomSchema
  /** The body may say any `apiVersion`: DeleteOptions comes under that of whatever is deleted. */
  anyApiVersion?: boolean
  /** An older `apiVersion` that clients still send, of the same structure. */
  olderApiVersion?: string
}

export interface Decoded<T = KubernetesObject> {
  /** The caller's own: it shares nothing with the input. `apiVersion` and `kind` are the expected ones. */
  object: T
  /** Field validation's findings: `unknown field "spec.foo"`, `duplicate field "spec.replicas"`. At most 100. */
  problems: string[]
}

/** Kinds that are taken by subresources and verbs rather than stored; ready to be expected. */
export const deleteOptions: Expected = {
  group: 'meta.k8s.io',
  version: 'v1',
  kind: 'DeleteOptions',
  schema: 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
  anyApiVersion: true,
}
export const scale: Expected = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  schema: 'io.k8s.api.autoscaling.v1.Scale',
}
export const binding: Expected = {
  group: '',
  version: 'v1',
  kind: 'Binding',
  schema: 'io.k8s.api.core.v1.Binding',
}
export const eviction: Expected = {
  group: 'policy',
  version: 'v1',
  kind: 'Eviction',
  schema: 'io.k8s.api.policy.v1.Eviction',
  olderApiVersion: 'policy/v1beta1',
}
export const tokenRequest: Expected = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenRequest',
  schema: 'io.k8s.api.authentication.v1.TokenRequest',
}
export const partialObjectMetadata: Expected = {
  group: 'meta.k8s.io',
  version: 'v1',
  kind: 'PartialObjectMetadata',
  schema: 'io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata',
}

/**
 * @param mediaType without parameters; empty means JSON
 * @throws StatusError 400 for what cannot be this kind, 413, 415
 */
export function decode<T = KubernetesObject>(
  bytes: Buffer,
  mediaType: string,
  expected: Expected,
): Decoded<T> {
  if (bytes.length > maximumBodyBytes) throw tooLarge(maximumBodyBytes)
  switch (mediaType) {
    case '':
    case mediaTypes.json:
      return decodeJson(bytes, expected) as Decoded<T>
    case mediaTypes.yaml:
      return decodeYaml(bytes, expected) as Decoded<T>
    case mediaTypes.protobuf:
      return decodeProtobuf(bytes, expected) as Decoded<T>
    default:
      throw unsupportedMediaType(Object.values(mediaTypes))
  }
}

/**
 * The same checks for an object from inside the process, or for a patched one; it is copied, not changed.
 * @throws StatusError 400
 */
export function decodeObject<T = KubernetesObject>(object: object, expected: Expected): Decoded<T> {
  return conform(object, [], undefined, expected, () => 'an object') as Decoded<T>
}

/**
 * A patch's body as a plain value, with repeated keys reported.
 * @param mediaType `application/yaml` for apply patches, which are YAML or JSON; else JSON is read
 * @throws StatusError 400, 413
 */
export function decodePatch(
  bytes: Buffer,
  mediaType: string,
): { value: unknown; problems: string[] } {
  if (bytes.length > maximumBodyBytes) throw tooLarge(maximumBodyBytes)
  try {
    if (mediaType === mediaTypes.yaml) {
      const { value, problems } = readYaml(bytes)
      return { value: plainNumbers(value), problems }
    }
    const { value, repeats } = parseJson(bytes)
    return { value: plainNumbers(value), problems: repeatedFields(value, repeats) }
  } catch (error) {
    if (error instanceof JsonError) throw badRequest(`error decoding patch: ${error.message}`)
    if (error instanceof YamlError) throw badRequest(`error decoding YAML: ${error.message}`)
    throw error
  }
}

/** The 400 that answers `fieldValidation=Strict` where there are problems. */
export const strictDecodingError = (
  problems: readonly string[],
  expected: GroupVersionKind,
): StatusError =>
  badRequest(
    `${expected.kind} in version "${expected.version}" cannot be handled as a ${expected.kind}: strict decoding error: ${problems.join(', ')}`,
  )

function decodeJson(bytes: Buffer, expected: Expected): Decoded {
  try {
    const { value, repeats } = parseJson(bytes)
    return conform(value, [], repeats, expected, () => summary(bytes))
  } catch (error) {
    if (error instanceof JsonError)
      throw unrecognized(`json parse error: ${error.message}`, expected, summary(bytes))
    throw error
  }
}

/** YAML is a superset of JSON, and slow; only repeated keys must be told by line. */
function readYaml(bytes: Buffer): { value: unknown; problems: string[] } {
  if (/^\s*\{/.test(bytes.toString('latin1', 0, 64)))
    try {
      const { value, repeats } = parseJson(bytes)
      if (!repeats) return { value, problems: [] }
    } catch (error) {
      if (!(error instanceof JsonError)) throw error
      // Not JSON: a flow mapping of YAML perhaps.
    }
  return parseYaml(bytes)
}

function decodeYaml(bytes: Buffer, expected: Expected): Decoded {
  try {
    const { value, problems } = readYaml(bytes)
    return conform(value, problems, undefined, expected, () => summary(bytes))
  } catch (error) {
    if (error instanceof YamlError)
      throw unrecognized(
        `error converting YAML to JSON: ${error.message}`,
        expected,
        summary(bytes),
      )
    throw error
  }
}

function decodeProtobuf(bytes: Buffer, expected: Expected): Decoded {
  if (expected.schema === undefined) throw unsupportedMediaType([mediaTypes.json, mediaTypes.yaml])
  try {
    const { apiVersion, kind, raw } = readEnvelope(bytes)
    checkKind({ apiVersion, kind }, expected)
    const message = readMessage(raw, definition(expected.schema))
    return conform(message, [], undefined, expected, () => summary(bytes))
  } catch (error) {
    if (error instanceof ProtobufError) throw unhandled(error.message, expected)
    throw error
  }
}

/** From a plain value to the object: its kind checked, its structure settled. */
function conform(
  value: unknown,
  found: string[],
  repeats: ReadonlyMap<object, readonly string[]> | undefined,
  expected: Expected,
  excerpt: () => string,
): Decoded {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const what = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value
    throw unrecognized(
      `json parse error: json: cannot unmarshal ${what} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
      expected,
      excerpt(),
    )
  }
  checkKind(value as { apiVersion?: unknown; kind?: unknown }, expected)
  const { object, problems } = shaped(value, repeats, expected)
  const kind = { apiVersion: apiVersionOf(expected), kind: expected.kind }
  return {
    object: { ...kind, ...object, ...kind } as unknown as KubernetesObject,
    problems: found.length > 0 ? [...found, ...problems] : problems,
  }
}

function shaped(
  value: object,
  repeats: ReadonlyMap<object, readonly string[]> | undefined,
  expected: Expected,
) {
  const { schema, custom } = expected
  if (schema !== undefined) return typed(value, repeats, expected, schema)
  if (!custom) return untyped(value, repeats)
  try {
    return custom.decode(value as Record<string, unknown>, repeats)
  } catch (error) {
    if (error instanceof StructureError || error instanceof JsonError)
      throw unhandled(error.message, expected)
    throw error
  }
}

function typed(
  value: object,
  repeats: ReadonlyMap<object, readonly string[]> | undefined,
  expected: Expected,
  schema: string,
) {
  try {
    return structured(value, definition(schema), repeats)
  } catch (error) {
    if (error instanceof StructureError || error instanceof JsonError)
      throw unhandled(error.message, expected)
    throw error
  }
}

function untyped(value: object, repeats: ReadonlyMap<object, readonly string[]> | undefined) {
  return {
    object: plainNumbers(cloneJson(value)) as object,
    problems: repeatedFields(value, repeats),
  }
}

/** What the body says it is, where it says so; custom resources must. */
function checkKind(
  { apiVersion, kind }: { apiVersion?: unknown; kind?: unknown },
  expected: Expected,
): void {
  const wanted = apiVersionOf(expected)
  for (const [name, value] of [
    ['apiVersion', apiVersion],
    ['kind', kind],
  ] as const) {
    if (value !== undefined && value !== null && typeof value !== 'string')
      throw badRequest(
        `couldn't get version/kind; json parse error: json: cannot unmarshal ${typeof value} into Go struct field .${name} of type string`,
      )
    if (!value && expected.schema === undefined)
      throw badRequest(
        `the object provided is unrecognized (must be of type ${expected.kind}): Object '${name === 'kind' ? 'Kind' : name}' is missing`,
      )
  }
  const known = apiVersion === wanted || apiVersion === expected.olderApiVersion
  if (apiVersion && !known && !expected.anyApiVersion)
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`,
    )
  if (kind && kind !== expected.kind)
    throw badRequest(
      `${kind} in version "${expected.version}" cannot be handled as a ${expected.kind}: no kind "${kind}" is registered for version "${apiVersion || wanted}" here`,
    )
}

const unhandled = (why: string, { kind, version }: Expected) =>
  badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`)

const unrecognized = (why: string, { kind }: Expected, excerpt: string) =>
  badRequest(
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; ${why} (${excerpt})`,
  )

/** The beginning of a body, as messages show it. */
function summary(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>'
  const shown = bytes.subarray(0, 30).toString(bytes[0] === 0x7b ? 'utf8' : 'hex')
  return bytes.length > 30 ? `${shown} ...` : shown
}
