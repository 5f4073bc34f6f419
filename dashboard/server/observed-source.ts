/** Any Kubernetes as a source. Its past begins when it was looked at first, and again where something was missed. */

import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { type Observed, observe } from '../../recordings/observe.ts'
import type { Line } from '../../recordings/recording.ts'
import type { Source } from './source.ts'

export interface ObservedOptions {
  cluster: Observed
  clock: Clock
  random: Random
  /** What `/version` says. */
  version(): Promise<string>
}

export const observedSource = ({ version, ...options }: ObservedOptions): Source => ({
  async *lines(namespace, reading): AsyncGenerator<Line, void, undefined> {
    yield* observe({ ...options, ...reading, namespace, server: await version() })
  },
})
