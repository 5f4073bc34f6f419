import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Container, Pod } from '../../api/types.ts'
import { type CgroupLayout, cgroupLayout, podCgroup, resizePodCgroup } from './cgroups.ts'
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

describe('limits of a pod that is resized', () => {
  const layouts: [string, (root: string) => CgroupLayout, [memory: string, cpu: string]][] = [
    ['2', (root) => ({ version: 2, root }), ['memory.max', 'cpu.max']],
    [
      '1',
      (root) => ({ version: 1, roots: new Map([[root, ['cpu', 'memory']]]) }),
      ['memory.limit_in_bytes', 'cpu.cfs_quota_us'],
    ],
  ]
  for (const [version, layoutOf, names] of layouts)
    it(`grow at once, and shrink when everything in it has, in version ${version}`, async () => {
      const root = mkdtempSync(join(tmpdir(), 'cgroups-'))
      const sized = (cpu: string, memory: string) => pod(container(undefined, { cpu, memory }))
      const directory = join(root, podCgroup('/t', sized('1', '1')))
      mkdirSync(directory, { recursive: true })
      const limits = () =>
        names.map((name) => Number(readFileSync(join(directory, name), 'utf8').split(' ')[0]))
      for (const name of [...names, 'cpu.weight', 'cpu.shares', 'cpu.cfs_period_us'])
        writeFileSync(join(directory, name), '1\n')
      const resize = (amounts: Pod, how: 'raise' | 'settle') =>
        resizePodCgroup(layoutOf(root), '/t', amounts, how)
      await resize(sized('500m', '64Mi'), 'raise')
      assert.deepEqual(limits(), [64 << 20, 50_000])
      await resize(sized('700m', '32Mi'), 'raise')
      assert.deepEqual(limits(), [64 << 20, 70_000])
      await resize(sized('700m', '32Mi'), 'settle')
      assert.deepEqual(limits(), [32 << 20, 70_000])
      rmSync(root, { recursive: true })
    })

  it('that had none are not lowered before the time', async () => {
    const root = mkdtempSync(join(tmpdir(), 'cgroups-'))
    const layout: CgroupLayout = { version: 2, root }
    const own = pod(container(undefined, { cpu: '1', memory: '64Mi' }))
    const directory = join(root, podCgroup('/t', own))
    mkdirSync(directory, { recursive: true })
    const files = { 'cpu.weight': '39\n', 'cpu.max': 'max 100000\n', 'memory.max': 'max\n' }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
    await resizePodCgroup(layout, '/t', own, 'raise')
    for (const [name, text] of Object.entries(files))
      assert.equal(readFileSync(join(directory, name), 'utf8'), text, name)
    rmSync(root, { recursive: true })
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
