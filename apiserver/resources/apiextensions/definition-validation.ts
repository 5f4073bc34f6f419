/**
 * What a CustomResourceDefinition may say. What all versions say alike is told at the place where it stood when a
 * definition had one version only (`spec.validation`), as the API does.
 */

import { newAllowance, type SchemaPlace, schemaErrors } from '../../schema/structural/acceptance.ts'
import type {
  ColumnDefinition,
  CustomResourceDefinition,
  DefinitionVersion,
  JsonSchemaProps,
  Subresources,
} from '../../schema/structural/definition.ts'
import { sameJson } from '../../schema/structural/values.ts'
import {
  type FieldErrors,
  immutable,
  invalid,
  notSupported,
  required,
  tooMany,
} from '../field-errors.ts'
import { label1035Problems, subdomainProblems } from '../name-validation.ts'
import type { Examination } from '../resource.ts'
import { validateApproval } from './approval-validation.ts'
import { validateConversion } from './conversion-validation.ts'
import { validateNames } from './names-validation.ts'
import { validateSelectableFields } from './selectable-field-validation.ts'

type Spec = CustomResourceDefinition['spec']

/** @param old absent on create */
export function* examineDefinition(
  definition: CustomResourceDefinition,
  old?: CustomResourceDefinition,
): Examination {
  const { metadata, spec, status } = definition
  const name = metadata.name ?? ''
  if (name !== `${spec.names.plural}.${spec.group}`)
    yield invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group')
  yield* validateSpec(spec, old)
  if (old) yield* validateSpecUpdate(spec, old)
  yield* validateStatus(definition)
  yield* validateStoredVersions(status?.storedVersions ?? [], spec.versions ?? [])
  yield* validateApproval(definition, old)
  if (spec.preserveUnknownFields && !old?.spec.preserveUnknownFields)
    yield invalid(
      'spec.preserveUnknownFields',
      true,
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    )
}

const scopes = ['Cluster', 'Namespaced']

function* validateSpec(spec: Spec, old: CustomResourceDefinition | undefined): Examination {
  const { group, scope, versions = [], names } = spec
  if (!group) yield required('spec.group')
  else {
    const problems = subdomainProblems(group)
    if (problems.length > 0) yield invalid('spec.group', group, problems.join(','))
    else if (!group.includes('.'))
      yield invalid('spec.group', group, 'should be a domain with at least one dot')
  }
  if (!scope) yield required('spec.scope')
  else if (!scopes.includes(scope)) yield notSupported('spec.scope', scope, scopes)
  for (const [at, { schema }] of versions.entries())
    if (!schema?.openAPIV3Schema)
      yield required(`spec.versions[${at}].schema.openAPIV3Schema`, 'schemas are required')
  yield* validateVersions(versions, old?.spec)
  for (const field of ['plural', 'singular', 'kind', 'listKind'] as const)
    if (!names[field]) yield required(`spec.names.${field}`)
  yield* validateNames(names, 'spec.names')
  yield* validateConversion(spec.conversion, old)
}

/** In which versions a part stands, and under which path it is told. */
interface Told<Part> {
  part: Part
  path: string
  version: DefinitionVersion
}

/** Once where all versions say the same, else version by version. */
function hoisted<Part>(
  versions: readonly DefinitionVersion[],
  part: (version: DefinitionVersion) => Part | undefined,
): { common: boolean; told: Told<Part>[] } {
  const parts = versions.map(part)
  const common = parts.every((one) => sameJson(one ?? null, parts[0] ?? null))
  const told: Told<Part>[] = []
  for (const [at, version] of versions.entries()) {
    const own = parts[at]
    if (own !== undefined && (!common || at === 0))
      told.push({ part: own, path: common ? 'spec' : `spec.versions[${at}]`, version })
  }
  return { common, told }
}

function* validateVersions(
  versions: readonly DefinitionVersion[],
  old: Spec | undefined,
): Examination {
  for (const [at, { name, deprecated, deprecationWarning }] of versions.entries()) {
    const problems = label1035Problems(name)
    if (problems.length > 0) yield invalid(`spec.versions[${at}].name`, name, problems.join(','))
    for (const problem of warningProblems(deprecated ?? false, deprecationWarning))
      yield invalid(`spec.versions[${at}].deprecationWarning`, deprecationWarning, problem)
  }
  yield* validateSchemas(versions, old)
  for (const { part, path } of hoisted(versions, ({ subresources }) => subresources).told)
    yield* validateScale(part, `${path}.subresources`)
  const columns = hoisted(versions, ({ additionalPrinterColumns: own }) => nonEmpty(own))
  for (const { part, path } of columns.told) yield* validateColumns(part, path)
  const fields = hoisted(versions, ({ selectableFields: own }) => nonEmpty(own))
  for (const { part, path, version } of fields.told)
    yield* validateSelectableFields(
      part,
      version.schema?.openAPIV3Schema,
      `${path}.selectableFields`,
    )
  if (new Set(versions.map(({ name }) => name)).size < versions.length)
    yield invalid('spec.versions', versions, 'must contain unique version names')
  if (versions.filter(({ storage }) => storage).length !== 1)
    yield invalid(
      'spec.versions',
      versions,
      'must have exactly one version marked as storage version',
    )
}

