/** Probes of simulated containers: they pass and fail when the pod's annotations say so. */

import type { Clock } from '../../../ports/clock.ts'
import type { Prober } from '../../pods/prober.ts'
import { simulation } from './simulation.ts'

export function simulatedProber(clock: Clock): Prober {
  return {
    async probe({ kind, pod, container, startedAt }) {
      const { readyAfter, liveFor } = simulation(pod.metadata.annotations ?? {}, container.name)
      const age = clock.now() - startedAt
      const passes = kind === 'liveness' ? age < liveFor : age >= readyAfter
      return passes
        ? { result: 'success' }
        : { result: 'failure', message: `simulated ${kind} failure` }
    },
  }
}
