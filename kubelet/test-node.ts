/** A node agent with its cluster for tests: the agent's pods are those of a cluster in memory. */

import { type Cluster, Informers } from '../controllers/framework/index.ts'
import type { Clock } from '../ports/clock.ts'
import { seededRandom } from '../ports/random.ts'
import { type NodeAgent, type NodeAgentOptions, startNodeAgent } from './node-agent.ts'
import type { NodeSettings } from './pods/node-context.ts'
import { followPods } from './pods/pod-source.ts'
import type { Runtime } from './runtime/runtime.ts'

export const testSettings = (changes: Partial<NodeSettings> = {}): NodeSettings => ({
  nodeName: 'node-1',
  hostIPs: ['127.0.0.1'],
  podLogDir: '/var/log/pods',
  cgroupRoot: '/tiphys-test',
  seccompDirectory: '/var/lib/seccomp',
  dns: {
    clusterDns: ['10.96.0.10'],
    clusterDomain: 'cluster.local',
    host: { servers: [], searches: [], options: [] },
  },
  allocatable: { milliCpu: 4000, memoryBytes: 8 * 2 ** 30, storageBytes: 2 ** 36, pods: 110 },
  machineMemoryBytes: 8 * 2 ** 30,
  labels: () => ({ 'kubernetes.io/hostname': 'node-1' }),
  ...changes,
})

export interface TestNode {
  agent: NodeAgent
  errors: unknown[]
  close(): Promise<void>
}

export async function startTestNode(
  options: { cluster: Cluster; runtime: Runtime; clock: Clock; settings?: NodeSettings } & Partial<
    Pick<NodeAgentOptions, 'files' | 'prober'>
  >,
): Promise<TestNode> {
  const { cluster, clock } = options
  const random = seededRandom(1)
  const errors: unknown[] = []
  const onError = (error: unknown) => {
    errors.push(error)
  }
  const settings = options.settings ?? testSettings()
  const informers = new Informers({ cluster, clock, random })
  const agent = await startNodeAgent({ ...options, informers, random, settings, onError })
  const managers = new Map([[settings.nodeName, agent.pods]])
  const pods = followPods({ managers, informers, nodeName: settings.nodeName })
  return {
    agent,
    errors,
    async close() {
      pods.unsubscribe()
      informers.stop()
      await agent.close()
    },
  }
}
