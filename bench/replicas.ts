/** 1,000 replicas on 100 simulated nodes, and the scheduler alone on as many pods that wait for it. */

import { join } from 'node:path'
import { etcdMissing } from '../apiserver/storage/etcd-process.ts'
import type { Benchmark, Figure } from './figure.ts'
import { type ApiServer, demand, startApiServer } from './lab/api-server.ts'
import { addressOf, cluster } from './lab/cluster.ts'
import { kubeconfigFor } from './lab/kubeconfig.ts'
import type { Lab } from './lab/lab.ts'
import { PodWatch } from './lab/pod-watch.ts'
import { type Child, type Methods, startChild } from './lab/remote.ts'
import { median } from './statistics.ts'

const storage = () => (etcdMissing() ? 'sqlite' : 'etcd')
const pods = '/api/v1/namespaces/default/pods'
const container = {
  name: 'main',
  image: 'hello:v1',
  resources: { requests: { cpu: '10m', memory: '16Mi' } },
}

const deployment = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'many', namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'many' } },
    template: {
      metadata: { labels: { app: 'many' } },
      spec: { terminationGracePeriodSeconds: 0, containers: [container] },
    },
  },
})

async function untilRunning(lab: Lab): Promise<Figure> {
  const replicas = lab.amount(1_000, 10)
  const nodes = lab.amount(100, 3)
  lab.progress(`replicas: ${replicas} on ${nodes} simulated nodes`)
  const started = await cluster(lab, {
    storage: storage(),
    runtime: 'simulated',
    simulatedNodes: nodes,
  })
  const address = addressOf(started)
  await allReady(lab, address, nodes)
  const watch = await PodWatch.start(address)
  const start = performance.now()
  await demand(
    address,
    'POST',
    '/apis/apps/v1/namespaces/default/deployments',
    deployment(replicas),
  )
  const stages = ['seenAt', 'boundAt', 'runningAt'] as const
  const all = stages.map((stage) =>
    watch
      .until(() => watch.count(stage) >= replicas, `${replicas} pods ${stage}`, 120_000)
      .then(() => (performance.now() - start) / 1000),
  )
  const [created = 0, bound = 0, running = 0] = await Promise.all(all)
  watch.close()
  await started.stop()
  return {
    what: `${replicas.toLocaleString('en-US')} replicas on ${nodes} simulated nodes, all Running`,
    measured: { value: running, unit: 's' },
    target: { atMost: 10 },
    notes: [
      `all created after ${created.toFixed(1)} s, bound after ${bound.toFixed(1)} s; on ${storage()}; nothing is really started`,
    ],
  }
}

interface NodeList {
  items: { status?: { conditions?: { type: string; status: string }[] } }[]
}

async function allReady(lab: Lab, address: ApiServer['address'], count: number): Promise<void> {
  const start = lab.clock.monotonic()
  for (;;) {
    const { body } = await demand(address, 'GET', '/api/v1/nodes')
    const { items } = JSON.parse(`${body}`) as NodeList
    const ready = items.filter(({ status }) =>
      status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    )
    if (ready.length >= count) return
    if (lab.clock.monotonic() - start > 60_000)
      throw new Error(`${ready.length} of ${count} simulated nodes are ready after a minute`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const node = (n: number) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: `node-${n}`, labels: { 'kubernetes.io/hostname': `node-${n}` } },
  spec: {},
  status: {
    capacity: { cpu: '16', memory: '32Gi', pods: '110', 'ephemeral-storage': '100Gi' },
    allocatable: { cpu: '16', memory: '32Gi', pods: '110', 'ephemeral-storage': '100Gi' },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
})

const waitingPod = (n: number) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `waiting-${n}`, namespace: 'default', labels: { app: 'waiting' } },
  spec: { containers: [container] },
})

async function schedulerAlone(lab: Lab): Promise<Figure> {
  const count = lab.amount(1_000, 10)
  const nodes = lab.amount(100, 3)
  lab.progress(`replicas: the scheduler, ${count} waiting pods`)
  const server = await startApiServer(lab, storage())
  const { address } = server
  for (let n = 0; n < nodes; n++) await prepareNode(address, n)
  const rates: number[] = []
  for (let round = 0; round < lab.amount(3, 1); round++) {
    const rate = await scheduleOnce(lab, server, round, count)
    if (round > 0 || lab.effort === 'smoke') rates.push(rate)
  }
  await server.stop()
  return {
    what: `scheduler, ${count.toLocaleString('en-US')} pods on ${nodes} nodes`,
    measured: { value: median(rates), unit: 'pods/s' },
    target: { atLeast: 500 },
    notes: [
      `from the first binding to the last, as a watcher sees them; a fresh process each time; on ${storage()}`,
    ],
  }
}

/** A node comes with a taint that its controller would take away: there is no controller. */
async function prepareNode(address: ApiServer['address'], n: number): Promise<void> {
  const { body } = await demand(address, 'POST', '/api/v1/nodes', node(n))
  const made = JSON.parse(`${body}`) as ReturnType<typeof node>
  await demand(address, 'PUT', `/api/v1/nodes/node-${n}`, { ...made, spec: {} })
}

async function scheduleOnce(
  lab: Lab,
  { address }: ApiServer,
  round: number,
  count: number,
): Promise<number> {
  const watch = await PodWatch.start(address)
  const first = round * count
  for (let n = first; n < first + count; n += 50)
    await Promise.all(
      Array.from({ length: Math.min(50, first + count - n) }, (_, at) =>
        demand(address, 'POST', pods, waitingPod(n + at)),
      ),
    )
  await watch.until(() => watch.count('seenAt') >= count, 'pods created', 60_000)
  const scheduler = await startScheduler(lab, address)
  const bound = watch.until(() => watch.count('boundAt') >= count, 'pods bound', 60_000)
  await Promise.race([bound, scheduler.ended])
  await scheduler.stop()
  const times = [...watch.progress.values()].map(({ boundAt = 0 }) => boundAt)
  watch.close()
  return (count - 1) / ((Math.max(...times) - Math.min(...times)) / 1000)
}

async function startScheduler(lab: Lab, address: ApiServer['address']): Promise<Child<Methods>> {
  const kubeconfig = await kubeconfigFor(lab, address)
  return lab.use(
    startChild(join(import.meta.dirname, '..', 'cli', 'main.ts'), {
      args: [
        'controllers',
        '--controllers=scheduler',
        '--leader-elect=false',
        '--healthz-port=-1',
        `--kubeconfig=${kubeconfig}`,
      ],
      nodeArgs: lab.profiles ? ['--cpu-prof', `--cpu-prof-dir=${lab.profiles}`] : [],
    }),
  )
}

async function run(lab: Lab): Promise<Figure[]> {
  return [await untilRunning(lab), await schedulerAlone(lab)]
}

export const replicas: Benchmark = {
  name: 'replicas',
  target: '1,000 replicas Running within 10 s; the scheduler places at least 500 pods a second',
  run,
}
