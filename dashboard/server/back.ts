/** What is behind the rollout page: a cluster or a file, and all that it takes to tell of it. Loaded when it is first asked. */

import { httpTransport } from '../../controllers/framework/http-transport.ts'
import { ApiError, type ClusterConfig, httpCluster } from '../../controllers/framework/index.ts'
import { Past } from '../../history/past.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { routesOf } from './api.ts'
import { Attendance } from './attendance.ts'
import { Desk, type Live } from './desk.ts'
import { fileSource } from './file-source.ts'
import { Followers } from './followers.ts'
import { Gateway } from './gateway.ts'
import type { Api } from './http-server.ts'
import { observedSource } from './observed-source.ts'
import { pastSource } from './past-source.ts'
import type { Source } from './source.ts'
import { inWords } from './words.ts'
import { fieldManager, Writes } from './writes.ts'

export interface BackOptions {
  /** What is looked at. */
  of: { config: () => Promise<ClusterConfig>; context: string } | { file: string }
  clock: Clock
  random: Random
  report(error: unknown): void
}

export interface Back extends Api {
  close(): void
}

/** What a cluster that keeps no past has shown once is kept for an hour. */
const lingerMs = { past: 60_000, observed: 3_600_000, file: Number.POSITIVE_INFINITY }

/** Resolves when it can be asked; the cluster need not answer yet. */
export async function openBack(options: BackOptions): Promise<Back> {
  const { of, clock, random, report } = options
  const open = 'file' in of ? await openFile(of.file) : openCluster(await of.config(), options)
  const { source, live, linger, close } = open
  const followers = new Followers({ source, clock, random, report, linger })
  const context = 'file' in of ? '' : of.context
  const file = source.file === undefined ? {} : { file: source.file }
  const desk = new Desk({ clock, followers, context, live, report, ...file })
  return {
    routes: routesOf(desk),
    inWords,
    close() {
      followers.stop()
      close()
    },
  }
}

interface Open {
  source: Source
  live: Live | undefined
  linger(): number
  close(): void
}

const openFile = async (path: string): Promise<Open> => ({
  source: await fileSource(path),
  live: undefined,
  linger: () => lingerMs.file,
  close: () => undefined,
})

function openCluster(config: ClusterConfig, { clock, random }: BackOptions): Open {
  const transport = httpTransport({ config, clock, userAgent: fieldManager, maxStreams: 32 })
  const cluster = httpCluster(config, { clock, userAgent: fieldManager })
  const gateway = new Gateway(transport)
  const past = new Past(transport)
  const live = {
    cluster,
    gateway,
    past,
    writes: new Writes(cluster),
    attendance: new Attendance({ cluster, gateway, clock }),
  }
  const [kept, observed] = [
    pastSource({ past, cluster }),
    observedSource({ cluster, clock, random, version: () => gateway.version() }),
  ]
  let linger = lingerMs.observed
  const source: Source = {
    async *lines(namespace, reading) {
      const keeps = (await past.edge()) !== undefined
      if (keeps) linger = lingerMs.past
      try {
        yield* (keeps ? kept : observed).lines(namespace, reading)
      } catch (error) {
        // Who may not have a recording may perhaps look at some of the kinds.
        if (!keeps || !(error instanceof ApiError) || error.code !== 403) throw error
        linger = lingerMs.observed
        yield* observed.lines(namespace, reading)
      }
    },
    async *present(namespace, signal) {
      if (await past.edge()) yield* kept.present(namespace, signal)
    },
  }
  return {
    source,
    live,
    linger: () => linger,
    close() {
      cluster.close()
      transport.close()
    },
  }
}
