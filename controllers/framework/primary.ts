/** The object a run is about, as it is now: what cannot be taken back is decided on it, not on the run's view. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Cluster } from './cluster.ts'
import type { Removal } from './context.ts'
import type { Key } from './inputs.ts'
import type { Kind } from './kind.ts'
import { isGuarded } from './safeguards.ts'

export class Primary {
  readonly kind: Kind
  readonly key: Key
  /** As the run was handed it; `undefined` when it is gone. */
  readonly seen: KubernetesObject | undefined
  readonly #cluster: Cluster
  #reading: Promise<KubernetesObject | undefined> | undefined

  constructor(kind: Kind, key: Key, seen: KubernetesObject | undefined, cluster: Cluster) {
    this.kind = kind
    this.key = key
    this.seen = seen
    this.#cluster = cluster
  }

  /** A live read. Those who ask together share one. */
  now(): Promise<KubernetesObject | undefined> {
    const { namespace, name } = this.key
    this.#reading ??= this.#cluster
      .get(this.kind, namespace ? { namespace, name } : { name })
      .finally(() => {
        this.#reading = undefined
      })
    return this.#reading
  }

  /** What was decided on an old view must still hold, and for the same object. */
  async justifies(because: Removal<KubernetesObject>['because']): Promise<boolean> {
    if (!isGuarded('live-because')) return because(this.seen)
    const now = await this.now()
    const replaced = this.seen && now && this.seen.metadata.uid !== now.metadata.uid
    return !replaced && because(now)
  }
}
