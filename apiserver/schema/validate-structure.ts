/**
 * What can be refused by structure alone: a required field that is missing, a value outside an enumeration. The
 * published lists of required fields say more than the API enforces (whatever its encoding always writes counts as
 * required there), so what it in truth lets pass is left out here: numbers and booleans, everything in status, and
 * the few fields below. Ranges, formats, and what depends on other fields, are each kind's own validation.
 */

import type { FieldError } from '../resources/resource.ts'
import { type Definition, definition, type Field, type Type } from './schema.ts'

/** Listed as required, and yet empty is a good value. */
const mayBeEmpty = new Set([
  'io.k8s.api.core.v1.HTTPHeader.value',
  'io.k8s.api.core.v1.Sysctl.value',
  'io.k8s.api.storage.v1.TokenRequest.audience',
  'io.k8s.api.storage.v1.CSINodeSpec.drivers',
])

/** More than these are of use to nobody. */
const maximumErrors = 100

/**
 * @param object decoded, and defaulted
 * @param schema the definition's name: `io.k8s.api.apps.v1.Deployment`
 */
export function validateStructure(object: object, schema: string): FieldError[] {
  const errors: FieldError[] = []
  checkStruct(object as Record<string, unknown>, definition(schema), '', errors)
  return errors
}

function checkStruct(
  object: Record<string, unknown>,
  { name, fields }: Definition,
  path: string,
  errors: FieldError[],
): void {
  for (const field of fields.values()) {
    if (errors.length >= maximumErrors) return
    if (path === '' && (field.name === 'status' || field.name === 'metadata')) continue
    const value = object[field.name]
    const own = path === '' ? field.name : `${path}.${field.name}`
    if (isMissing(value, field)) {
      if (field.required && !mayBeEmpty.has(`${name}.${field.name}`))
        errors.push({ reason: 'FieldValueRequired', field: own, message: 'Required value' })
    } else checkValue(value, field.type, field, own, errors)
  }
}

/** As the API sees it, to which an empty string or list is no other than an absent one. */
function isMissing(value: unknown, { type }: Field): boolean {
  if (value === undefined || value === null) {
    const { kind } = type
    return kind !== 'int32' && kind !== 'int64' && kind !== 'double' && kind !== 'boolean'
  }
  return value === '' || (Array.isArray(value) && value.length === 0)
}

function checkValue(
  value: unknown,
  type: Type,
  field: Field,
  path: string,
  errors: FieldError[],
): void {
  switch (type.kind) {
    case 'string':
      if (field.enum && !field.enum.includes(value as string))
        errors.push({
          reason: 'FieldValueNotSupported',
          field: path,
          message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${field.enum.map((one) => JSON.stringify(one)).join(', ')}`,
        })
      return
    case 'list':
      for (const [at, item] of ((value ?? []) as unknown[]).entries())
        checkValue(item, type.items, field, `${path}[${at}]`, errors)
      return
    case 'map':
      for (const [key, item] of Object.entries((value ?? {}) as object))
        checkValue(item, type.values, field, `${path}[${key}]`, errors)
      return
    case 'definition':
      if (type.definition.form === 'struct' && typeof value === 'object' && value !== null)
        checkStruct(value as Record<string, unknown>, type.definition, path, errors)
      return
    case 'boolean':
    case 'int32':
    case 'int64':
    case 'double':
    case 'bytes':
      return
    default:
      void (type satisfies never)
  }
}
