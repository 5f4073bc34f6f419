/** What requests weigh, as the watch caches know it. */

import type { Load } from '../flowcontrol/work.ts'
import type { WatchCache } from '../watch/watch-cache.ts'
import type { Core } from './core.ts'

export function loadOf({ resources, caches }: Pick<Core, 'resources' | 'caches'>): Load {
  const cacheOf = (group: string, plural: string): WatchCache | undefined => {
    const resource = resources.named(group === '' ? plural : `${plural}.${group}`)
    return resource && caches.has(resource) ? caches.of(resource) : undefined
  }
  return {
    stored: ({ group, resource, namespace }) => cacheOf(group, resource)?.weightOf(namespace),
    watchers: ({ group, resource, namespace, name }) =>
      cacheOf(group, resource)?.watchersOf(namespace, name) ?? 0,
  }
}
