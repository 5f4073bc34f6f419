/** PATCH with a configuration to apply: read once, laid over what is stored as often as it takes. */

import type { KubernetesObject } from '../../api/object.ts'
import { applyConfig, type FieldWrite } from '../apply/field-manager.ts'
import { badRequest } from '../http/status.ts'
import { decodeObject, decodePatch, type Expected } from '../schema/decode.ts'
import type { Body, RequestContext, WriteOptions } from './registry.ts'

/** A configuration to be applied. */
export interface ReadConfig {
  /**
   * A fresh object each time, `managedFields` included. `write` says as whose it is applied.
   * @throws StatusError 400, 409 conflicts, 500 what is not of its kind
   */
  apply<T extends KubernetesObject>(old: T | undefined, write: FieldWrite, expected: Expected): T
}

/** @throws StatusError 400, 413 */
export function readConfig(
  body: Body,
  options: WriteOptions & { force?: boolean },
  context: RequestContext,
): ReadConfig {
  const { value, problems } =
    'bytes' in body
      ? decodePatch(body.bytes, 'application/yaml')
      : { value: body.object as unknown, problems: [] as string[] }
  const config = asConfig(value)
  context.audit?.receivedPatch(config)
  return {
    apply<T extends KubernetesObject>(old: T | undefined, write: FieldWrite, expected: Expected) {
      const applied = applyConfig(write, old, config, options.force === true)
      reportRepeats(problems, options, context)
      return decodeObject<T>(applied, expected).object
    },
  }
}

/** @throws StatusError 400 */
function asConfig(value: unknown): KubernetesObject {
  if (value === null) return { metadata: {} }
  if (typeof value === 'object' && !Array.isArray(value)) {
    const { metadata } = value as { metadata?: unknown }
    if (metadata === undefined || metadata === null)
      return { ...value, metadata: {} } as KubernetesObject
    if (typeof metadata === 'object' && !Array.isArray(metadata)) return value as KubernetesObject
    throw badRequest('error decoding YAML: metadata is no object')
  }
  const what = Array.isArray(value) ? 'array' : typeof value
  throw badRequest(
    `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${what} into Go value of type map[string]interface {}`,
  )
}

/** Keys that stand twice, by line; told last, since the API finds them last. */
function reportRepeats(
  problems: readonly string[],
  { fieldValidation = 'Warn' }: WriteOptions,
  context: RequestContext,
): void {
  if (problems.length === 0 || fieldValidation === 'Ignore') return
  const lines = problems.map((problem) => `\n  ${problem}`).join('')
  const text = `error converting YAML to JSON: yaml: unmarshal errors:${lines}`
  if (fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: ${text}`)
  context.warn(text)
}
