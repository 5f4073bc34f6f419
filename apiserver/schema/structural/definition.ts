/** CustomResourceDefinitions as they stand in JSON: what the rest of this room reads. Shapes only. */

import type { KubernetesObject } from '../../../api/object.ts'

export interface ValidationRule {
  rule: string
  message?: string
  messageExpression?: string
  reason?: string
  fieldPath?: string
  optionalOldSelf?: boolean
}

export interface JsonSchemaProps {
  id?: string
  $schema?: string
  $ref?: string
  description?: string
  type?: string
  format?: string
  title?: string
  default?: unknown
  maximum?: number
  exclusiveMaximum?: boolean
  minimum?: number
  exclusiveMinimum?: boolean
  maxLength?: number
  minLength?: number
  pattern?: string
  maxItems?: number
  minItems?: number
  uniqueItems?: boolean
  multipleOf?: number
  enum?: unknown[]
  maxProperties?: number
  minProperties?: number
  required?: string[]
  items?: JsonSchemaProps | JsonSchemaProps[]
  allOf?: JsonSchemaProps[]
  oneOf?: JsonSchemaProps[]
  anyOf?: JsonSchemaProps[]
  not?: JsonSchemaProps
  properties?: Record<string, JsonSchemaProps>
  additionalProperties?: JsonSchemaProps | boolean
  patternProperties?: Record<string, JsonSchemaProps>
  dependencies?: Record<string, JsonSchemaProps | string[]>
  additionalItems?: JsonSchemaProps | boolean
  definitions?: Record<string, JsonSchemaProps>
  externalDocs?: { description?: string; url?: string }
  example?: unknown
  nullable?: boolean
  'x-kubernetes-preserve-unknown-fields'?: boolean
  'x-kubernetes-embedded-resource'?: boolean
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-list-map-keys'?: string[]
  'x-kubernetes-list-type'?: string
  'x-kubernetes-map-type'?: string
  'x-kubernetes-validations'?: ValidationRule[]
}

export interface DefinitionNames {
  plural: string
  singular?: string
  shortNames?: string[]
  kind: string
  listKind?: string
  categories?: string[]
}

export interface ColumnDefinition {
  name: string
  type: string
  format?: string
  description?: string
  priority?: number
  jsonPath: string
}

export interface ScaleDefinition {
  specReplicasPath: string
  statusReplicasPath: string
  labelSelectorPath?: string
}

export interface Subresources {
  status?: object
  scale?: ScaleDefinition
}

export interface DefinitionVersion {
  name: string
  served: boolean
  storage: boolean
  schema?: { openAPIV3Schema?: JsonSchemaProps }
  subresources?: Subresources
  additionalPrinterColumns?: ColumnDefinition[]
  selectableFields?: { jsonPath: string }[]
  deprecated?: boolean
  deprecationWarning?: string
}

export interface WebhookClientConfig {
  url?: string
  caBundle?: string
  service?: { namespace: string; name: string; path?: string; port?: number }
}

export interface Conversion {
  strategy: string
  webhook?: { clientConfig?: WebhookClientConfig; conversionReviewVersions: string[] }
}

export interface DefinitionCondition {
  type: string
  status: string
  lastTransitionTime?: string
  reason?: string
  message?: string
  observedGeneration?: number
}

export interface CustomResourceDefinition extends KubernetesObject {
  spec: {
    group: string
    names: DefinitionNames
    scope: string
    versions: DefinitionVersion[]
    conversion?: Conversion
    preserveUnknownFields?: boolean
  }
  status?: {
    conditions?: DefinitionCondition[]
    acceptedNames?: DefinitionNames
    storedVersions?: string[]
    observedGeneration?: number
  }
}
