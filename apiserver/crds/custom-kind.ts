/**
 * What a CustomResourceDefinition makes: a resource for each of its versions, stored in one of them. Nothing here knows
 * whether they are served.
 */

import { apiVersionOf, type Resource, type Subresource } from '../resources/resource.ts'
import { compareVersions } from '../resources/version-priority.ts'
import type { CustomSchema } from '../schema/custom-schema.ts'
import type {
  CustomResourceDefinition,
  DefinitionVersion,
} from '../schema/structural/definition.ts'
import {
  customSchema,
  printerColumns,
  scalePaths,
  selectableFields,
} from '../schema/structural/index.ts'
import { type Converter, renaming } from './conversion.ts'
import { deprecationOf } from './deprecation.ts'
import { isTerminating } from './status.ts'
import { type StoredKind, storedForm } from './stored-form.ts'
import { customStrategy } from './strategy.ts'
import { type ConversionPorts, webhookConverter } from './webhook-conversion.ts'

export interface CustomKind {
  /** The version that is stored, whether it is served or not. */
  stored: Resource
  /** The versions to be served, the preferred one first. */
  served: Resource[]
}

/** @throws Error where a schema cannot be compiled */
export function customKind(
  definition: CustomResourceDefinition,
  ports: ConversionPorts,
): CustomKind {
  const { spec } = definition
  const versions = [...spec.versions].sort((a, b) => compareVersions(a.name, b.name))
  const schemas = new Map<string, CustomSchema>()
  for (const version of versions) {
    const apiVersion = apiVersionOf({ group: spec.group, version: version.name })
    const { kind } = spec.names
    schemas.set(
      apiVersion,
      customSchema({ group: spec.group, version: version.name, kind }, version),
    )
  }
  const made = new Map<string, Resource>()
  const kind: StoredKind = {
    get stored() {
      return storedAmong(versions, made)
    },
    schemas,
    converter: converterOf(definition, ports),
  }
  for (const version of versions) made.set(version.name, resourceOf(definition, version, kind))
  const served = versions.flatMap(({ name, served }) => (served ? (made.get(name) ?? []) : []))
  return { stored: kind.stored, served }
}

function storedAmong(
  versions: readonly DefinitionVersion[],
  made: ReadonlyMap<string, Resource>,
): Resource {
  const stored = versions.find(({ storage }) => storage) ?? versions[0]
  return made.get(stored?.name ?? '')!
}

function converterOf({ spec }: CustomResourceDefinition, ports: ConversionPorts): Converter {
  const { conversion } = spec
  return conversion?.strategy === 'Webhook' ? webhookConverter(conversion, ports) : renaming
}

function resourceOf(
  definition: CustomResourceDefinition,
  version: DefinitionVersion,
  kind: StoredKind,
): Resource {
  const { spec, status } = definition
  const { group, scope, names } = spec
  const accepted = status?.acceptedNames
  const apiVersion = apiVersionOf({ group, version: version.name })
  const custom = kind.schemas.get(apiVersion)!
  const subresources = subresourcesOf(version)
  const hasStatus = version.subresources?.status !== undefined
  const scale = scalePaths(version)
  const deprecation = deprecationOf(definition, version)
  const { shortNames, categories } = accepted ?? {}
  return {
    group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    singular: accepted?.singular || names.singular || names.kind.toLowerCase(),
    listKind: names.listKind || `${names.kind}List`,
    ...(shortNames?.length && { shortNames }),
    ...(categories?.length && { categories }),
    namespaced: scope === 'Namespaced',
    custom,
    storage: storedForm(kind, { group, version: version.name }),
    strategy: customStrategy(custom, { hasStatus }),
    subresources,
    columns: printerColumns(version),
    fieldSelectors: selectableFields(version),
    ...(scale && { scale }),
    ...(isTerminating(definition) && { terminating: true }),
    ...(deprecation !== undefined && { deprecation }),
  }
}

function subresourcesOf({ subresources = {} }: DefinitionVersion): Subresource[] {
  const verbs = ['get', 'patch', 'update'] as const
  const scale = { group: 'autoscaling', version: 'v1', kind: 'Scale' }
  return [
    ...(subresources.status ? [{ name: 'status', verbs: [...verbs] }] : []),
    ...(subresources.scale ? [{ name: 'scale', verbs: [...verbs], kind: scale }] : []),
  ]
}
