/** What the processes of a World run: controllers of the user, the built-in ones, simulated nodes. */

import { loadControllers, type Settings, selectControllers } from '../controllers/controllers.ts'
import {
  type Controller,
  Informers,
  type Runnable,
  type RunningManager,
  startManager,
} from '../controllers/framework/index.ts'
import { startSimulatedNodes } from '../kubelet/simulated-nodes.ts'
import type { ProcessContext, Program } from './process.ts'
import { followed } from './runs.ts'
import type { WorldOptions } from './world.ts'
import { WorldError } from './world-error.ts'

interface Managed {
  controllers: readonly Controller[]
  whileLeading?: Runnable[]
}

/** Where the leader among several processes is written down: their holder begins with its name and `_`. */
export const leaseOf = (name: string) => ({ namespace: 'kube-system', name })

/** Runs controllers, with a lease where several processes may. */
function manage(
  { name, cluster, clock, random, runs, exit, report }: ProcessContext,
  { controllers, whileLeading }: Managed,
  { component, lease }: { component: string; lease?: string },
): Promise<void> {
  const manager = startManager({
    cluster,
    controllers: followed(controllers, runs, () => clock.now()),
    clock,
    random,
    component,
    ...(whileLeading && { whileLeading }),
    ...(lease !== undefined && {
      leaderElection: {
        namespace: 'kube-system',
        name: lease,
        identity: `${name}_${random.uuid()}`,
      },
    }),
  })
  manager.reconciles$.subscribe(({ error }) => {
    if (error !== undefined) report(error)
  })
  reportAbsent(manager, report)
  manager.done.catch(exit)
  return lease === undefined ? manager.ready : candidate(manager)
}

/** Nothing ever happens to objects of a kind that the server does not have, which looks like a controller that fails. */
function reportAbsent({ requests$ }: RunningManager, report: (error: unknown) => void): void {
  const told = new Set<string>()
  requests$.subscribe(({ verb, resource, code }) => {
    if (verb !== 'list' || code !== 404 || told.has(resource)) return
    told.add(resource)
    report(
      new WorldError(
        `the server has no ${resource}, which a controller looks at: name kinds of your own in startWorld({ kinds: [...] })`,
      ),
    )
  })
}

/** One that waits for the lease does what it is for. */
function candidate(manager: RunningManager): Promise<void> {
  return new Promise((resolve, reject) => {
    manager.ready.catch(reject)
    manager.state$.subscribe((state) => {
      if (state === 'standby' || state === 'leading') resolve()
    })
  })
}

export interface ControllersOptions {
  name: string
  /** Makes them, at each start. */
  controllers(): readonly Controller[]
  component: string
  /** The name of the Lease, where it is one of several. */
  lease?: string
}

export const controllersProgram = (options: ControllersOptions): Program => ({
  name: options.name,
  start: async (context) => manage(context, { controllers: options.controllers() }, options),
})

/** Addresses and periods are those of a cluster that nobody has configured. */
const settings: Omit<Settings, 'cluster' | 'clock' | 'random' | 'onError'> = {
  rootCa: undefined,
  serviceAccountKey: undefined,
  signingAuthority: undefined,
  clusterCidr: '10.244.0.0/16',
  nodeCidrMaskSize: 24,
  nodeMonitorGracePeriod: 40_000,
  terminatedPodThreshold: 12_500,
}

/** @param selection as of the flag `--controllers` */
export function builtInProgram(selection: readonly string[]): Program {
  const names = selectControllers(selection)
  return {
    name: 'built-in',
    async start(context) {
      const { cluster, clock, random, report } = context
      const onError = (_: string, error: unknown) => report(error)
      const parts = await loadControllers(names, { ...settings, cluster, clock, random, onError })
      await manage(
        context,
        { controllers: parts.controllers, whileLeading: parts.runnables },
        { component: 'tiphys' },
      )
    },
  }
}

export const nodesProgram = (count: number): Program => ({
  name: 'nodes',
  async start({ cluster, clock, random, report }) {
    const informers = new Informers({ cluster, clock, random })
    await startSimulatedNodes({
      flags: { ...nodeFlags, simulatedNodes: count },
      cluster,
      informers,
      clock,
      random,
      signal: new AbortController().signal,
      pid: 0,
      onError: report,
    })
  },
})

/** Those of `kubelet --runtime simulated` that nobody has given any others; no file is ever touched. */
const nodeFlags = {
  kubeconfig: '',
  nodeName: 'node',
  runtime: 'simulated',
  containerRuntimeEndpoint: '',
  rootDir: '',
  podLogDir: '',
  logHistoryHours: 24,
  logHistoryBytes: 0,
  address: '127.0.0.1',
  port: 0,
  clusterDns: '10.96.0.10',
  clusterDomain: 'cluster.local',
  serviceCidr: '10.96.0.0/16',
  clusterCidr: '10.244.0.0/16',
  bridge: '',
  nftTable: '',
  cgroupRoot: '/',
  cniConfDir: '',
  maxPods: 110,
  nodeLabels: {},
} as const

/** All that runs in a World, in the order of its beginning. @param lease of the controllers, where they are several */
export function programsOf(
  {
    builtIn = true,
    nodes = 1,
    controllers = [],
    replicas = 1,
    component = 'controllers',
  }: WorldOptions,
  lease: string,
): Program[] {
  const selection = builtIn === true ? ['*'] : builtIn || []
  const make = typeof controllers === 'function' ? controllers : () => controllers
  const some = typeof controllers === 'function' || controllers.length > 0
  const own = Array.from({ length: some ? replicas : 0 }, (_, index) =>
    controllersProgram({
      name: index === 0 ? 'controllers' : `controllers-${index + 1}`,
      controllers: make,
      component,
      ...(replicas > 1 && { lease }),
    }),
  )
  return [
    ...(selection.length > 0 ? [builtInProgram(selection)] : []),
    ...(nodes > 0 ? [nodesProgram(nodes)] : []),
    ...own,
  ]
}
