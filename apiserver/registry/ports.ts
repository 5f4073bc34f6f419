/** What the registry stands on. */

import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Admission } from '../admission/admission.ts'
import type { Resource } from '../resources/resource.ts'
import type { Storage } from '../storage/storage.ts'
import type { WatchCache } from '../watch/watch-cache.ts'
import type { WatchHub } from '../watch/watch-hub.ts'
import type { Actions } from './actions.ts'
import type { Allocator } from './allocator.ts'
import type { Observe } from './observed.ts'

export interface RegistryPorts {
  storage: Storage
  hub: WatchHub
  /** The cache of a resource that is served. */
  cacheOf(resource: Resource): WatchCache
  /** Resolves when all is served of which anybody was told, before this call, that it is. */
  settled?(): Promise<void>
  admission: Admission
  allocator: Allocator
  /** Besides those of pods, which are the registry's own. */
  actions?: Actions
  /** By its place in the URL; without it kinds have no other versions. */
  find?(group: string, version: string, plural: string): Resource | undefined
  /** By qualified name: kinds that are found out when somebody asks. */
  observed?: ReadonlyMap<string, Observe>
  clock: Clock
  random: Random
}
