/** One simulated node and its cluster under a virtual clock, for tests of what becomes of pods. */

import assert from 'node:assert/strict'
import type { Container, ContainerStatus, Pod } from '../../api/types.ts'
import { Event as EventKind, Pod as PodKind } from '../../controllers/framework/index.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { addresses } from '../runtime/simulated/addresses.ts'
import { simulatedProber } from '../runtime/simulated/simulated-prober.ts'
import { simulatedRuntime } from '../runtime/simulated/simulated-runtime.ts'
import { startTestNode, type TestNode, testSettings } from '../test-node.ts'
import type { Prober } from './prober.ts'
import { TestCluster } from './test-cluster.ts'

export class Stage {
  readonly clock = new VirtualClock()
  readonly cluster = new TestCluster(this.clock)
  readonly runtime: Runtime = simulatedRuntime({
    clock: this.clock,
    random: seededRandom(7),
    addresses: addresses(() => '10.244.1.0/24'),
  })
  /** What the runtime was asked to do, in order. */
  readonly calls: string[] = []
  node!: TestNode

  async start(
    prober: Prober = simulatedProber(this.clock),
    settings = testSettings(),
  ): Promise<void> {
    this.node = await startTestNode({
      cluster: this.cluster,
      runtime: this.recorded(),
      clock: this.clock,
      prober,
      settings,
    })
    await this.pass(0)
  }

  recorded(): Runtime {
    const { runtime, calls } = this
    return {
      ...runtime,
      runSandbox: (config) => {
        calls.push(`sandbox ${config.pod.name}/${config.attempt}`)
        return runtime.runSandbox(config)
      },
      createContainer: (sandboxId, config, sandbox) => {
        calls.push(`create ${config.name}/${config.attempt}`)
        return runtime.createContainer(sandboxId, config, sandbox)
      },
      stopContainer: async (id, grace) => {
        const { name } = await runtime.container(id)
        calls.push(`stop ${name} ${grace}`)
        return runtime.stopContainer(id, grace)
      },
      // Tests may change these after the start.
      updateResources: (id, resources) => runtime.updateResources(id, resources),
      usage: () => runtime.usage(),
    }
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms)
  }

  async create(
    spec: Partial<NonNullable<Pod['spec']>>,
    metadata: Pod['metadata'] = {},
  ): Promise<void> {
    const pod = {
      metadata: { name: 'web', namespace: 'default', ...metadata },
      spec: { nodeName: 'node-1', containers: [container('main')], ...spec },
    }
    await this.cluster.create(PodKind, pod)
    await this.pass(0)
  }

  pod(name = 'web'): Pod {
    const pod = this.cluster.peek(PodKind, 'default', name)
    assert.ok(pod, `pod ${name} is gone`)
    return pod
  }

  container(name = 'main', pod = 'web'): ContainerStatus {
    const { containerStatuses = [], initContainerStatuses = [] } = this.pod(pod).status ?? {}
    const status = [...initContainerStatuses, ...containerStatuses].find((one) => one.name === name)
    assert.ok(status, `container ${name} has no status`)
    return status
  }

  condition(type: string, pod = 'web'): string | undefined {
    return this.pod(pod).status?.conditions?.find((one) => one.type === type)?.status
  }

  events(): string[] {
    return this.cluster.all(EventKind).map(({ reason }) => reason ?? '')
  }

  remove(gracePeriodSeconds?: number): Promise<void> {
    const options = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }
    return this.cluster.remove(PodKind, { namespace: 'default', name: 'web' }, options)
  }

  async close(): Promise<void> {
    await this.node.close()
    this.runtime.close()
  }
}

export const container = (name: string, changes: Partial<Container> = {}): Container => ({
  name,
  image: 'localhost/app:1',
  ...changes,
})
