/**
 * Deletes what a definition that is going has made, before it goes: one object after the other, as anybody would who
 * deletes them, so that finalizers hold them. Objects are taken as they are stored: no webhook is asked how they look.
 */

import { type Clock, sleep } from '../../ports/clock.ts'
import { StatusError } from '../http/status.ts'
import { remove } from '../registry/delete.ts'
import { collectionPrefix } from '../registry/keys.ts'
import type { RegistryPorts } from '../registry/ports.ts'
import type { RequestContext } from '../registry/registry.ts'
import type { Resource } from '../resources/resource.ts'
import type { WatchCache } from '../watch/watch-cache.ts'

const atOnce = 16
/** How long somebody else's changes are waited for before all is looked at again. */
const lookAgain = 5_000

const self = { name: 'system:apiserver', groups: ['system:masters'] }

const contextOf = (signal: AbortSignal): RequestContext => ({
  user: self,
  requestId: '',
  userAgent: self.name,
  asked: { verb: 'deletecollection' },
  signal,
  warn: () => {},
})

/** The kind without its versions. */
function asStored({ storage: _, ...resource }: Resource): Resource {
  return resource
}

/** Asks for the deletion of all there is. @throws StatusError, the first of those that could not be deleted */
export async function deleteAll(
  ports: RegistryPorts,
  kind: Resource,
  cache: WatchCache,
  signal: AbortSignal,
): Promise<void> {
  const resource = asStored(kind)
  const context = contextOf(signal)
  const going = cache.list().items.values()
  let failure: unknown
  const worker = async () => {
    for (const { namespace, name, object } of going) {
      if (object.metadata.deletionTimestamp !== undefined) continue
      try {
        await remove(ports, { resource, namespace, name }, {}, context, true)
      } catch (error) {
        const gone = error instanceof StatusError && error.reason === 'NotFound'
        if (!gone) failure ??= error
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  if (failure !== undefined) throw failure
}

/** Whether nothing of it is stored any more, wherever it came from. */
export async function isEmpty({ storage }: RegistryPorts, kind: Resource): Promise<boolean> {
  const { entries } = await storage.range(collectionPrefix(kind), { limit: 1 })
  return entries.length === 0
}

/** Resolves when an object is gone, when one has come, or after a while. */
export async function somethingChanged(
  cache: WatchCache,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const enough = new AbortController()
  const either = AbortSignal.any([signal, enough.signal])
  const events = cache.watch({ signal: either }).subscribe({
    next: ({ type }) => {
      if (type !== 'MODIFIED') enough.abort()
    },
    error: () => enough.abort(),
    complete: () => enough.abort(),
  })
  try {
    await sleep(clock, lookAgain, either).catch(() => {})
  } finally {
    events.unsubscribe()
  }
}
