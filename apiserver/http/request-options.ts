/** Options as they stand in the query (and, for DELETE, in the body), read strictly. */

import { parseFieldSelector, parseLabelSelector, SelectorError } from '../../api/selector.ts'
import { isDryRun } from '../registry/options.ts'
import type {
  DeleteOptions,
  ListOptions,
  PatchType,
  RequestAudit,
  WatchOptions,
  WriteOptions,
} from '../registry/registry.ts'
import { decode, deleteOptions as deleteOptionsBody } from '../schema/decode.ts'
import { booleanParameter } from './request-info.ts'
import { badRequest, unsupportedMediaType } from './status.ts'

const text = (query: URLSearchParams, name: string) => query.get(name) || undefined

/** @throws StatusError 400 */
function integer(query: URLSearchParams, name: string): number | undefined {
  const value = text(query, name)
  if (value === undefined) return undefined
  const number = Number(value)
  if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(number))
    throw badRequest(
      `unable to decode query parameter ${name}: strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`,
    )
  return number
}

/** @throws StatusError 400 */
function selectors(query: URLSearchParams): Pick<ListOptions, 'labels' | 'fields'> {
  try {
    return {
      labels: parseLabelSelector(query.get('labelSelector') ?? ''),
      fields: parseFieldSelector(query.get('fieldSelector') ?? ''),
    }
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message)
    throw error
  }
}

const sendInitialEvents = (query: URLSearchParams): boolean | undefined =>
  query.has('sendInitialEvents') ? booleanParameter(query, 'sendInitialEvents') : undefined

/** @throws StatusError 400 */
export function listOptions(query: URLSearchParams): ListOptions {
  const limit = integer(query, 'limit')
  return {
    ...selectors(query),
    // Zero and less: no limit.
    limit: limit !== undefined && limit > 0 ? limit : undefined,
    continue: text(query, 'continue'),
    resourceVersion: text(query, 'resourceVersion'),
    resourceVersionMatch: text(
      query,
      'resourceVersionMatch',
    ) as ListOptions['resourceVersionMatch'],
    sendInitialEvents: sendInitialEvents(query),
  }
}

/** @throws StatusError 400 */
export function watchOptions(query: URLSearchParams): WatchOptions & { timeoutSeconds?: number } {
  return {
    ...selectors(query),
    resourceVersion: text(query, 'resourceVersion'),
    resourceVersionMatch: text(
      query,
      'resourceVersionMatch',
    ) as WatchOptions['resourceVersionMatch'],
    sendInitialEvents: sendInitialEvents(query),
    continue: text(query, 'continue'),
    bookmarks: booleanParameter(query, 'allowWatchBookmarks'),
    timeoutSeconds: integer(query, 'timeoutSeconds'),
  }
}

/** @param kind `CreateOptions`, `UpdateOptions`, `PatchOptions`; errors name it. */
export function writeOptions(
  query: URLSearchParams,
  kind: string,
): WriteOptions & { force?: boolean } {
  return {
    dryRun: isDryRun(query.getAll('dryRun'), kind),
    fieldManager: text(query, 'fieldManager'),
    fieldValidation: text(query, 'fieldValidation') as WriteOptions['fieldValidation'],
    force: query.has('force') ? booleanParameter(query, 'force') : undefined,
  }
}

type DeleteBody = Omit<DeleteOptions, 'dryRun'> & { dryRun?: string[] }

/** From the body, or from the query where there is none. @throws StatusError 400, 415, 422 */
export function deleteOptions(
  query: URLSearchParams,
  body: Buffer,
  mediaType: string,
  audit?: RequestAudit,
): DeleteOptions {
  const kind = 'DeleteOptions'
  if (body.length > 0) {
    const { object } = decode<DeleteBody>(body, mediaType, deleteOptionsBody)
    audit?.received(object)
    const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions } = object
    return {
      gracePeriodSeconds,
      propagationPolicy,
      orphanDependents,
      preconditions,
      dryRun: isDryRun([...(object.dryRun ?? []), ...query.getAll('dryRun')], kind),
    }
  }
  return {
    gracePeriodSeconds: integer(query, 'gracePeriodSeconds'),
    propagationPolicy: text(query, 'propagationPolicy') as DeleteOptions['propagationPolicy'],
    orphanDependents: query.has('orphanDependents')
      ? booleanParameter(query, 'orphanDependents')
      : undefined,
    dryRun: isDryRun(query.getAll('dryRun'), kind),
  }
}

/** `application/json` of `application/json; charset=utf-8`. */
export const mediaTypeOf = (contentType: string | undefined): string =>
  (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase()

const patchTypes = new Map<string, PatchType>([
  ['application/json-patch+json', 'json'],
  ['application/merge-patch+json', 'merge'],
  ['application/strategic-merge-patch+json', 'strategic'],
  ['application/apply-patch+yaml', 'apply'],
])

/** @throws StatusError 415 */
export function patchType(contentType: string | undefined): PatchType {
  const type = patchTypes.get(mediaTypeOf(contentType))
  if (!type) throw unsupportedMediaType([...patchTypes.keys()])
  return type
}
