/** The schema of one version: its parts put together, and every path that the declaration names looked up in it. */

import { checkSchema } from './schema/check.ts'
import type { JsonSchema } from './schema/json-schema.ts'
import { KindError } from './schema/kind-error.ts'
import { partAt } from './schema/path.ts'
import { schemaAt } from './schema/schema-at.ts'
import type { VersionDeclaration } from './version-declaration.ts'

export function versionSchema(declaration: VersionDeclaration): JsonSchema {
  const schema = whole(declaration)
  checkSchema(schema, '')
  checkPaths(declaration, schema)
  return schema
}

function whole({ spec, status, rules = [], description }: VersionDeclaration): JsonSchema {
  if (!spec && !status) throw new KindError('', 'needs a spec or a status')
  const properties: Record<string, JsonSchema> = {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
  }
  const placed = spec && schemaAt(spec, 'spec')
  if (placed) properties.spec = placed.json
  if (status) properties.status = schemaAt(status, 'status').json
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    properties,
    ...(placed && !placed.optional ? { required: ['spec'] } : {}),
    ...(rules.length > 0 ? { 'x-kubernetes-validations': [...rules] } : {}),
  }
}

function checkPaths(declaration: VersionDeclaration, schema: JsonSchema): void {
  const { columns = {}, scale, selectable = [] } = declaration
  for (const [heading, column] of Object.entries(columns)) {
    const path = typeof column === 'string' ? column : column.path
    if (!path.startsWith('.'))
      throw new KindError(path, `the path of the column ${heading} must begin with a dot`)
    partAt(schema, path, `the column ${heading}`)
  }
  if (scale) {
    wanted(schema, scale.spec, 'scale.spec', ['integer'], /^\.spec\./)
    wanted(schema, scale.status, 'scale.status', ['integer'], /^\.status\./)
    if (scale.selector !== undefined)
      wanted(schema, scale.selector, 'scale.selector', ['string'], /^\.(spec|status)\./)
  }
  if (selectable.length > 8) throw new KindError('', 'has more than 8 selectable paths')
  for (const path of selectable)
    wanted(schema, path, 'selectable', ['string', 'integer', 'boolean'], /^\.(?!metadata\.)/)
}

/** A path of names to a field of one of these types, below the right part of the object. */
function wanted(
  schema: JsonSchema,
  path: string,
  what: string,
  types: readonly string[],
  place: RegExp,
): void {
  const part = place.test(path) ? partAt(schema, path, what) : undefined
  if (part === undefined) throw new KindError(path, `${what} cannot be taken from there`)
  if (!types.includes(part.type ?? ''))
    throw new KindError(
      path,
      `${what} must be ${types.join(', ')}, and this is ${part.type ?? 'not typed'}`,
    )
}
