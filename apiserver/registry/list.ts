/**
 * GET of one object and of many, from the watch cache. All pages of a list are of the revision of its first; when
 * the cache has moved on they come from the store's history.
 */

import { badRequest, expired, type StatusError } from '../http/status.ts'
import { CompactedError, type Revision } from '../storage/storage.ts'
import type { CachedObject } from '../watch/cached-object.ts'
import type { ListResult as Page } from '../watch/watch-cache.ts'
import { decodeContinue, encodeContinue } from './continue-token.ts'
import { type NamedTarget, required } from './current.ts'
import { shownBy } from './forms.ts'
import { becomeFresh } from './freshness.ts'
import { collectionPrefix } from './keys.ts'
import { checkListOptions, checkNoVersion, parseResourceVersion } from './list-options.ts'
import type { RegistryPorts } from './ports.ts'
import type { ListOptions, ListResult, Target } from './registry.ts'

export async function get(
  ports: RegistryPorts,
  target: NamedTarget,
  resourceVersion: string | undefined,
): Promise<CachedObject> {
  await becomeFresh(ports, parseResourceVersion(resourceVersion))
  const { resource, namespace, name } = target
  return required(await shownBy(ports, resource).get(namespace, name), target)
}

export async function list(
  ports: RegistryPorts,
  target: Target,
  given: ListOptions,
): Promise<ListResult> {
  checkListOptions(given)
  checkFields(target, given)
  const options = { ...given, limit: limitOf(given) }
  if (options.continue) return listOn(ports, target, options, options.continue)
  const wanted = parseResourceVersion(options.resourceVersion)
  if (wanted !== undefined && isExact(options, wanted))
    return listAt(ports, target, options, wanted)
  await becomeFresh(ports, wanted)
  const page = await shownBy(ports, target.resource).list(selectionOf(target, options))
  return answer(target, options, page, ports.clock.now())
}

/** Whatever is at hand comes whole. */
const limitOf = ({ limit, resourceVersion, continue: token }: ListOptions) =>
  resourceVersion === '0' && !token ? undefined : limit

/** A version and a limit, without saying how they match, means exactly that version. */
function isExact({ resourceVersionMatch: match, limit }: ListOptions, wanted: Revision): boolean {
  return match === 'Exact' || (match === undefined && limit !== undefined && wanted > 0)
}

/** @throws StatusError 400 */
export function checkFields({ resource }: Target, { fields }: Pick<ListOptions, 'fields'>): void {
  for (const { key } of fields)
    if (
      key !== 'metadata.name' &&
      key !== 'metadata.namespace' &&
      !Object.hasOwn(resource.fieldSelectors ?? {}, key)
    )
      throw badRequest(`field label not supported: ${key}`)
}

const selectionOf = ({ namespace }: Target, { labels, fields, limit }: ListOptions) => ({
  namespace: namespace === '' ? undefined : namespace,
  labels,
  fields,
  limit,
})

function answer(
  { resource }: Target,
  { labels, fields }: ListOptions,
  { items, more, remaining, revision }: Page,
  since: number,
): ListResult {
  const last = items.at(-1)
  if (!more || !last) return { items, revision }
  const after = last.key.slice(collectionPrefix(resource).length)
  const selective = labels.length > 0 || fields.length > 0
  return {
    items,
    revision,
    continue: encodeContinue({ revision, after, since }),
    ...(!selective && remaining !== undefined && { remaining }),
  }
}

async function listOn(
  ports: RegistryPorts,
  target: Target,
  options: ListOptions,
  token: string,
): Promise<ListResult> {
  const now = ports.clock.now()
  const { revision, after, since = now } = decodeContinue(token)
  checkNoVersion(options)
  const selection = {
    ...selectionOf(target, options),
    after: collectionPrefix(target.resource) + after,
  }
  const shown = shownBy(ports, target.resource)
  if (revision === 0) {
    await becomeFresh(ports, undefined)
    return answer(target, options, await shown.list(selection), now)
  }
  const tooOld = () => tokenTooOld(encodeContinue({ revision: 0, after }))
  if (now - since > pagesLastMs) throw tooOld()
  await mustHave(ports, revision)
  try {
    return answer(target, options, await shown.at(revision, selection), since)
  } catch (error) {
    if (error instanceof CompactedError) throw tooOld()
    throw error
  }
}

/**
 * For so long a list may be read page by page, whatever history is there: clients count on being told in time, since
 * Kubernetes forgets every five minutes what is older.
 */
const pagesLastMs = 5 * 60_000

async function listAt(
  ports: RegistryPorts,
  target: Target,
  options: ListOptions,
  wanted: Revision,
): Promise<ListResult> {
  await mustHave(ports, wanted)
  try {
    const page = await shownBy(ports, target.resource).at(wanted, selectionOf(target, options))
    return answer(target, options, page, ports.clock.now())
  } catch (error) {
    if (error instanceof CompactedError)
      throw expired('The resourceVersion for the provided list is too old.')
    throw error
  }
}

/** What has been seen here already is read from the store as it is. @throws StatusError 504 */
async function mustHave(ports: RegistryPorts, revision: Revision): Promise<void> {
  if (revision > ports.hub.revision) await becomeFresh(ports, revision)
}

/** It says how to go on, at the price of a list that is of two revisions. */
function tokenTooOld(token: string): StatusError {
  const error = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  )
  error.status.metadata.continue = token
  return error
}
