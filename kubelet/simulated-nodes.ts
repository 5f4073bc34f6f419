/**
 * Many simulated nodes in one process, which share their watches. Each registers itself, holds its lease and reports its
 * pods as a real one does; no process is started, no file written, and every Node says `simulated`.
 */

import os from 'node:os'
import type { Node } from '../api/types.ts'
import { Node as NodeKind } from '../controllers/framework/index.ts'
import type { NodeOptions, RunningNode } from './containerd-node.ts'
import type { Flags } from './flags.ts'
import type { Machine } from './node/machine.ts'
import { architecture } from './node/machine.ts'
import { registerNode } from './node/node-registration.ts'
import { allocatable, type NodeIdentity, nodeLabels } from './node/node-status.ts'
import { type NodeAgent, startNodeAgent } from './node-agent.ts'
import type { NodeSettings } from './pods/node-context.ts'
import type { PodManager } from './pods/pod-manager.ts'
import { followPods } from './pods/pod-source.ts'
import { addresses } from './runtime/simulated/addresses.ts'
import { simulatedProber } from './runtime/simulated/simulated-prober.ts'
import { simulatedRuntime } from './runtime/simulated/simulated-runtime.ts'

/** A node that fits more than any test asks of it. */
const simulatedMachine: Machine = {
  milliCpu: 32_000,
  memoryBytes: 256 * 2 ** 30,
  storageBytes: 2 ** 40,
  nodeInfo: {
    machineID: '',
    systemUUID: '',
    bootID: '',
    kernelVersion: os.release(),
    osImage: 'simulated',
    operatingSystem: 'linux',
    architecture: architecture(),
  },
}

const noPressure = { memory: false, disk: false, pids: false }
const address = '127.0.0.1'
/** A simulated pod is up in no time: one status tells all. */
const statusPatience = 2

export async function startSimulatedNodes(options: NodeOptions): Promise<RunningNode> {
  const { flags, informers } = options
  const names =
    flags.simulatedNodes > 0
      ? Array.from({ length: flags.simulatedNodes }, (_, index) => `${flags.nodeName}-${index}`)
      : [flags.nodeName]
  const own = new Set(names)
  const ranges = new Map<string, string>()
  const learn = ({ metadata, spec }: Node) => {
    const name = metadata.name ?? ''
    if (own.has(name) && spec?.podCIDR) ranges.set(name, spec.podCIDR)
  }
  const nodes = await Promise.all(names.map((name) => startOne(name, options, ranges, learn)))
  const managers = new Map<string, PodManager>()
  for (const [index, { agent }] of nodes.entries()) managers.set(names[index] as string, agent.pods)
  const many = names.length > 1
  const pods = followPods({ managers, informers, ...(many ? {} : { nodeName: names[0] }) })
  const scope = many ? {} : { fieldSelector: `metadata.name=${names[0]}` }
  const watched = informers.of(NodeKind, scope).changes$.subscribe(({ object }) => learn(object))
  return {
    port: 0,
    async stop() {
      watched.unsubscribe()
      pods.unsubscribe()
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}

async function startOne(
  name: string,
  options: NodeOptions,
  ranges: ReadonlyMap<string, string>,
  learn: (node: Node) => void,
): Promise<{ agent: NodeAgent; stop(): Promise<void> }> {
  const { flags, cluster, informers, clock, random, onError } = options
  const range = () => ranges.get(name) ?? flags.podCidr ?? flags.clusterCidr
  const runtime = simulatedRuntime({ clock, random, addresses: addresses(range) })
  const identity: NodeIdentity = {
    name,
    addresses: [flags.nodeIp ?? address],
    labels: { 'tiphys.dev/simulated': 'true', ...flags.nodeLabels },
    maxPods: flags.maxPods,
    port: 0,
    runtimeVersion: 'simulated://1',
    machine: simulatedMachine,
  }
  const agent = await startNodeAgent({
    cluster,
    informers,
    runtime,
    clock,
    random,
    onError,
    prober: simulatedProber(clock),
    statusPatience,
    // Three Events a container would be most of what the API server has to do.
    warningsOnly: true,
    settings: simulatedSettings(flags, identity),
  })
  const registration = registerNode({
    cluster,
    clock,
    identity: () => identity,
    health: async () => ({ pressure: noPressure, problems: [], images: [] }),
    seen: learn,
    onError,
  })
  return {
    agent,
    async stop() {
      registration.close()
      await agent.close()
      runtime.close()
    },
  }
}

function simulatedSettings(flags: Flags, identity: NodeIdentity): NodeSettings {
  return {
    nodeName: identity.name,
    hostIPs: identity.addresses,
    podLogDir: '',
    cgroupRoot: flags.cgroupRoot,
    seccompDirectory: '',
    dns: {
      clusterDns: [flags.clusterDns],
      clusterDomain: flags.clusterDomain,
      host: { servers: [], searches: [], options: [] },
    },
    allocatable: allocatable(identity),
    machineMemoryBytes: simulatedMachine.memoryBytes,
    labels: () => nodeLabels(identity),
  }
}
