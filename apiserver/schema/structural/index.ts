/**
 * Custom resources' schemas, as pure functions: from a version of a CustomResourceDefinition to what the registry,
 * apply, tables and OpenAPI ask of a kind. What is exported here is all that others use of this room.
 */

export { printerColumns } from './columns.ts'
export { customSchema, type SchemaOptions } from './custom-schema.ts'
export { DefaultsError } from './defaulting.ts'
export type {
  ColumnDefinition,
  Conversion,
  CustomResourceDefinition,
  DefinitionCondition,
  DefinitionNames,
  DefinitionVersion,
  JsonSchemaProps,
  ScaleDefinition,
  Subresources,
  WebhookClientConfig,
} from './definition.ts'
export { scalePaths } from './scale-paths.ts'
export { selectableFields } from './selectable-fields.ts'
