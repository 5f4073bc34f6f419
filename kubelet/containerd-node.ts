/**
 * A node on containerd: registered first, then its network as soon as it has a range, then its pods. What is not there
 * yet (the runtime, the range) is waited for, and the Node says so.
 */

import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cluster, type Informers, Node as NodeKind } from '../controllers/framework/index.ts'
import { type Clock, sleep } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Flags } from './flags.ts'
import type { RunningNetwork } from './network/network.ts'
import { startNetwork } from './network/network.ts'
import { defaultAddress, machine, pressure } from './node/machine.ts'
import { registerNode } from './node/node-registration.ts'
import { allocatable, type NodeHealth, type NodeIdentity, nodeLabels } from './node/node-status.ts'
import { type NodeAgent, startNodeAgent } from './node-agent.ts'
import { rotateLogs } from './pods/log-rotation.ts'
import { followPods } from './pods/pod-source.ts'
import { parseResolvConf } from './pods/sandbox-config.ts'
import { criRuntime } from './runtime/cri/cri-runtime.ts'
import type { Runtime } from './runtime/runtime.ts'
import { type RunningServer, startServer } from './server/server.ts'

export interface NodeOptions {
  flags: Flags
  cluster: Cluster
  informers: Informers
  clock: Clock
  random: Random
  /** Ends waiting for what never comes. */
  signal: AbortSignal
  /** This process' id. */
  pid: number
  onError(error: unknown): void
}

export interface RunningNode {
  /** Of the HTTPS server; 0: there is none. */
  port: number
  /** Containers go on running. */
  stop(): Promise<void>
}

const retryMilliseconds = 500
/** Containers of a pod often start and end within so many milliseconds of each other. */
const statusPatience = 5

export async function startContainerdNode(options: NodeOptions): Promise<RunningNode> {
  const { flags, cluster, clock, onError } = options
  await mkdir(flags.rootDir, { recursive: true, mode: 0o750 })
  const runtime = criRuntime({ endpoint: flags.containerRuntimeEndpoint, clock })
  const node = new ContainerdNode(options, runtime)
  const identity = await node.prepare()
  const server = await serve(options, runtime, node)
  const registration = registerNode({
    cluster,
    clock,
    identity: () => ({ ...identity, port: server?.port ?? 0, runtimeVersion: node.runtimeVersion }),
    health: () => node.health(),
    seen: ({ spec }) => node.offerPodCidr(spec?.podCIDR),
    onError,
  })
  node.run(() => registration.report()).catch(onError)
  return {
    port: server?.port ?? 0,
    async stop() {
      registration.close()
      await server?.close()
      await node.stop()
      runtime.close()
    },
  }
}

class ContainerdNode {
  readonly #options: NodeOptions
  readonly #runtime: Runtime
  #identity!: Omit<NodeIdentity, 'port' | 'runtimeVersion'>
  #network: RunningNetwork | undefined
  #agent: NodeAgent | undefined
  #problem = 'the node agent is starting'
  #podCidr = Promise.withResolvers<string>()
  #stops: (() => void | Promise<void>)[] = []
  runtimeVersion = ''
  /** Of the Node as it was last seen. */
  #labels: Record<string, string> | undefined

  constructor(options: NodeOptions, runtime: Runtime) {
    this.#options = options
    this.#runtime = runtime
    if (options.flags.podCidr) this.#podCidr.resolve(options.flags.podCidr)
  }

  get agent(): NodeAgent | undefined {
    return this.#agent
  }

