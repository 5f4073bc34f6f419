import assert from 'node:assert/strict'
import type { Container, Pod } from '../../api/types.ts'
import { cgroupLayout, podCgroup } from './cgroups.ts'
import {
  containerResources,
  cpuQuota,
  cpuShares,
  podLimit,
  podRequest,
  qosClass,
} from './resources.ts'

const container = (
  requests?: Record<string, string>,
  limits?: Record<string, string>,
): Container => ({
  name: 'main',
  resources: { requests, limits },
})
const pod = (...containers: Container[]): Pod => ({ metadata: { uid: 'u' }, spec: { containers } })
const all = { cpu: '1', memory: '1Gi' }

describe('cgroup trees', () => {
  const line = (path: string, type: string, options: string) =>
    `30 20 0:1 / ${path} rw,nosuid - ${type} cgroup rw,${options}`

  it('of version 2 are one', () => {
    assert.deepEqual(cgroupLayout(line('/sys/fs/cgroup', 'cgroup2', 'nsdelegate')), {
      version: 2,
      root: '/sys/fs/cgroup',
    })
  })

  it('of version 1 are many, the unified one beside them', () => {
    const layout = cgroupLayout(
      [
        line('/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'cpu,cpuacct'),
        line('/sys/fs/cgroup/freezer', 'cgroup', 'freezer'),
        line('/sys/fs/cgroup/unified', 'cgroup2', ''),
      ].join('\n'),
    )
    assert.deepEqual(layout, {
      version: 1,
      roots: new Map([
        ['/sys/fs/cgroup/cpu,cpuacct', ['cpu', 'cpuacct']],
        ['/sys/fs/cgroup/freezer', []],
        ['/sys/fs/cgroup/unified', []],
      ]),
    })
  })

  it('are not everywhere', () => {
    assert.equal(cgroupLayout('1 0 0:1 / / rw - ext4 /dev/sda rw'), undefined)
  })
})

describe('resources of a pod', () => {
  it('make its quality of service', () => {
    assert.equal(qosClass(pod(container())), 'BestEffort')
    assert.equal(qosClass(pod(container({ cpu: '1m' }))), 'Burstable')
    assert.equal(qosClass(pod(container(undefined, all))), 'Guaranteed')
    assert.equal(qosClass(pod(container(all, { cpu: '1000m', memory: '1024Mi' }))), 'Guaranteed')
    assert.equal(qosClass(pod(container(all, all), container())), 'Burstable')
  })

  it('choose its cgroup', () => {
    assert.equal(podCgroup('/t', pod(container())), '/t/kubepods/besteffort/podu')
    assert.equal(podCgroup('/t', pod(container({ cpu: '1' }))), '/t/kubepods/burstable/podu')
    assert.equal(podCgroup('/t', pod(container(undefined, all))), '/t/kubepods/podu')
  })

  it('become the numbers of the kernel', () => {
    assert.deepEqual([cpuShares(0), cpuShares(100), cpuShares(1000)], [2, 102, 1024])
    assert.deepEqual([cpuQuota(0), cpuQuota(5), cpuQuota(500)], [0, 1000, 50_000])
    const memory = 4 * 2 ** 30
    const score = (own: Container) => containerResources(pod(own), own, memory).oomScoreAdj
    assert.equal(score(container()), 1000)
    assert.equal(score(container(undefined, all)), -997)
    assert.equal(score(container({ memory: '1Gi' })), 750)
    assert.equal(score(container({ memory: '1Ki' })), 999)
    assert.equal(score(container({ memory: '4Gi' })), 3)
  })

  it('count init containers when they need more, and sidecars beside both', () => {
    const own: Pod = {
      metadata: {},
      spec: {
        initContainers: [
          { ...container({ cpu: '200m' }), restartPolicy: 'Always' },
          container({ cpu: '1' }),
        ],
        containers: [container({ cpu: '300m' })],
      },
    }
    assert.equal(podRequest(own, 'cpu'), 1200)
    assert.equal(podLimit(own, 'cpu'), 0)
    assert.equal(podLimit(pod(container(undefined, all), container(undefined, all)), 'cpu'), 2000)
  })
})
