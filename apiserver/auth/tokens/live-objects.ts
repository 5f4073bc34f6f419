/** Which objects of a kind there are, without reading what is in them: asked on every request with a token. */

import { type FollowPorts, followChanges } from '../../registry/follow-changes.ts'
import type { CachedObject } from '../../watch/cached-object.ts'

export interface LiveObject {
  uid: string
  deletionTimestamp: string | undefined
}

export class LiveObjects {
  readonly kind: string
  readonly #objects = new Map<string, CachedObject>()
  /** One version of an object is read at most once. */
  readonly #read = new WeakMap<CachedObject, LiveObject>()

  constructor(kind: string) {
    this.kind = kind
  }

  /** @returns ends it */
  follow(ports: FollowPorts): () => void {
    return followChanges(ports, this.kind, {
      reset: () => this.#objects.clear(),
      changed: (object) => this.#objects.set(`${object.namespace}/${object.name}`, object),
      gone: ({ namespace, name }) => this.#objects.delete(`${namespace}/${name}`),
    })
  }

  get(namespace: string, name: string): LiveObject | undefined {
    const cached = this.#objects.get(`${namespace}/${name}`)
    if (!cached) return undefined
    let live = this.#read.get(cached)
    if (!live) {
      live = { uid: cached.uid, deletionTimestamp: cached.object.metadata.deletionTimestamp }
      this.#read.set(cached, live)
    }
    return live
  }
}
