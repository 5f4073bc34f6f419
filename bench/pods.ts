/**
 * From creating a pod to Running on real containerd, against the bare CRI calls for the same pod: sandbox, container,
 * start. The bare calls go to the cluster's own containerd while its node agent is suspended, so that disk, network
 * plugin and image are the same.
 */

import type { Pod } from '../api/types.ts'
import { sandboxConfig } from '../kubelet/pods/sandbox-config.ts'
import { cannotRunContainerd } from '../kubelet/runtime/cri/containerd-suite.ts'
import { criRuntime } from '../kubelet/runtime/cri/cri-runtime.ts'
import type { ContainerConfig, Runtime } from '../kubelet/runtime/runtime.ts'
import { sleep } from '../ports/clock.ts'
import type { TestCluster } from '../test/e2e/cluster.ts'
import type { Benchmark, Figure } from './figure.ts'
import { demand } from './lab/api-server.ts'
import { addressOf, cluster } from './lab/cluster.ts'
import type { Address } from './lab/connection.ts'
import type { Lab } from './lab/lab.ts'
import { PodWatch } from './lab/pod-watch.ts'
import { median } from './statistics.ts'

const path = '/api/v1/namespaces/default/pods'
const image = 'docker.io/library/hello:v1'
/** What containerd takes best on few cores; the node agent makes as many at once. */
const atOnce = 8

const pod = (name: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent' }],
  },
})

/** Creates them together; milliseconds until the last one is seen Running. */
async function throughTheApi(
  address: Address,
  watch: PodWatch,
  names: readonly string[],
): Promise<number> {
  const start = performance.now()
  await Promise.all(names.map((name) => demand(address, 'POST', path, pod(name))))
  const running = () => names.every((name) => watch.progress.get(name)?.runningAt !== undefined)
  await watch.until(running, 'pods Running', 60_000)
  const ended = Math.max(...names.map((name) => watch.progress.get(name)!.runningAt!))
  return ended - start
}

/** Until nothing of them is left in the runtime either: what is measured next shall not share the machine with it. */
async function remove(
  { address, watch, runtime, lab }: Bench,
  names: readonly string[],
): Promise<void> {
  await Promise.all(names.map((name) => demand(address, 'DELETE', `${path}/${name}`)))
  const gone = () => names.every((name) => !watch.progress.has(name))
  await watch.until(gone, 'pods gone', 60_000)
  const start = lab.clock.monotonic()
  while ((await runtime.sandboxes()).some((sandbox) => names.includes(sandbox.pod.name))) {
    if (lab.clock.monotonic() - start > 60_000) throw new Error('sandboxes stay after a minute')
    await sleep(lab.clock, 50)
  }
}

/** The same pods by CRI alone, at most `atOnce` at a time; milliseconds. Removes them afterwards. */
async function bare(
  runtime: Runtime,
  { name, dataDir }: TestCluster,
  names: readonly string[],
): Promise<number> {
  const sandboxes: string[] = []
  const waiting = [...names]
  const start = performance.now()
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const wanted = pod(next)
      wanted.metadata.uid = `bare-${next}`
      const config = sandboxConfig({
        pod: wanted,
        attempt: 0,
        dns: {
          clusterDns: [],
          clusterDomain: 'cluster.local',
          host: { servers: [], searches: [], options: [] },
        },
        podLogDir: `${dataDir}/log/pods`,
        cgroupRoot: `/${name}`,
        seccompDirectory: dataDir,
      })
      const sandbox = await runtime.runSandbox(config)
      sandboxes.push(sandbox)
      await runtime.startContainer(await runtime.createContainer(sandbox, containerConfig, config))
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, names.length) }, worker))
  const took = performance.now() - start
  for (const sandbox of sandboxes) {
    await runtime.stopSandbox(sandbox)
    await runtime.removeSandbox(sandbox)
  }
  return took
}

const containerConfig: ContainerConfig = {
  name: 'main',
  attempt: 0,
  image,
  command: [],
  args: [],
  workingDir: '',
  env: [],
  mounts: [],
  labels: {},
  annotations: {},
  logPath: 'main/0.log',
  stdin: false,
  stdinOnce: false,
  tty: false,
  resources: { cpuPeriod: 0, cpuQuota: 0, cpuShares: 2, memoryLimit: 0, oomScoreAdj: 1000 },
  security: {
    supplementalGroups: [],
    addCapabilities: [],
    dropCapabilities: [],
    seccomp: 'Unconfined',
  },
}

/** The node agent would remove what it does not know: it sleeps meanwhile. */
async function whileSuspended<T>(pid: number, work: () => Promise<T>): Promise<T> {
  process.kill(pid, 'SIGSTOP')
  try {
    return await work()
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}

interface Bench {
  lab: Lab
  cluster: TestCluster
  address: Address
  watch: PodWatch
  runtime: Runtime
}

class Times {
  readonly single: number[] = []
  readonly batch: number[] = []
}

/** One after the other, then many at once. */
async function round(
  bench: Bench,
  newNames: (count: number) => string[],
  times: { api: Times; bare: Times },
): Promise<void> {
  const { lab, address, watch, runtime, cluster } = bench
  const serial = newNames(lab.amount(6, 1))
  const batch = newNames(lab.amount(24, 2))
  for (const name of serial) times.api.single.push(await throughTheApi(address, watch, [name]))
  await remove(bench, serial)
  times.api.batch.push(await throughTheApi(address, watch, batch))
  await remove(bench, batch)
  await whileSuspended(await cluster.pidOf('kubelet'), async () => {
    for (const name of serial) times.bare.single.push(await bare(runtime, cluster, [name]))
    times.bare.batch.push(await bare(runtime, cluster, batch))
  })
}

async function run(lab: Lab): Promise<Figure[]> {
  lab.progress('pods: a cluster on containerd')
  const started = await cluster(lab, {})
  const address = addressOf(started)
  const watch = await PodWatch.start(address)
  const runtime = criRuntime({ endpoint: `${started.runDir}/containerd.sock`, clock: lab.clock })
  const bench: Bench = { lab, cluster: started, address, watch, runtime }
  let made = 0
  const newNames = (count: number) => Array.from({ length: count }, () => `bench-${made++}`)
  const warmUp = { api: new Times(), bare: new Times() }
  const times = { api: new Times(), bare: new Times() }
  try {
    await round(bench, newNames, warmUp)
    for (let n = 1; n <= lab.amount(3, 1); n++) {
      lab.progress(`pods: round ${n}`)
      await round(bench, newNames, times)
    }
  } finally {
    runtime.close()
    watch.close()
  }
  return [
    {
      what: 'one pod, create to Running',
      measured: { value: median(times.api.single), unit: 'ms' },
      against: { what: 'bare CRI', value: median(times.bare.single) },
      target: { atMost: 1.5 },
      notes: ['on etcd; Running as a watcher of pods sees it'],
    },
    {
      what: `${lab.amount(24, 2)} pods at once, create to all Running`,
      measured: { value: median(times.api.batch), unit: 'ms' },
      against: { what: `bare CRI, ${atOnce} at once`, value: median(times.bare.batch) },
      target: { atMost: 1.5 },
    },
  ]
}

export const pods: Benchmark = {
  name: 'pods',
  target: 'create to Running takes at most 1.5 times what the bare CRI calls take',
  obstacle: cannotRunContainerd,
  run,
}
