/** How long until it serves, and what it costs while nothing happens. */

import { readFileSync } from 'node:fs'
import { etcdMissing } from '../apiserver/storage/etcd-process.ts'
import { cannotRunContainerd } from '../kubelet/runtime/cri/containerd-suite.ts'
import { sleep } from '../ports/clock.ts'
import type { TestCluster } from '../test/e2e/cluster.ts'
import type { Benchmark, Figure } from './figure.ts'
import { startApiServer } from './lab/api-server.ts'
import { pod } from './lab/bodies.ts'
import { startLoad } from './lab/children.ts'
import { cluster } from './lab/cluster.ts'
import type { Lab } from './lab/lab.ts'
import { median, sum } from './statistics.ts'

/** Starts again and again on one store. */
async function toReady(lab: Lab, stored: number): Promise<number> {
  const storage = etcdMissing() ? 'sqlite' : 'etcd'
  const file = lab.path(`start-${stored}.db`)
  const first = await startApiServer(lab, storage, { file })
  if (stored > 0) {
    const load = startLoad(lab)
    await load.call('closedLoop', {
      address: first.address,
      connections: 64,
      count: stored,
      request: {
        method: 'POST',
        path: '/api/v1/namespaces/default/pods',
        body: JSON.stringify(pod()),
        series: 'star',
      },
    })
    await load.stop()
  }
  await first.stop()
  const times: number[] = []
  for (let round = 0; round < lab.amount(5, 1); round++) {
    const server = await startApiServer(lab, storage, { file, etcd: first.etcd })
    times.push(server.startMs)
    await server.stop()
  }
  return median(times)
}

async function apiServer(lab: Lab): Promise<Figure[]> {
  const many = lab.amount(10_000, 50)
  lab.progress('start: the API server')
  const empty = await toReady(lab, 0)
  const full = await toReady(lab, many)
  return [
    {
      what: 'API server, process start to /readyz',
      measured: { value: empty / 1000, unit: 's' },
      target: { atMost: 1 },
      notes: [`with ${many.toLocaleString('en-US')} pods stored: ${(full / 1000).toFixed(2)} s`],
    },
  ]
}

const own = ['supervisor', 'apiserver', 'controllers', 'kubelet'] as const

/** Proportional: what several processes share counts once. Megabytes. */
function memoryOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return (Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1]) * 1024) / 1e6
}

async function memory(started: TestCluster, names: readonly string[]): Promise<number[]> {
  const pids = await Promise.all(names.map((name) => started.pidOf(name)))
  return pids.map(memoryOf)
}

/** Long enough for caches to settle and for the collector to have given back what starting took. */
const settleMs = 20_000

async function wholeCluster(lab: Lab): Promise<Figure[]> {
  const real = cannotRunContainerd() === undefined && etcdMissing() === undefined
  const kind = real
    ? ({ storage: 'etcd', runtime: 'containerd' } as const)
    : ({ storage: 'sqlite', runtime: 'simulated' } as const)
  lab.progress(`start: tiphys up on ${kind.storage} and ${kind.runtime}`)
  const started = await cluster(lab, kind)
  const times: number[] = []
  for (let round = 0; round < lab.amount(3, 1); round++) {
    await started.stop()
    const start = lab.clock.monotonic()
    await started.start()
    times.push(lab.clock.monotonic() - start)
  }
  lab.progress('start: what it needs while idle')
  await sleep(lab.clock, lab.amount(settleMs, 100))
  const each = await memory(started, own)
  const engines = real ? await memory(started, ['etcd', 'containerd']) : []
  const parts = own.map((name, at) => `${name} ${Math.round(each[at]!)}`).join(', ')
  const others = real
    ? `; etcd ${Math.round(engines[0]!)}, containerd ${Math.round(engines[1]!)}`
    : ''
  return [
    {
      what: `tiphys up (warm) to node Ready, ${kind.storage} and ${kind.runtime}`,
      measured: { value: median(times) / 1000, unit: 's' },
      notes: ['the whole command, from its start to its end'],
    },
    {
      what: 'idle memory of all Tiphys processes together (PSS)',
      measured: { value: sum(each), unit: 'MB' },
      target: { atMost: 300 },
      notes: [`MB: ${parts}${others}`],
    },
  ]
}

async function run(lab: Lab): Promise<Figure[]> {
  return [...(await apiServer(lab)), ...(await wholeCluster(lab))]
}

export const start: Benchmark = {
  name: 'start',
  target: 'API server ready within 1 s; idle memory at most 300 MB',
  run,
}
