/**
 * A schema as the OpenAPI documents publish it: with `apiVersion`, `kind` and `metadata`, in v3 as it is, in v2
 * without what that dialect and its readers cannot express (alternatives, null, unknown fields).
 */

import { setOwn } from '../../../api/json-text.ts'
import type { GroupVersionKind } from '../../../api/object.ts'
import { type Dialect, reference } from '../openapi-schemas.ts'
import type { JsonSchemaProps } from './definition.ts'
import type { Structural } from './structural.ts'

type Published = Record<string, unknown>

const apiVersion: Published = {
  description:
    'APIVersion defines the versioned schema of this representation of an object: the group and the version. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
  type: 'string',
}

const kind: Published = {
  description:
    'Kind is a string value that names what this object represents, in CamelCase; it cannot be changed. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
  type: 'string',
}

function metadata(dialect: Dialect): Published {
  const description =
    "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
  const schema = reference('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', dialect)
  return dialect === 'v3' ? { description, allOf: [schema] } : { description, ...schema }
}

/** @param schema absent: the version declares none */
export function publishedSchema(
  schema: Structural | undefined,
  { group, version, kind: own }: GroupVersionKind,
  dialect: Dialect,
): Published {
  const about = { 'x-kubernetes-group-version-kind': [{ group, version, kind: own }] }
  // Any declared field would make readers of v2 refuse all others.
  if (!schema || (dialect === 'v2' && schema.preserveUnknownFields))
    return { type: 'object', ...about }
  const published = publish(schema, dialect)
  published.properties = { ...(published.properties ?? {}), ...typeAndMetadata(dialect) }
  return { ...published, ...about }
}

const typeAndMetadata = (dialect: Dialect) => ({ apiVersion, kind, metadata: metadata(dialect) })

/** What is published as it stands. */
const plain = [
  'description',
  'format',
  'title',
  'default',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'multipleOf',
  'enum',
  'maxProperties',
  'minProperties',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
] as const satisfies (keyof JsonSchemaProps)[]

function publish(schema: Structural, dialect: Dialect): Published {
  const published: Published = {}
  for (const keyword of plain) {
    const value = schema.source[keyword]
    if (value !== undefined && value !== '' && value !== false) published[keyword] = value
  }
  if (dialect === 'v3') publishV3(schema, published)
  else publishV2(schema, published)
  if (schema.embeddedResource) publishEmbedded(schema, published, dialect)
  return published
}

function publishV3(schema: Structural, published: Published): void {
  const { source, items, additionalProperties: additional } = schema
  if (source.type) published.type = source.type
  if (schema.nullable) published.nullable = true
  if (schema.required.length > 0) published.required = schema.required
  if (schema.properties.size > 0) published.properties = publishAll(schema.properties, 'v3')
  if (items) published.items = publish(items, 'v3')
  publishAdditional(additional, published, 'v3')
  for (const keyword of ['allOf', 'anyOf', 'oneOf', 'not'] as const)
    if (source[keyword]) published[keyword] = source[keyword]
  if (schema.intOrString) publishIntOrString(source, published)
}

const intOrString = [{ type: 'integer' }, { type: 'string' }]

/** Readers that do not know the extension are told by alternatives. */
function publishIntOrString({ anyOf, allOf }: JsonSchemaProps, published: Published): void {
  const told = [anyOf, allOf?.[0]?.anyOf].some(
    (some) => some?.length === 2 && some[0]?.type === 'integer' && some[1]?.type === 'string',
  )
  if (told) return
  if (anyOf) published.allOf = [{ anyOf: intOrString }, ...(allOf ?? [])]
  else published.anyOf = intOrString
}

function publishV2(schema: Structural, published: Published): void {
  const { nullable, preserveUnknownFields, additionalProperties: additional } = schema
  // What may be null is of no type, and what is of no type may say nothing of its parts.
  const open = nullable || preserveUnknownFields
  const items = open ? undefined : schema.items
  const type = nullable ? '' : schema.type
  const untyped =
    (type === 'array' && !items) || (type === 'object' && preserveUnknownFields) || type === ''
  if (!untyped) published.type = type
  if (items) published.items = publish(items, 'v2')
  if (!open && schema.properties.size > 0)
    published.properties = publishAll(schema.properties, 'v2')
  publishAdditional(additional, published, 'v2')
  const mayBeNull = typeof additional === 'object' && additional.nullable
  const required = schema.required.filter((name) => open || !schema.properties.get(name)?.nullable)
  if (required.length > 0 && !mayBeNull) published.required = required
}

function publishAll(properties: ReadonlyMap<string, Structural>, dialect: Dialect): Published {
  const published = {}
  for (const [name, property] of properties) setOwn(published, name, publish(property, dialect))
  return published
}

function publishAdditional(
  additional: Structural | boolean | undefined,
  published: Published,
  dialect: Dialect,
): void {
  if (additional !== undefined)
    published.additionalProperties =
      typeof additional === 'object' ? publish(additional, dialect) : additional
}

function publishEmbedded(schema: Structural, published: Published, dialect: Dialect): void {
  if (dialect === 'v2' && schema.preserveUnknownFields) return
  published.properties = { ...(published.properties ?? {}), ...typeAndMetadata(dialect) }
  published.required = [...new Set([...schema.required, 'kind', 'apiVersion'])]
}
