/** The table's columns of a custom resource, as its version declares them; by default its name and its age. */

import { isRawNumber } from '../../../api/json-text.ts'
import type { KubernetesObject } from '../../../api/object.ts'
import { age } from '../../resources/ages.ts'
import { nameColumn } from '../../resources/common-columns.ts'
import type { Column } from '../../resources/resource.ts'
import type { ColumnDefinition, DefinitionVersion } from './definition.ts'
import { type JsonPath, JsonPathError, jsonPath } from './json-path.ts'

const createdColumn: ColumnDefinition = {
  name: 'Age',
  type: 'date',
  description:
    'CreationTimestamp is a timestamp: when the server made the object, RFC 3339 in UTC.',
  jsonPath: '.metadata.creationTimestamp',
}

type Cell = string | number | boolean | null

/** All columns, the name first. A column whose path cannot be read is empty. */
export function printerColumns(version: DefinitionVersion): Column[] {
  const declared = version.additionalPrinterColumns ?? []
  const columns = declared.length > 0 ? declared : [createdColumn]
  return [nameColumn as unknown as Column, ...columns.map(columnOf)]
}

function columnOf(definition: ColumnDefinition): Column {
  const { name, type, format, description, priority = 0 } = definition
  let path: JsonPath | undefined
  const found = (object: KubernetesObject) => {
    path ??= readable(definition.jsonPath)
    return path(object)
  }
  return {
    name,
    type: type as Column['type'],
    ...(format && { format }),
    description:
      description ||
      `Custom resource definition column (in JSONPath format): ${definition.jsonPath}`,
    priority,
    cell: (object: KubernetesObject, { now }) => cellOf(found(object), type, now),
  }
}

function readable(text: string): JsonPath {
  try {
    return jsonPath(text)
  } catch (error) {
    if (error instanceof JsonPathError) return () => []
    throw error
  }
}

/** What fits the column's type, or null. Of several values only text columns show all. */
function cellOf(found: unknown[], type: string, now: number): Cell {
  if (found.length === 0) return null
  const [first] = found
  const number = isRawNumber(first) ? Number(first.rawJSON) : first
  switch (type) {
    case 'integer':
      return typeof number === 'number' ? Math.trunc(number) : null
    case 'number':
      return typeof number === 'number' ? number : null
    case 'boolean':
      return typeof first === 'boolean' ? first : null
    case 'date':
      return typeof first === 'string' ? age(first, now) : '<unknown>'
    default:
      return found.map(textOf).join(',')
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined ? '' : JSON.stringify(value)
}
