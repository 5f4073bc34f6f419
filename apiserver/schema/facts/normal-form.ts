/**
 * An OpenAPI v2 document as facts that can be compared: one text for each operation and each field, without words for
 * people and without the order in which things stand. The published document and our own are both read by this.
 */

interface Parameter {
  $ref?: string
  name: string
  in: string
  type?: string
  required?: boolean
  schema?: Schema
}

interface Schema {
  $ref?: string
  type?: string
  format?: string
  items?: Schema
  additionalProperties?: Schema
  properties?: Record<string, Schema>
  required?: string[]
}

interface Operation {
  operationId: string
  tags?: string[]
  parameters?: Parameter[]
  responses: Record<string, { schema?: Schema }>
  'x-kubernetes-action'?: string
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }
}

export interface OpenApiV2 {
  paths: Record<string, Record<string, unknown>>
  definitions: Record<string, Schema>
  parameters?: Record<string, Parameter>
}

/** By what is compared: `get /api/v1/pods`, `io.k8s.api.core.v1.Pod`, `io.k8s.api.core.v1.Pod.spec`. */
export type Facts = Record<string, string>

const nameOf = (reference: string) => reference.slice(reference.lastIndexOf('/') + 1)

/** Operations, one text each: action, kind, tag, parameters, answers. */
export function operationFacts({ paths, parameters = {} }: OpenApiV2): Facts {
  const facts: Facts = {}
  const resolved = (given: Parameter) => (given.$ref ? parameters[nameOf(given.$ref)] : given)
  for (const [path, item] of Object.entries(paths)) {
    const shared = (item.parameters ?? []) as Parameter[]
    for (const [method, value] of Object.entries(item)) {
      if (method === 'parameters') continue
      const operation = value as Operation
      const all = [...shared, ...(operation.parameters ?? [])].flatMap((one) => resolved(one) ?? [])
      facts[`${method} ${path}`] = operationText(operation, all)
    }
  }
  return facts
}

function operationText(operation: Operation, parameters: Parameter[]): string {
  const { group, version, kind } = operation['x-kubernetes-group-version-kind'] ?? {}
  const answers = Object.entries(operation.responses).map(
    ([code, { schema }]) => `${code}=${schema ? typeText(schema) : ''}`,
  )
  return [
    operation.operationId,
    operation['x-kubernetes-action'] ?? '',
    kind === undefined ? '' : `${group}/${version}/${kind}`,
    (operation.tags ?? []).join(','),
    parameters.map(parameterText).sort().join(' '),
    answers.sort().join(' '),
  ].join('|')
}

const parameterText = ({ in: place, name, type, required, schema }: Parameter) =>
  `${place}:${name}:${schema ? typeText(schema) : type}${required ? '!' : ''}`

const compared = [
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-patch-strategy',
  'x-kubernetes-patch-merge-key',
] as const

/** Definitions and their fields, one text each: type, whether it is required, how it merges. */
export function definitionFacts({ definitions }: OpenApiV2): Facts {
  const facts: Facts = {}
  for (const [name, schema] of Object.entries(definitions)) {
    const { properties = {}, required = [] } = schema
    facts[name] = [
      typeText({ type: schema.type, format: schema.format }),
      extension(schema, 'x-kubernetes-map-type'),
      extension(schema, 'x-kubernetes-group-version-kind'),
      extension(schema, 'x-kubernetes-unions'),
    ].join('|')
    for (const [field, own] of Object.entries(properties))
      facts[`${name}.${field}`] = [
        typeText(own) + (required.includes(field) ? '!' : ''),
        ...compared.map((key) => extension(own, key)),
      ].join('|')
  }
  return facts
}

function extension(schema: object, key: string): string {
  const value = (schema as Record<string, unknown>)[key]
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(sorted(value))
}

/** Kinds in any order are the same kinds; keys in any order the same object. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort(byText)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(byText)
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

function typeText({ $ref, type = '', format, items, additionalProperties }: Schema): string {
  if ($ref) return nameOf($ref)
  if (items) return `[]${typeText(items)}`
  if (additionalProperties) return `{}${typeText(additionalProperties)}`
  return format ? `${type}/${format}` : type
}