const nonEmpty = <T>(list: T[] | undefined) => (list && list.length > 0 ? list : undefined)

function* validateSchemas(
  versions: readonly DefinitionVersion[],
  old: Spec | undefined,
): Examination {
  const allowance = newAllowance()
  const { common, told } = hoisted(versions, ({ schema }) => schema?.openAPIV3Schema)
  for (const { part, path, version } of told) {
    const place: SchemaPlace = {
      path: `${path}.${common ? 'validation' : 'schema'}.openAPIV3Schema`,
      statusSubresource: (common ? versions : [version]).some(
        ({ subresources }) => subresources?.status !== undefined,
      ),
      unchanged: sameJson(schemaOf(old, version.name) ?? null, part),
      allowance,
    }
    yield* schemaErrors(part, place)
  }
}

const schemaOf = (spec: Spec | undefined, name: string): JsonSchemaProps | undefined =>
  spec?.versions.find((version) => version.name === name)?.schema?.openAPIV3Schema

function* warningProblems(
  deprecated: boolean,
  warning: string | undefined,
): Generator<string, void, undefined> {
  if (warning === undefined) return
  if (!deprecated) return yield 'can only be set for deprecated versions'
  if (Buffer.byteLength(warning) > 256) yield 'must be <= 256 characters long'
  if (warning === '') yield 'must not be an empty string'
  const odd = /[\p{C}\p{Z}]/u.exec(warning.replaceAll(' ', '_'))
  if (odd)
    yield `must only contain printable UTF-8 characters; non-printable character found at index ${Buffer.byteLength(warning.slice(0, odd.index))}`
}

function* validateScale({ scale }: Subresources, field: string): FieldErrors {
  if (!scale) return
  yield* validatePath(scale.specReplicasPath, `${field}.scale.specReplicasPath`, ['.spec.'])
  yield* validatePath(scale.statusReplicasPath, `${field}.scale.statusReplicasPath`, ['.status.'])
  if (scale.labelSelectorPath)
    yield* validatePath(scale.labelSelectorPath, `${field}.scale.labelSelectorPath`, [
      '.spec.',
      '.status.',
    ])
}

/** A path of names, below one of some fields. */
function* validatePath(
  path: string | undefined,
  field: string,
  parents: readonly string[],
): FieldErrors {
  if (!path) return yield required(field)
  if (!path.startsWith('.'))
    return yield invalid(field, path, 'must be a simple json path starting with .')
  if (parents.some((parent) => path.startsWith(parent))) return
  const where = parents.map((parent) => parent.slice(0, -1)).join(' or ')
  yield invalid(
    field,
    path,
    `should be a json path under ${parents.length > 1 ? 'either ' : ''}${where}`,
  )
}

/** Columns of a version: every one is worked out for every object of a table. */
const maximumColumns = 100

function* validateColumns(columns: readonly ColumnDefinition[], path: string): FieldErrors {
  const field = `${path}.additionalPrinterColumns`
  if (columns.length > maximumColumns) return yield tooMany(field, columns.length, maximumColumns)
  for (const [at, column] of columns.entries()) yield* validateColumn(column, `${field}[${at}]`)
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string']
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']

function* validateColumn(column: ColumnDefinition, field: string): FieldErrors {
  const { name, type, format, jsonPath } = column
  const oneOfTypes = `must be one of ${columnTypes.join(',')}`
  if (!name) yield required(`${field}.name`)
  if (!type) yield required(`${field}.type`, oneOfTypes)
  else if (!columnTypes.includes(type)) yield invalid(`${field}.type`, type, oneOfTypes)
  if (format && !columnFormats.includes(format))
    yield invalid(`${field}.format`, format, `must be one of ${columnFormats.join(',')}`)
  if (!jsonPath) yield required(`${field}.JSONPath`)
  else if (!jsonPath.startsWith('.'))
    yield invalid(`${field}.JSONPath`, jsonPath, 'must be a simple json path starting with .')
}

function* validateSpecUpdate(
  { scope, names, group }: Spec,
  { spec: old, status }: CustomResourceDefinition,
): FieldErrors {
  const established = status?.conditions?.some(
    ({ type, status: is }) => type === 'Established' && is === 'True',
  )
  if (established) {
    yield* immutable('spec.scope', scope, old.scope)
    yield* immutable('spec.names.kind', names.kind, old.names.kind)
  }
  yield* immutable('spec.group', group, old.group)
  yield* immutable('spec.names.plural', names.plural, old.names.plural)
}

/** Also of a write to the status alone. */
export function* validateStatus({ status }: CustomResourceDefinition): FieldErrors {
  if (status?.acceptedNames) yield* validateNames(status.acceptedNames, 'status.acceptedNames')
}

function* validateStoredVersions(
  stored: readonly string[],
  versions: readonly DefinitionVersion[],
): FieldErrors {
  const field = 'status.storedVersions'
  if (stored.length === 0)
    return yield invalid(field, stored, 'must have at least one stored version')
  for (const { name, storage } of versions)
    if (storage && !stored.includes(name))
      yield invalid(field, stored, `must have the storage version ${name}`)
  for (const [at, name] of stored.entries())
    if (!versions.some((version) => version.name === name))
      yield invalid(
        `${field}[${at}]`,
        name,
        `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
      )
}
