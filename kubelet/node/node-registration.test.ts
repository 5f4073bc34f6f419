import assert from 'node:assert/strict'
import { Lease, Node } from '../../controllers/framework/index.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { TestCluster } from '../pods/test-cluster.ts'
import { type NodeRegistration, registerNode } from './node-registration.ts'
import type { NodeHealth, NodeIdentity } from './node-status.ts'

const second = 1000
const identity: NodeIdentity = {
  name: 'node-1',
  addresses: ['192.0.2.1'],
  labels: { zone: 'a' },
  maxPods: 110,
  port: 10250,
  runtimeVersion: 'containerd://1.6.20',
  machine: {
    milliCpu: 2500,
    memoryBytes: 4 * 2 ** 30,
    storageBytes: 2 ** 36,
    nodeInfo: {
      machineID: 'm',
      systemUUID: 's',
      bootID: 'b',
      kernelVersion: '6.1',
      osImage: 'Debian',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  },
}

describe('a node in the API', () => {
  let clock: VirtualClock
  let cluster: TestCluster
  let health: NodeHealth
  let errors: unknown[]
  let registration: NodeRegistration | undefined

  beforeEach(() => {
    clock = new VirtualClock()
    cluster = new TestCluster(clock)
    health = { pressure: { memory: false, disk: false, pids: false }, problems: [], images: [] }
    errors = []
  })
  afterEach(() => registration?.close())

  async function register(): Promise<void> {
    registration = registerNode({
      cluster,
      clock,
      identity: () => identity,
      health: async () => health,
      seen: () => {},
      onError: (error) => errors.push(error),
    })
    await clock.advance(0)
  }
  const node = () => cluster.peek(Node, '', 'node-1')
  const lease = () => cluster.peek(Lease, 'kube-node-lease', 'node-1')
  const condition = (type: string) =>
    node()?.status?.conditions?.find((condition) => condition.type === type)
  const writes = (plural: string) =>
    cluster.writes.filter((write) => write.plural === plural && write.verb.startsWith('patch'))

  it('is registered with what it is and has', async () => {
    await register()
    assert.deepEqual(node()?.metadata.labels, {
      'kubernetes.io/hostname': 'node-1',
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      zone: 'a',
    })
    const { capacity, allocatable, addresses, nodeInfo, daemonEndpoints } = node()?.status ?? {}
    assert.deepEqual(capacity, {
      cpu: '2500m',
      memory: '4194304Ki',
      'ephemeral-storage': '67108864Ki',
      pods: '110',
    })
    assert.equal(allocatable?.memory, '4091904Ki')
    assert.deepEqual(addresses, [
      { type: 'InternalIP', address: '192.0.2.1' },
      { type: 'Hostname', address: 'node-1' },
    ])
    assert.equal(nodeInfo?.containerRuntimeVersion, 'containerd://1.6.20')
    assert.equal(nodeInfo?.kubeletVersion, 'v1.36.0')
    assert.equal(daemonEndpoints?.kubeletEndpoint?.Port, 10250)
    assert.deepEqual(errors, [])
  })

  it('is ready when nothing stands against it, within a second of that', async () => {
    health.problems = ['the network is starting']
    await register()
    assert.deepEqual(
      [condition('Ready')?.status, condition('Ready')?.message],
      ['False', 'the network is starting'],
    )
    health.problems = []
    await clock.advance(second)
    assert.equal(condition('Ready')?.status, 'True')
    assert.equal(condition('Ready')?.reason, 'KubeletReady')
  })

  it('tells of pressure, whose transition time moves only with it', async () => {
    await register()
    const before = condition('MemoryPressure')?.lastTransitionTime
    health.pressure.disk = true
    await clock.advance(10 * second)
    assert.equal(condition('DiskPressure')?.status, 'True')
    assert.equal(condition('DiskPressure')?.lastTransitionTime, '2026-01-01T00:00:10Z')
    assert.equal(condition('MemoryPressure')?.lastTransitionTime, before)
    assert.equal(condition('MemoryPressure')?.lastHeartbeatTime, '2026-01-01T00:00:10Z')
  })

  it('renews its lease every ten seconds, and repeats an unchanged status every five minutes', async () => {
    await register()
    assert.equal(lease()?.spec?.holderIdentity, 'node-1')
    assert.equal(lease()?.spec?.leaseDurationSeconds, 40)
    await clock.advance(600 * second - 1)
    assert.equal(writes('leases').length, 59)
    assert.equal(writes('nodes').length, 2)
    assert.equal(lease()?.spec?.renewTime, '2026-01-01T00:09:50.000000Z')
  })

  it('keeps what others have put on it', async () => {
    const metadata = { name: 'node-1', labels: { mine: 'x' } }
    await cluster.create(Node, { metadata, spec: { podCIDR: '10.244.3.0/24' } })
    await register()
    assert.equal(node()?.metadata.labels?.mine, 'x')
    assert.equal(node()?.metadata.labels?.zone, 'a')
    assert.equal(node()?.spec?.podCIDR, '10.244.3.0/24')
  })

  it('comes back when it was deleted', async () => {
    await register()
    await cluster.remove(Node, { name: 'node-1' })
    await cluster.remove(Lease, { namespace: 'kube-node-lease', name: 'node-1' })
    health.pressure.pids = true
    await clock.advance(30 * second)
    assert.equal(condition('PIDPressure')?.status, 'True')
    assert.equal(lease()?.spec?.holderIdentity, 'node-1')
  })

  it('goes on when the API server comes back', async () => {
    cluster.away = true
    await register()
    await clock.advance(60 * second)
    cluster.away = false
    await clock.advance(10 * second)
    assert.equal(condition('Ready')?.status, 'True')
    assert.ok(lease())
  })
})
