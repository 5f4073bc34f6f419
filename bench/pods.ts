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

async function remove(address: Address, watch: PodWatch, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => demand(address, 'DELETE', `${path}/${name}`)))
  const gone = () => names.every((name) => !watch.progress.has(name))
  await watch.until(gone, 'pods gone', 60_000)
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

async function run(lab: Lab): Promise<Figure[]> {
  lab.progress('pods: a cluster on containerd')
  const started = await cluster(lab, {})
  const address = addressOf(started)
  const watch = await PodWatch.start(address)
  const runtime = criRuntime({ endpoint: `${started.runDir}/containerd.sock`, clock: lab.clock })
  const kubelet = await started.pidOf('kubelet')
  let made = 0
  const names = (count: number) => Array.from({ length: count }, () => `bench-${made++}`)
  const serial = lab.amount(6, 1)
  const batch = lab.amount(24, 2)
  const singleApi: number[] = []
  const singleBare: number[] = []
  const batchApi: number[] = []
  const batchBare: number[] = []
  const api = async (times: number[], wanted: readonly string[], counts: boolean) => {
    const took = await throughTheApi(address, watch, wanted)
    if (counts) times.push(took)
    await remove(address, watch, wanted)
  }
  try {
    // The first round does not count.
    for (let round = 0; round <= lab.amount(2, 1); round++) {
      lab.progress(`pods: round ${round}`)
      const counts = round > 0
      for (let n = 0; n < serial; n++) await api(singleApi, names(1), counts)
      await api(batchApi, names(batch), counts)
      await whileSuspended(kubelet, async () => {
        for (let n = 0; n < serial; n++) {
          const took = await bare(runtime, started, names(1))
          if (counts) singleBare.push(took)
        }
        const took = await bare(runtime, started, names(batch))
        if (counts) batchBare.push(took)
      })
    }
  } finally {
    runtime.close()
    watch.close()
  }
  return [
    {
      what: 'one pod, create to Running',
      measured: { value: median(singleApi), unit: 'ms' },
      against: { what: 'bare CRI', value: median(singleBare) },
      target: { atMost: 1.5 },
      notes: ['with deletes in between; etcd; Running as a watcher of pods sees it'],
    },
    {
      what: `${batch} pods at once, create to all Running`,
      measured: { value: median(batchApi), unit: 'ms' },
      against: { what: `bare CRI, ${atOnce} at once`, value: median(batchBare) },
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
