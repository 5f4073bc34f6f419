/** Schemas and objects for tests to spoil. Used by tests alone. */

import type { KubernetesObject } from '../../../api/object.ts'
import { found, told } from '../../resources/examples.ts'
import type { CustomSchema } from '../custom-schema.ts'
import { customSchema, type SchemaOptions } from './custom-schema.ts'
import type { CustomResourceDefinition, DefinitionVersion, JsonSchemaProps } from './definition.ts'

export const kind = { group: 'example.com', version: 'v1', kind: 'Widget' }

/** A version whose resources have a spec of this schema. */
export const versionOf = (
  spec: JsonSchemaProps,
  more: Partial<DefinitionVersion> = {},
): DefinitionVersion => ({
  name: 'v1',
  served: true,
  storage: true,
  schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
  ...more,
})

export const schemaOf = (spec: JsonSchemaProps, options?: SchemaOptions): CustomSchema =>
  customSchema(kind, versionOf(spec), options)

export const widget = (spec: unknown): KubernetesObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'one' },
  spec,
})

/** An object with fields `a`, `b` ... of these schemas. */
export const object = (
  properties: Record<string, JsonSchemaProps>,
  more: JsonSchemaProps = {},
): JsonSchemaProps => ({ type: 'object', properties, ...more })

/** What is wrong with a spec; on an update where there was one before. */
export function errorsOf(schema: JsonSchemaProps, spec: unknown, old?: unknown): string[] {
  const before = old === undefined ? undefined : widget(old)
  return told(found(schemaOf(schema).validate(widget(spec), before)))
}

export const definition = (
  versions: DefinitionVersion[],
  more: Partial<CustomResourceDefinition['spec']> = {},
): CustomResourceDefinition => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    names: { plural: 'widgets', kind: 'Widget' },
    scope: 'Namespaced',
    versions,
    ...more,
  },
})
