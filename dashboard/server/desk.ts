/** All that answering the page takes: what is followed, and the cluster behind it where there is one. */

import type { Cluster } from '../../controllers/framework/index.ts'
import type { Past } from '../../history/past.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Attendance } from './attendance.ts'
import type { Follower } from './follower.ts'
import type { Followers } from './followers.ts'
import type { Gateway } from './gateway.ts'
import { Refusal } from './refusal.ts'
import type { Writes } from './writes.ts'

/** A cluster that lives. */
export interface Live {
  cluster: Cluster
  gateway: Gateway
  past: Past
  writes: Writes
  attendance: Attendance
}

export interface DeskOptions {
  clock: Clock
  followers: Followers
  /** The kubeconfig's context, or empty. */
  context: string
  /** `undefined`: a file is shown. */
  live: Live | undefined
  /** The name of the file. */
  file?: string
  report(error: unknown): void
}

/** So long a question waits for a namespace that is read for the first time, milliseconds; less where that is in vain. */
const patience = { reading: 30_000, stale: 1_000 }

export class Desk {
  readonly clock: Clock
  readonly context: string
  readonly file: string | undefined
  readonly report: (error: unknown) => void
  readonly followers: Followers
  readonly #live: Live | undefined

  constructor({ clock, context, file, followers, live, report }: DeskOptions) {
    this.clock = clock
    this.context = context
    this.file = file
    this.followers = followers
    this.report = report
    this.#live = live
  }

  get isLive(): boolean {
    return this.#live !== undefined
  }

  /** @throws Refusal where a file is shown */
  live(): Live {
    if (this.#live) return this.#live
    throw new Refusal(
      409,
      `"${this.file}" is a recording: nothing can be written`,
      'look at a cluster: tiphys dashboard',
    )
  }

  /** Does the work when all of the namespace is known, its past as well. @throws Refusal 503 when that takes too long */
  async with<T>(namespace: string, work: (follower: Follower) => T | Promise<T>): Promise<T> {
    const { follower, release } = this.followers.lease(namespace)
    try {
      if (!follower.isWhole) await this.#ready(follower)
      return await work(follower)
    } finally {
      release()
    }
  }

  /** Once it is known that nothing comes, it is not waited for long. */
  #ready(follower: Follower): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const late = () => {
      const { link } = follower
      const why = link.state === 'stale' ? link.reason : 'it takes long'
      const next = 'see whether the cluster runs, and who you are there: kubectl auth whoami'
      reject(new Refusal(503, `nothing is known of ${follower.namespace} yet: ${why}`, next))
    }
    const cancels = [this.clock.after(patience.reading, late)]
    const linked = () => {
      if (follower.link.state === 'stale') cancels.push(this.clock.after(patience.stale, late))
    }
    const ignore = () => undefined
    cancels.push(follower.watch({ linked, changed: ignore, renewed: ignore }))
    linked()
    follower.whenWhole().then(resolve, reject)
    return promise.finally(() => {
      for (const cancel of cancels) cancel()
    })
  }
}
