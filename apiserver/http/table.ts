/**
 * Objects as clients print or index them: rows of a `Table`, or metadata alone. Written as JSON text straight away,
 * because that is all that becomes of them.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Column, Resource } from '../resources/resource.ts'
import type { CachedObject } from '../watch/cached-object.ts'
import type { MetaVersion } from './negotiation.ts'
import { badRequest } from './status.ts'

export type IncludeObject = 'None' | 'Metadata' | 'Object'

/** @throws StatusError 400 */
export function includeObjectOf(value: string | null): IncludeObject {
  switch (value) {
    case null:
    case '':
      return 'Metadata'
    case 'None':
    case 'Metadata':
    case 'Object':
      return value
    default:
      throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`)
  }
}

/** What a row or a partial object is made from: cached, or just written. */
export type Source = Pick<CachedObject, 'bytes' | 'object'>

/** `PartialObjectMetadata`, as JSON. */
export function partialObject({ metadata }: KubernetesObject, version: MetaVersion): string {
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":${JSON.stringify(metadata)}}`
}

export interface TableOptions {
  version: MetaVersion
  include: IncludeObject
  /** Milliseconds since the epoch, for ages. */
  now: number
}

export type Printed = Pick<Resource, 'columns' | 'rowConditions'>

const definitions = new WeakMap<readonly Column[], string>()

function columnDefinitions(columns: Column[]): string {
  let text = definitions.get(columns)
  if (text === undefined) {
    text = JSON.stringify(
      columns.map(({ name, type, format = '', description, priority = 0 }) => ({
        name,
        type,
        format,
        description,
        priority,
      })),
    )
    definitions.set(columns, text)
  }
  return text
}

/** Everything before the rows. @param metadata the list's, as JSON */
export function tableHead(
  { columns }: Printed,
  metadata: string,
  version: MetaVersion,
  withColumns = true,
): string {
  const definitionsText = withColumns ? columnDefinitions(columns) : 'null'
  return `{"kind":"Table","apiVersion":"meta.k8s.io/${version}","metadata":${metadata},"columnDefinitions":${definitionsText},"rows":[`
}

/** Everything behind them. */
export const tableTail = ']}'

/** One row, as JSON. */
export function tableRow(printed: Printed, source: Source, options: TableOptions): string {
  const { object } = source
  const cells = printed.columns.map(({ cell }) => cell(object, options))
  const conditions = printed.rowConditions?.(object) ?? []
  const told = conditions.length > 0 ? `,"conditions":${JSON.stringify(conditions)}` : ''
  return `{"cells":${JSON.stringify(cells)}${told}${rowObject(source, options)}}`
}

function rowObject({ bytes, object }: Source, { include, version }: TableOptions): string {
  switch (include) {
    case 'None':
      return ''
    case 'Metadata':
      return `,"object":${partialObject(object, version)}`
    case 'Object':
      return `,"object":${bytes.toString()}`
    default:
      return include satisfies never
  }
}

/** A table of one object. */
export function tableOf(
  printed: Printed,
  source: Source,
  options: TableOptions,
  withColumns = true,
): string {
  const metadata = JSON.stringify({
    resourceVersion: source.object.metadata.resourceVersion ?? '',
  })
  const head = tableHead(printed, metadata, options.version, withColumns)
  return head + tableRow(printed, source, options) + tableTail
}
