/** Structural schemas as a CustomResourceDefinition holds them (`JSONSchemaProps`), plain JSON. Shapes only. */

/** A CEL rule as it stands in `x-kubernetes-validations`. */
export interface ValidationRule {
  rule: string
  message?: string
  /** CEL that makes the message. */
  messageExpression?: string
  reason?:
    | 'FieldValueInvalid'
    | 'FieldValueForbidden'
    | 'FieldValueRequired'
    | 'FieldValueDuplicate'
  /** The field that is to blame, relative to where the rule stands: `.replicas`. */
  fieldPath?: string
  /** Also run when there is no old value; `oldSelf` is then an optional. */
  optionalOldSelf?: boolean
}

/** A schema as a definition holds it: the part of OpenAPI v3 that is structural. */
export interface JsonSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  description?: string
  title?: string
  format?: string
  default?: unknown
  example?: unknown
  enum?: unknown[]
  nullable?: boolean
  minimum?: number
  exclusiveMinimum?: boolean
  maximum?: number
  exclusiveMaximum?: boolean
  multipleOf?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  minProperties?: number
  maxProperties?: number
  required?: string[]
  properties?: Record<string, JsonSchema>
  additionalProperties?: JsonSchema | boolean
  items?: JsonSchema
  allOf?: JsonSchema[]
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  not?: JsonSchema
  'x-kubernetes-preserve-unknown-fields'?: true
  'x-kubernetes-embedded-resource'?: true
  'x-kubernetes-int-or-string'?: true
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  'x-kubernetes-list-map-keys'?: string[]
  'x-kubernetes-map-type'?: 'atomic' | 'granular'
  'x-kubernetes-validations'?: ValidationRule[]
  /** Not part of the definition: the union that the object was made of, for who makes examples of it. */
  [unionOf]?: Union
}

export const unionOf: unique symbol = Symbol('union')

/** Objects that one property tells apart. */
export interface Union {
  discriminator: string
  members: readonly Member[]
}

/** One member: what the discriminator is in it, and its own schema. */
export interface Member {
  values: readonly Tag[]
  json: JsonSchema
}

export type Tag = string | number | boolean
