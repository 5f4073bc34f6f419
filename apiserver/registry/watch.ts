/** Watches: where they start, as the options say, and how they fail. */

import type { Observable } from 'rxjs'
import { throwError } from 'rxjs/internal/observable/throwError'
import { catchError } from 'rxjs/internal/operators/catchError'
import type { Selector } from '../../api/selector.ts'
import { badRequest, expired, serviceUnavailable } from '../http/status.ts'
import { CompactedError, StorageUnavailableError } from '../storage/storage.ts'
import { demanded } from '../watch/filter.ts'
import { TooManyWaitingError } from '../watch/ordered-events.ts'
import { type WatchOptions as CacheWatchOptions, TooOldError } from '../watch/watch-cache.ts'
import { shownBy } from './forms.ts'
import { becomeFresh } from './freshness.ts'
import { checkFields } from './list.ts'
import { checkWatchOptions, parseWatchVersion, withInitialEvents } from './list-options.ts'
import type { RegistryPorts } from './ports.ts'
import type { RequestContext, Target, WatchEvent, WatchOptions } from './registry.ts'

export async function watch(
  ports: RegistryPorts,
  target: Target,
  options: WatchOptions,
  context: RequestContext,
): Promise<Observable<WatchEvent>> {
  checkWatchOptions(options)
  const { namespace, name, resource } = target
  const fields = name === undefined ? options.fields : ofOne(name, options.fields)
  checkFields(target, { fields })
  const shown = shownBy(ports, resource)
  const start = await startOf(ports, target, options)
  const common = {
    namespace: namespace === '' ? undefined : namespace,
    labels: options.labels,
    fields,
    bookmarks: options.bookmarks,
    drained: options.drained,
    begun: () => context.begun?.(),
    signal: context.signal,
  }
  try {
    const events = shown.watch({ ...common, ...start })
    return events.pipe(catchError((error) => throwError(() => asStatus(error))))
  } catch (error) {
    throw asStatus(error)
  }
}

/** Of one object in the path nothing but its name may be selected. @throws StatusError 400 */
function ofOne(name: string, fields: Selector): Selector {
  if (fields.length > 0 && demanded(fields, 'metadata.name') !== name)
    throw badRequest("fieldSelector metadata.name doesn't match requested name")
  return fields.length > 0 ? fields : [{ key: 'metadata.name', operator: '=', values: [name] }]
}

type Start = Pick<CacheWatchOptions, 'after' | 'initial' | 'initialEventsEnd'>

/** @throws StatusError 422, 504 */
async function startOf(
  ports: RegistryPorts,
  target: Target,
  options: WatchOptions,
): Promise<Start> {
  const wanted = parseWatchVersion(target, options.resourceVersion)
  if (withInitialEvents(options).sendInitialEvents) {
    await becomeFresh(ports, wanted)
    return { initial: true, initialEventsEnd: options.bookmarks }
  }
  if (wanted !== undefined && wanted > 0) {
    await ports.hub.recall(ports.cacheOf(target.resource), wanted)
    return { after: wanted }
  }
  await becomeFresh(ports, wanted)
  return {}
}

function asStatus(error: unknown): unknown {
  if (error instanceof TooOldError) return expired(error.message)
  if (error instanceof TooManyWaitingError) return expired(error.message)
  if (error instanceof CompactedError) return expired(error.message)
  if (error instanceof StorageUnavailableError) return serviceUnavailable(error.message, 1)
  return error
}
