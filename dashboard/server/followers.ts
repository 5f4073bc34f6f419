/** The namespaces that are looked at: one follower each, however many look, kept for a while when nobody does any more. */

import type { Cancel, Clock } from '../../ports/clock.ts'
import { Follower, type FollowerOptions } from './follower.ts'
import { Refusal } from './refusal.ts'

/** Namespaces that are followed at once. */
const most = 8

interface Shared {
  follower: Follower
  users: number
  cancel: Cancel | undefined
}

export interface Lease {
  follower: Follower
  release(): void
}

export interface FollowersOptions extends Omit<FollowerOptions, 'namespace'> {
  /** Milliseconds that one is kept for nobody. */
  linger(): number
}

export class Followers {
  readonly #options: FollowersOptions
  readonly #shared = new Map<string, Shared>()

  constructor(options: FollowersOptions) {
    this.#options = options
  }

  /** @throws Refusal when too many namespaces are looked at already, or a recording is of another */
  lease(namespace: string): Lease {
    const { namespace: only, file } = this.#options.source
    if (only !== undefined && only !== namespace)
      throw new Refusal(404, `"${file}" is a recording of namespace "${only}"`, 'look at that one')
    const shared = this.#shared.get(namespace) ?? this.#start(namespace)
    shared.users++
    shared.cancel?.()
    shared.cancel = undefined
    let held = true
    return {
      follower: shared.follower,
      release: () => {
        if (!held) return
        held = false
        // One that has ended already must not keep the process waiting.
        if (--shared.users === 0 && this.#shared.get(namespace) === shared)
          shared.cancel = this.#clock.after(this.#options.linger(), () => this.#end(namespace))
      },
    }
  }

  stop(): void {
    for (const namespace of [...this.#shared.keys()]) this.#end(namespace)
  }

  get #clock(): Clock {
    return this.#options.clock
  }

  #start(namespace: string): Shared {
    const idle = [...this.#shared].find(([, { users }]) => users === 0)
    if (this.#shared.size >= most && idle) this.#end(idle[0])
    if (this.#shared.size >= most)
      throw new Refusal(503, `${most} namespaces are looked at already`, 'close another tab')
    const follower = new Follower({ ...this.#options, namespace })
    const shared: Shared = { follower, users: 0, cancel: undefined }
    this.#shared.set(namespace, shared)
    return shared
  }

  #end(namespace: string): void {
    const shared = this.#shared.get(namespace)
    shared?.cancel?.()
    shared?.follower.stop()
    this.#shared.delete(namespace)
  }
}
