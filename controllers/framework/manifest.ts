/** A declared kind as the CustomResourceDefinition that makes an API server serve it. */

import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from './custom-resource-definition.ts'
import type { Column, DefinedVersion, Definition, VersionDeclaration } from './defined-kind.ts'

/**
 * The definition of a kind, to be applied to a cluster.
 *
 *     await cluster.create(CustomResourceDefinition, manifestOf(Site))
 */
export function manifestOf(kind: Definition): CustomResourceDefinition {
  const { group, name, plural, scope, shortNames, categories } = kind.names
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: {
        plural,
        singular: name.toLowerCase(),
        kind: name,
        listKind: `${name}List`,
        ...(shortNames.length > 0 ? { shortNames } : {}),
        ...(categories.length > 0 ? { categories } : {}),
      },
      scope,
      versions: kind.versions.map(versionManifest),
    },
  }
}

function versionManifest(version: DefinedVersion): CustomResourceDefinitionVersion {
  const { served = true, deprecated = false, selectable = [] } = version.declaration
  const subresources = subresourcesOf(version.declaration)
  const columns = Object.entries(version.declaration.columns ?? {})
  return {
    name: version.name,
    served,
    storage: version.stored,
    ...(deprecated === false ? {} : { deprecated: true }),
    ...(typeof deprecated === 'string' ? { deprecationWarning: deprecated } : {}),
    schema: { openAPIV3Schema: version.schema },
    ...(Object.keys(subresources).length > 0 ? { subresources } : {}),
    ...(columns.length > 0
      ? {
          additionalPrinterColumns: columns.map(([heading, column]) =>
            columnManifest(heading, typeof column === 'string' ? { path: column } : column),
          ),
        }
      : {}),
    ...(selectable.length > 0
      ? { selectableFields: selectable.map((jsonPath) => ({ jsonPath })) }
      : {}),
  }
}

function subresourcesOf({ status, scale }: VersionDeclaration) {
  return {
    ...(status ? { status: {} } : {}),
    ...(scale
      ? {
          scale: {
            specReplicasPath: scale.spec,
            statusReplicasPath: scale.status,
            ...(scale.selector === undefined ? {} : { labelSelectorPath: scale.selector }),
          },
        }
      : {}),
  }
}

const columnManifest = (name: string, { path, type = 'string', ...rest }: Column) => ({
  name,
  type,
  jsonPath: path,
  ...rest,
})
