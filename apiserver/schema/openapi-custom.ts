/** The definitions of custom resources in the OpenAPI documents: named by their group backwards, with lists of their own. */

import { apiVersionOf, type Resource } from '../resources/resource.ts'
import { type Dialect, reference } from './openapi-schemas.ts'

/** The definition of a resource's objects: that of the facts, or `com.example.v1.Foo` for a custom one. */
export function schemaNameOf({ schema, custom, group, version, kind }: Resource) {
  if (schema !== undefined || !custom) return schema
  return [...group.split('.').reverse(), version, kind].join('.')
}

const listKindOf = ({ kind, listKind = `${kind}List` }: Resource) => listKind

/** The definition of a custom resource's lists. */
export function listNameOf(resource: Resource): string | undefined {
  const name = schemaNameOf(resource)
  return name && name.slice(0, -resource.kind.length) + listKindOf(resource)
}

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
const listMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta'

/** What custom definitions refer to. */
export const referredByCustom = [objectMeta, listMeta]

/** All definitions that the custom ones among the resources bring. */
export function customSchemas(
  resources: readonly Resource[],
  dialect: Dialect,
): Record<string, object> {
  const schemas: Record<string, object> = {}
  for (const resource of resources) {
    const name = schemaNameOf(resource)
    const list = listNameOf(resource)
    if (!resource.custom || name === undefined || list === undefined) continue
    const { group, version, kind } = resource
    schemas[name] = {
      ...resource.custom.openApi(dialect),
      'x-kubernetes-group-version-kind': [{ group, version, kind }],
    }
    schemas[list] = listSchema(resource, name, dialect)
  }
  return schemas
}

function listSchema(resource: Resource, item: string, dialect: Dialect): object {
  const { group, version, kind, plural } = resource
  const listKind = listKindOf(resource)
  const metadata = 'Standard list metadata: its resource version, and where it goes on.'
  return {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: {
        description: `APIVersion defines the versioned schema of this representation of an object: ${apiVersionOf(resource)}.`,
        type: 'string',
      },
      items: {
        description: `List of ${plural}.`,
        type: 'array',
        items: reference(item, dialect),
      },
      kind: {
        description:
          'Kind is a string value representing the REST resource this object represents.',
        type: 'string',
      },
      metadata:
        dialect === 'v3'
          ? { description: metadata, allOf: [reference(listMeta, dialect)] }
          : { description: metadata, ...reference(listMeta, dialect) },
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind: listKind }],
  }
}
