/** Which objects of a kind there are, without reading what is in them: asked on every request with a token. */

import type { Lister } from '../../registry/lister.ts'
import type { CachedObject } from '../../watch/cached-object.ts'

export interface LiveObject {
  uid: string
  deletionTimestamp: string | undefined
}

export class LiveObjects {
  readonly kind: string
  readonly #lister: Lister
  readonly #objects = new Map<string, CachedObject>()
  /** One version of an object is read at most once. */
  readonly #read = new WeakMap<CachedObject, LiveObject>()

  constructor(lister: Lister, kind: string) {
    this.#lister = lister
    this.kind = kind
  }

  /** @returns ends it */
  follow(): () => void {
    const subscription = this.#lister.changes(this.kind).subscribe((event) => {
      if (event.type === 'BOOKMARK') return
      const { namespace, name } = event.object
      if (event.type === 'DELETED') this.#objects.delete(`${namespace}/${name}`)
      else this.#objects.set(`${namespace}/${name}`, event.object)
    })
    return () => subscription.unsubscribe()
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
