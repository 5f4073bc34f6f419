/** A process that starts servers of Worlds, as a test would: nothing of them is loaded before it is asked to. */

import type { WorldServer } from '../../world/server.ts'
import { serve } from './remote.ts'

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await work()
  return performance.now() - start
}

const modules = async () => ({
  ...(await import('../../world/server.ts')),
  ...(await import('../../ports/virtual-clock.ts')),
  ...(await import('../../ports/random.ts')),
})

async function started(): Promise<WorldServer> {
  const { startWorldServer, VirtualClock, seededRandom } = await modules()
  const report = (error: unknown) => {
    throw error
  }
  return startWorldServer({ clock: new VirtualClock(), random: seededRandom(1), report })
}

/** Bytes of heap and of buffers, after two collections. */
function used(): number {
  global.gc?.()
  global.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const methods = {
  /** Milliseconds. */
  load: () => timed(modules),

  /** Starts and closes; milliseconds of each start. */
  async starts({ count }: { count: number }): Promise<number[]> {
    const times: number[] = []
    for (let done = 0; done < count; done++) {
      let server: WorldServer | undefined
      times.push(
        await timed(async () => {
          server = await started()
        }),
      )
      await server?.close()
    }
    return times
  },

  /** One after the other. @returns creates a second */
  async creates({ count }: { count: number }): Promise<number> {
    const { server, close } = await started()
    const { pod } = await import('./bodies.ts')
    const { Pod } = await import('../../controllers/framework/kinds.ts')
    const cluster = server.cluster()
    const bodies = Array.from({ length: count }, (_, n) => {
      const body = pod()
      return { ...body, metadata: { ...body.metadata, namespace: 'default', name: `pod-${n}` } }
    })
    const ms = await timed(async () => {
      for (const body of bodies) await cluster.create(Pod, body)
    })
    await close()
    return (count * 1000) / ms
  },

  /** Bytes that each of so many servers at rest adds. */
  async memory({ count }: { count: number }): Promise<number> {
    const before = used()
    const servers: WorldServer[] = []
    for (let done = 0; done < count; done++) servers.push(await started())
    const after = used()
    for (const { close } of servers) await close()
    return (after - before) / count
  },
}

export type WorldServerMethods = typeof methods

serve(methods)
