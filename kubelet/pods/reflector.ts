/**
 * One kind's objects as the API server has them, kept by a list and a watch that resumes. Tells what was set and what is
 * gone, by uid; while the server is away it says nothing, so that nobody acts on silence.
 */

import type { Subscription } from 'rxjs'
import {
  type Cluster,
  isExpired,
  type Kind,
  type WatchEvent,
  type WithMeta,
} from '../../controllers/framework/index.ts'
import type { Cancel, Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'

export interface ReflectorOptions<T> {
  cluster: Cluster
  kind: Kind<T>
  namespace?: string
  fieldSelector?: string
  clock: Clock
  random: Random
  /** New, or changed. */
  set(object: T): void
  gone(object: T): void
  /** After every complete list; the first one means that what is unknown does not exist. */
  synced?(): void
  onError(error: unknown): void
}

const firstRetry = 200
const longestRetry = 10_000

/** Starts at once; the returned function ends it. */
export function reflect<T extends WithMeta>(options: ReflectorOptions<T>): () => void {
  const { cluster, kind, clock, random } = options
  const { namespace, fieldSelector } = options
  const known = new Map<string, T>()
  let subscription: Subscription | undefined
  let cancelRetry: Cancel = () => {}
  let stopped = false
  let wait = firstRetry

  const keyOf = ({ metadata }: T) => `${metadata.namespace ?? ''}/${metadata.name}`

  function put(object: T): void {
    const key = keyOf(object)
    const old = known.get(key)
    if (old && old.metadata.uid !== object.metadata.uid) options.gone(old)
    known.set(key, object)
    if (old?.metadata.resourceVersion !== object.metadata.resourceVersion) options.set(object)
  }

  function drop(key: string, last?: T): void {
    const old = known.get(key)
    known.delete(key)
    if (old) options.gone(last ?? old)
  }

  function retry(): void {
    if (stopped) return
    cancelRetry = clock.after(wait * (0.5 + random.next() / 2), list)
    wait = Math.min(longestRetry, wait * 2)
  }

  function list(): void {
    cluster
      .list(kind, { namespace, fieldSelector })
      .then((answer) => {
        if (stopped) return
        wait = firstRetry
        const present = new Set(answer.items.map(keyOf))
        for (const key of [...known.keys()]) if (!present.has(key)) drop(key)
        for (const object of answer.items) put(object)
        options.synced?.()
        watch(answer.resourceVersion)
      })
      .catch((error) => {
        options.onError(error)
        retry()
      })
  }

  function watch(from: string): void {
    if (stopped) return
    let resourceVersion = from
    const next = (event: WatchEvent<T>) => {
      wait = firstRetry
      if (event.type === 'BOOKMARK') {
        resourceVersion = event.resourceVersion
        return
      }
      resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion
      if (event.type === 'DELETED') drop(keyOf(event.object), event.object)
      else put(event.object)
    }
    const again = () => {
      if (stopped) return
      cancelRetry = clock.after(wait * (0.5 + random.next() / 2), () => watch(resourceVersion))
      wait = Math.min(longestRetry, wait * 2)
    }
    subscription = cluster.watch(kind, { namespace, fieldSelector, resourceVersion }).subscribe({
      next,
      complete: again,
      error: (error) => {
        if (isExpired(error)) return retry()
        options.onError(error)
        again()
      },
    })
  }

  list()
  return () => {
    stopped = true
    cancelRetry()
    subscription?.unsubscribe()
  }
}
