/** One process that does nothing by itself, on a server of its own: for tests of what stands between the two. */

import { Observable } from 'rxjs'
import type { Cluster } from '../controllers/framework/index.ts'
import { seededRandom } from '../ports/random.ts'
import { VirtualClock } from '../ports/virtual-clock.ts'
import type { FaultPlan } from './faults.ts'
import { type ProcessContext, WorldProcess } from './process.ts'
import { startWorldServer, type WorldServer } from './server.ts'

export interface IdleProcess {
  clock: VirtualClock
  server: WorldServer
  process: WorldProcess
  /** What each incarnation was given, the newest last. */
  contexts: ProcessContext[]
  /** Of the newest incarnation. */
  readonly cluster: Cluster
  /** Watches that are open at the server. */
  readonly watches: number
  close(): Promise<void>
}

export async function startIdleProcess(
  plan: FaultPlan = () => undefined,
  started: (context: ProcessContext) => void = () => {},
): Promise<IdleProcess> {
  const clock = new VirtualClock()
  const report = (error: unknown) => {
    throw error
  }
  const server = await startWorldServer({ clock, random: seededRandom(1), report })
  const contexts: ProcessContext[] = []
  const cluster = server.server.cluster()
  let watches = 0
  const watch = cluster.watch.bind(cluster)
  cluster.watch = (kind, options) =>
    new Observable((subscriber) => {
      watches++
      const watching = watch(kind, options).subscribe(subscriber)
      return () => {
        watches--
        watching.unsubscribe()
      }
    })
  const start = async (context: ProcessContext) => {
    contexts.push(context)
    started(context)
  }
  const process = new WorldProcess(
    { name: 'test', start },
    {
      cluster,
      clock,
      network: undefined,
      seed: 1,
      head: () => String(server.server.hub.revision),
      first: await server.storage.revision(),
      plan,
      breathe: () => undefined,
      report,
      fail: report,
    },
  )
  process.start()
  return {
    clock,
    server,
    process,
    contexts,
    get cluster() {
      return contexts.at(-1)?.cluster as Cluster
    },
    get watches() {
      return watches
    },
    async close() {
      process.drop()
      await server.close()
    },
  }
}
