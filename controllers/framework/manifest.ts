/** A declared kind as the CustomResourceDefinition that makes an API server serve it. */

import { needsWebhook } from './conversion.ts'
import type {
  CustomResourceConversion,
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from './custom-resource-definition.ts'
import type { DefinedVersion, Definition } from './defined-kind.ts'
import type { JsonSchema } from './schema/json-schema.ts'
import { KindError } from './schema/kind-error.ts'
import { partAt } from './schema/path.ts'
import type { Column, VersionDeclaration } from './version-declaration.ts'

/** What a definition says beyond its kind. */
export interface ManifestOptions {
  /** Where the webhook is served that converts between versions; must be given if the versions differ. */
  conversion?: ConversionWebhook
}

/** A webhook as the API server reaches it: over HTTPS, at a service of the cluster or at a URL. */
export type ConversionWebhook = (
  | { service: { namespace: string; name: string; path?: string; port?: number } }
  | { url: string }
) & {
  /** Whom its certificate is from, in PEM; the authorities of the API server's system unless told. */
  caBundle?: string
}

/**
 * The definition of a kind, to be applied to a cluster.
 *
 *     await cluster.create(CustomResourceDefinition, manifestOf(Site))
 *     manifestOf(Site, { conversion: { service: { namespace: 'sites', name: 'controller' }, caBundle } })
 *
 * Throws `KindError` when versions differ and nobody is named to convert them.
 */
export function manifestOf(
  kind: Definition,
  { conversion }: ManifestOptions = {},
): CustomResourceDefinition {
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
      conversion: needsWebhook(kind) ? webhook(kind, conversion) : { strategy: 'None' },
    },
  }
}

function webhook(
  { names }: Definition,
  conversion: ConversionWebhook | undefined,
): CustomResourceConversion {
  if (!conversion)
    throw new KindError(
      '',
      'converts between versions, so its definition must say where: manifestOf(kind, { conversion: { service: { namespace, name }, caBundle } })',
      names.name,
    )
  const { caBundle, ...place } = conversion
  return {
    strategy: 'Webhook',
    webhook: {
      clientConfig: {
        ...place,
        ...(caBundle === undefined ? {} : { caBundle: Buffer.from(caBundle).toString('base64') }),
      },
      conversionReviewVersions: ['v1'],
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
    // A copy, and of what is in JSON only.
    schema: { openAPIV3Schema: structuredClone(version.schema) },
    ...(Object.keys(subresources).length > 0 ? { subresources } : {}),
    ...(columns.length > 0
      ? {
          additionalPrinterColumns: columns.map(([heading, column]) =>
            columnManifest(version.schema, heading, column),
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

function columnManifest(schema: JsonSchema, name: string, column: string | Column) {
  const { path, ...told } = typeof column === 'string' ? { path: column } : column
  return { name, type: columnType(partAt(schema, path, name)), jsonPath: path, ...told }
}

/** Moments are shown as ages. */
function columnType(schema: JsonSchema | undefined): NonNullable<Column['type']> {
  if (schema?.format === 'date-time') return 'date'
  const { type } = schema ?? {}
  return type === 'integer' || type === 'number' || type === 'boolean' ? type : 'string'
}
