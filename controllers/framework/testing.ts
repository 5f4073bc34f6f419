/** Where controllers are tried: a real API server in this process, in virtual time, through a cluster that can fail. */

import { type Random, seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { startWorldServer } from '../../world/server.ts'
import {
  type Cluster,
  ConnectionError,
  type Controller,
  conditions,
  int,
  type Kind,
  kind,
  manifestOf,
  type ObjectOf,
  object,
  type Reconciled,
  type Ref,
  type RunningManager,
  startManager,
  string,
  type WithMeta,
  type WriteOptions,
} from './index.ts'

export const Site = kind({ group: 'demo.example.com', name: 'Site' }).version('v1', {
  spec: object({ image: string(), replicas: int().min(0).default(1) }),
  status: object({
    ready: int().optional(),
    phase: string().optional(),
    observedGeneration: int().optional(),
    conditions: conditions(),
  }),
})
export type Site = ObjectOf<typeof Site>

/** Has no status. */
export const Plan = kind({ group: 'demo.example.com', name: 'Plan' }).version('v1', {
  spec: object({ text: string().optional() }),
})
export type Plan = ObjectOf<typeof Plan>

export const siteOf = (name: string, spec: Partial<Site['spec']> = {}): Site => ({
  apiVersion: 'demo.example.com/v1',
  kind: 'Site',
  metadata: { namespace: 'default', name },
  spec: { image: 'web:1', replicas: 1, ...spec },
})

/** What becomes of a write: refused before it reaches the server, or done without an answer. */
export type Trouble = { refuse: unknown } | 'lose the request' | 'lose the answer'

export interface Stage {
  clock: VirtualClock
  random: Random
  /** An administrator's. */
  cluster: Cluster
  /** Writes of controllers so far: `patch deployments default/a`, `patch sites/status default/a`. */
  writes: string[]
  /** Asked before every write of a controller. */
  trouble: ((write: string) => Trouble | undefined) | undefined
  reconciled: Reconciled[]
  /** What runs have thrown. */
  readonly errors: string[]
  run(...controllers: Controller[]): Promise<RunningManager>
  close(): Promise<void>
}

export async function setStage(): Promise<Stage> {
  const clock = new VirtualClock()
  const random = seededRandom(7)
  const errors: unknown[] = []
  const definitions = [manifestOf(Site), manifestOf(Plan)]
  const { server, close } = await startWorldServer({
    clock,
    random,
    report: (error) => errors.push(error),
    definitions,
  })
  const cluster = server.cluster()
  const managers: RunningManager[] = []
  const stage: Stage = {
    clock,
    random,
    cluster,
    writes: [],
    trouble: undefined,
    reconciled: [],
    get errors() {
      return stage.reconciled.flatMap(({ error }) =>
        error instanceof Error ? [error.message] : [],
      )
    },
    async run(...controllers) {
      const manager = startManager({
        cluster: troubled(cluster, stage),
        controllers,
        clock,
        random,
        component: 'stage',
        preflight: false,
      })
      managers.push(manager)
      manager.reconciles$.subscribe((ended) => stage.reconciled.push(ended))
      await clock.advance(0)
      await manager.ready
      return manager
    },
    async close() {
      await Promise.all(managers.map((manager) => manager.stop()))
      await close()
    },
  }
  return stage
}

function troubled(cluster: Cluster, stage: Stage): Cluster {
  const write = async <T>(text: string, send: () => Promise<T>): Promise<T> => {
    if (!text.includes(' events ')) stage.writes.push(text)
    const trouble = stage.trouble?.(text)
    if (trouble === 'lose the request') throw new ConnectionError(`${text}: connection reset`)
    if (typeof trouble === 'object') throw trouble.refuse
    const answer = await send()
    if (trouble === 'lose the answer') throw new ConnectionError(`${text}: connection reset`)
    return answer
  }
  const place = (kind: Kind<never> | Kind, ref: Partial<Ref>, options?: WriteOptions) =>
    `${kind.plural}${options?.subresource ? `/${options.subresource}` : ''} ${ref.namespace ?? ''}/${ref.name ?? ''}`
  return {
    get: (kind, ref) => cluster.get(kind, ref),
    list: (kind, options) => cluster.list(kind, options),
    watch: (kind, options) => cluster.watch(kind, options),
    discover: () => cluster.discover(),
    create: <T extends WithMeta>(kind: Kind<T>, object: T, options?: WriteOptions) =>
      write(`create ${place(kind as Kind, object.metadata, options)}`, () =>
        cluster.create(kind, object, options),
      ),
    update: <T extends WithMeta>(kind: Kind<T>, object: T, options?: WriteOptions) =>
      write(`update ${place(kind as Kind, object.metadata, options)}`, () =>
        cluster.update(kind, object, options),
      ),
    patch: (kind, ref, patch, options) =>
      write(`patch ${place(kind as Kind, ref, options)}`, () =>
        cluster.patch(kind, ref, patch, options),
      ),
    remove: (kind, ref, options) =>
      write(`delete ${place(kind as Kind, ref)}`, () => cluster.remove(kind, ref, options)),
    createSubresource: (kind, ref, subresource, body) =>
      write(`create ${place(kind as Kind, ref, { subresource })}`, () =>
        cluster.createSubresource(kind, ref, subresource, body),
      ),
  }
}
