/** Resources within a resource: each has a kind, and metadata as good as that of one that stands by itself. */

import type { KubernetesObject, ObjectMeta } from '../../../api/object.ts'
import { invalid, required } from '../../resources/field-errors.ts'
import { validateMetadata } from '../../resources/metadata-validation.ts'
import { label1035Problems, pathSegmentProblems } from '../../resources/name-validation.ts'
import type { FieldError, Resource } from '../../resources/resource.ts'
import { maximumErrors } from './check.ts'
import type { Structural } from './structural.ts'
import { child, isObject, type JsonObject, keyed } from './values.ts'

export function checkEmbedded(schema: Structural, value: unknown, path = ''): FieldError[] {
  const errors: FieldError[] = []
  walk(schema, value, path, errors)
  return errors.slice(0, maximumErrors)
}

function walk(schema: Structural, value: unknown, path: string, errors: FieldError[]): void {
  if (!schema.hasEmbedded || errors.length >= maximumErrors) return
  if (Array.isArray(value)) {
    if (schema.items)
      for (const [at, item] of value.entries()) walk(schema.items, item, `${path}[${at}]`, errors)
    return
  }
  if (!isObject(value)) return
  if (schema.embeddedResource) checkResource(value, path, errors)
  const { properties, additionalProperties: additional } = schema
  for (const key of Object.keys(value)) {
    const property = properties.get(key)
    if (property) walk(property, value[key], child(path, key), errors)
    else if (typeof additional === 'object') walk(additional, value[key], keyed(path, key), errors)
  }
}

/** The kind and version of one, and its metadata. */
export function checkResource(object: JsonObject, path: string, errors: FieldError[]): void {
  for (const [field, problems] of [
    ['apiVersion', apiVersionProblems],
    ['kind', kindProblems],
  ] as const) {
    const value = Object.hasOwn(object, field) ? object[field] : ''
    if (value === '') errors.push(required(child(path, field)))
    else if (typeof value !== 'string')
      errors.push(invalid(child(path, field), value, 'must be a string'))
    else
      for (const problem of problems(value))
        errors.push(invalid(child(path, field), value, problem))
  }
  if (isObject(object.metadata)) errors.push(...metadataErrors(object.metadata as ObjectMeta, path))
}

function apiVersionProblems(apiVersion: string): string[] {
  return apiVersion.split('/').length > 2 ? [`unexpected GroupVersion string: ${apiVersion}`] : []
}

function kindProblems(kind: string): string[] {
  const problems = label1035Problems(kind.toLowerCase())
  return problems.length === 0
    ? []
    : [`may have mixed case, but should otherwise match: ${problems.join(',')}`]
}

/** A name may be absent, and whether there is a namespace is the resource's own. */
function metadataErrors(metadata: ObjectMeta, path: string): FieldError[] {
  const resource = {
    namespaced: Boolean(metadata.namespace),
    validateName: pathSegmentProblems,
  } as unknown as Resource
  const named = { ...metadata, name: metadata.name || 'fakename' }
  const prefix = path === '' ? '' : `${path}.`
  return validateMetadata(resource, { metadata: named } as KubernetesObject).map((error) => ({
    ...error,
    field: prefix + error.field,
  }))
}