  async prepare() {
    const { flags } = this.#options
    this.#identity = {
      name: flags.nodeName,
      addresses: [flags.nodeIp ?? defaultAddress()],
      labels: flags.nodeLabels,
      maxPods: flags.maxPods,
      machine: await machine(flags.rootDir),
    }
    return this.#identity
  }

  async health(): Promise<NodeHealth> {
    const [pressures, problems, images] = await Promise.all([
      pressure(this.#options.flags.rootDir),
      this.#problems(),
      this.#runtime.images().catch(() => []),
    ])
    return { pressure: pressures, problems, images }
  }

  async #problems(): Promise<string[]> {
    if (this.#problem) return [this.#problem]
    try {
      return [...(await this.#runtime.problems()), ...(this.#network?.problems() ?? [])]
    } catch (error) {
      return [`container runtime is down: ${(error as Error).message}`]
    }
  }

  /** What the Node says; the first one counts. */
  offerPodCidr(range: string | undefined): void {
    if (range) this.#podCidr.resolve(range)
  }

  /** People label the node, and controllers give it its range of addresses. */
  #followNode(): void {
    const { informers, flags } = this.#options
    const scope = { fieldSelector: `metadata.name=${flags.nodeName}` }
    const subscription = informers.of(NodeKind, scope).changes$.subscribe(({ type, object }) => {
      this.offerPodCidr(object.spec?.podCIDR)
      this.#labels = type === 'deleted' ? undefined : object.metadata.labels
    })
    this.#stops.push(() => subscription.unsubscribe())
  }

  async #readLabels(): Promise<void> {
    const { cluster, flags } = this.#options
    const node = await cluster.get(NodeKind, { name: flags.nodeName })
    if (node) this.#labels = node.metadata.labels
  }

  /** @param changed the node's health may be another */
  async run(changed: () => void): Promise<void> {
    const now = (problem: string) => {
      this.#problem = problem
      changed()
    }
    this.#followNode()
    now('the container runtime does not answer yet')
    await this.#untilRuntime()
    now('the node has no range of pod addresses yet')
    const podCidr = await this.#untilPodCidr()
    now('the network is starting')
    this.#network = await this.#startNetwork(podCidr)
    now('the pods of this node are being looked for')
    await this.#startPods()
    now('')
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.reverse()) await stop()
    await this.#agent?.close()
    await this.#network?.stop()
  }

  async #untilRuntime(): Promise<void> {
    const { clock, signal, onError } = this.#options
    for (let told = false; ; told = true)
      try {
        const { name, version } = await this.#runtime.version()
        this.runtimeVersion = `${name}://${version}`
        return
      } catch (error) {
        if (!told) onError(error)
        await sleep(clock, retryMilliseconds, signal)
      }
  }

  #untilPodCidr(): Promise<string> {
    const { signal } = this.#options
    const aborted = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
    )
    return Promise.race([this.#podCidr.promise, aborted])
  }

  async #startNetwork(podCidr: string): Promise<RunningNetwork> {
    const { flags, cluster, informers, clock, signal, onError } = this.#options
    const { nodeName, bridge, nftTable, clusterCidr, serviceCidr, clusterDomain, cniConfDir } =
      flags
    const [nodeAddress = '127.0.0.1'] = this.#identity.addresses
    for (;;)
      try {
        await mkdir(cniConfDir, { recursive: true })
        return await startNetwork({
          cluster,
          informers,
          clock,
          nodeName,
          nodeAddress,
          bridge,
          nftTable,
          podCidr,
          clusterCidr,
          serviceCidr,
          clusterDns: flags.clusterDns,
          clusterDomain,
          cniConfDir,
          onError,
        })
      } catch (error) {
        onError(error)
        this.#problem = `the network does not start: ${(error as Error).message}`
        await sleep(clock, 4 * retryMilliseconds, signal)
      }
  }

  async #startPods(): Promise<void> {
    const { flags, cluster, informers, clock, random, pid, onError } = this.#options
    const { machine: of, addresses } = this.#identity
    const resolvConf = await readFile('/etc/resolv.conf', 'utf8').catch(() => '')
    const runtime = this.#runtime
    const agent = await startNodeAgent({
      cluster,
      informers,
      runtime,
      clock,
      random,
      onError,
      files: {
        rootDir: flags.rootDir,
        pid,
        logHistory: { ageMs: flags.logHistoryHours * 3_600_000, bytes: flags.logHistoryBytes },
      },
      statusPatience,
      settings: {
        nodeName: flags.nodeName,
        hostIPs: addresses,
        podLogDir: flags.podLogDir,
        cgroupRoot: flags.cgroupRoot,
        seccompDirectory: join(flags.rootDir, 'seccomp'),
        dns: {
          clusterDns: [flags.clusterDns],
          clusterDomain: flags.clusterDomain,
          host: parseResolvConf(resolvConf),
        },
        allocatable: allocatable(this.#identity),
        machineMemoryBytes: of.memoryBytes,
        labels: () =>
          this.#labels ?? nodeLabels({ ...this.#identity, port: 0, runtimeVersion: '' }),
        readLabels: () => this.#readLabels(),
      },
    })
    this.#agent = agent
    const managers = new Map([[flags.nodeName, agent.pods]])
    const pods = followPods({ managers, informers, nodeName: flags.nodeName })
    const stopRotation = rotateLogs({ pods: agent.pods, runtime, clock, onError })
    this.#stops.push(() => pods.unsubscribe(), stopRotation)
  }
}

async function serve(
  { flags, clock }: NodeOptions,
  runtime: Runtime,
  node: ContainerdNode,
): Promise<RunningServer | undefined> {
  const { tlsCertFile, tlsPrivateKeyFile, clientCaFile, address, port } = flags
  if (!tlsCertFile || !tlsPrivateKeyFile || !clientCaFile) return undefined
  const [cert, key, clientCa] = await Promise.all(
    [tlsCertFile, tlsPrivateKeyFile, clientCaFile].map((file) => readFile(file)),
  )
  if (!cert || !key || !clientCa) return undefined
  return startServer({
    address,
    port,
    tls: { cert, key, clientCa },
    runtime,
    pods: {
      find: (namespace, name, uid) => node.agent?.pods.find(namespace, name, uid),
      all: () => node.agent?.pods.all() ?? [],
    },
    logHistory: {
      files: async (container) => (await node.agent?.logHistory?.files(container)) ?? [],
    },
    clock,
  })
}
