/** The cluster as a person with all rights reaches it, who is no process: nothing is ever done to the requests. */

import { type Cluster, onAccountOf } from '../controllers/framework/index.ts'
import type { Clock } from '../ports/clock.ts'
import { actor } from './actor.ts'
import { isWrite, type WorldRequest } from './faults.ts'
import { SimulatedCluster } from './simulated-cluster.ts'
import { ProcessViews } from './views.ts'

export function userCluster(cluster: Cluster, clock: Clock): Cluster {
  let writes = 0
  const process = 'user'
  return new SimulatedCluster({
    cluster,
    network: undefined,
    views: new ProcessViews(() => ''),
    alive: () => true,
    breathe: () => undefined,
    handed: structuredClone,
    crash: () => {},
    within: (request, task) =>
      onAccountOf(undefined, () =>
        request ? actor.run({ process, request }, task) : actor.exit(task),
      ),
    asked: (asked) => {
      const sequence = isWrite(asked) ? ++writes : 0
      const at = clock.now()
      const request = { ...asked, process, incarnation: 1, sequence, at } as WorldRequest
      return { request, fault: undefined }
    },
    watching: () => () => {},
  })
}
