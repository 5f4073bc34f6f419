import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigMap, Pod, ReplicaSet } from '../../api/types.ts'
import { run } from '../../cli/command.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { PodObserver } from './observe.ts'

const manifest = readFileSync(join(import.meta.dirname, '../../manifests/hello.yaml'), 'utf8')
const components = ['etcd', 'containerd', 'apiserver', 'controllers', 'kubelet']

/** A pod that no rollout touches: its containers must run on through everything. */
const bystander = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'bystander', labels: { app: 'bystander' } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'server', image: 'hello:v1' }],
  },
}

/** Writes ConfigMaps one after the other and remembers which the server has acknowledged. */
class Writer {
  readonly acknowledged: string[] = []
  readonly #cluster: TestCluster
  #running = true
  readonly #done: Promise<void>

  constructor(cluster: TestCluster, prefix: string) {
    this.#cluster = cluster
    this.#done = this.#work(prefix)
  }

  async stop(): Promise<void> {
    this.#running = false
    await this.#done
  }

  async #work(prefix: string): Promise<void> {
    for (let n = 0; this.#running && n < 500; n++) {
      const name = `${prefix}-${n}`
      const { code } = await this.#cluster.tryKubectl(['create', 'configmap', name])
      if (code === 0) this.acknowledged.push(name)
    }
  }
}

describe('recovery from kill -9 in the middle of a rollout', () => {
  let cluster: TestCluster

  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    cluster = await startCluster()
    await cluster.apply(manifest)
    await cluster.apply(bystander)
    await cluster.rolledOut('deployment/hello', { timeoutSeconds: 120 })
    await cluster.waitFor('pod/bystander', 'condition=Ready')
  })
  after(() => cluster?.reset())

  const started = async () => {
    const { metadata, status } = await cluster.get<Pod>('pod bystander')
    const [container] = status?.containerStatuses ?? []
    const { restartCount, containerID, state } = container ?? {}
    return { uid: metadata.uid, restartCount, containerID, startedAt: state?.running?.startedAt }
  }

  components.forEach((component, index) => {
    it(`of ${component}: it comes back, the rollout completes, nothing is lost or restarted`, async () => {
      const before = await started()
      const pid = await cluster.pidOf(component)
      const writer = new Writer(cluster, component)
      const observer = new PodObserver(cluster, 'app=hello')
      await observer.until(({ length }) => length >= 3)
      const image = index % 2 === 0 ? 'hello:v2' : 'hello:v1'
      const seen = observer.moments.length
      await cluster.kubectl(['set', 'image', 'deployment/hello', `server=${image}`])
      await observer.until(({ length }) => length > seen + 2)
      process.kill(pid, 'SIGKILL')
      await observer.stop()

      await rolledOutAfterKill(cluster)
      await writer.stop()
      assert.notEqual(await cluster.pidOf(component), pid)
      assert.deepEqual(await started(), before, 'the bystander was not touched')
      const kept = await cluster.get<{ items: ConfigMap[] }>('configmaps')
      const names = new Set(kept.items.map(({ metadata }) => metadata.name))
      for (const name of writer.acknowledged) assert.ok(names.has(name), `${name} is missing`)
      assert.ok(writer.acknowledged.length > 0)
      await assertNoOrphans(cluster)
    })
  })
})

/** `kubectl rollout status` gives up when the server goes away under it; people call it again. */
async function rolledOutAfterKill(cluster: TestCluster): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { code, stderr } = await cluster.tryKubectl([
      'rollout',
      'status',
      'deployment/hello',
      '--timeout=90s',
    ])
    if (code === 0) return
    if (
      attempt === 200 ||
      !/refused|EOF|reset|unable to connect|not ready|unavailable|closed|time/i.test(stderr)
    )
      throw new Error(stderr)
  }
}

/** Every sandbox belongs to a pod, every pod's ReplicaSet is there, and old pods have gone. */
async function assertNoOrphans(cluster: TestCluster): Promise<void> {
  await cluster.waitUntil<ReplicaSet>(
    'replicasets -l app=hello',
    ({ spec, status }) => spec?.replicas === 3 && status?.replicas === 3,
  )
  const terminating = (await cluster.get<{ items: Pod[] }>('pods -A')).items.filter(
    ({ metadata }) => metadata.deletionTimestamp,
  )
  for (const { metadata } of terminating)
    await cluster.waitFor(`pod/${metadata.name}`, 'delete', { namespace: metadata.namespace })
  const { items } = await cluster.get<{ items: Pod[] }>('pods -A')
  const uids = new Set(items.map(({ metadata }) => metadata.uid))
  const { stdout } = await run('ctr', [
    `--address=${cluster.runDir}/containerd.sock`,
    '--namespace=k8s.io',
    'containers',
    'list',
    '--quiet',
  ])
  for (const id of stdout.split('\n').filter((line) => line !== '')) {
    const info = await run('ctr', [
      `--address=${cluster.runDir}/containerd.sock`,
      '--namespace=k8s.io',
      'containers',
      'info',
      id,
    ])
    const uid = (JSON.parse(info.stdout) as { Labels: Record<string, string> }).Labels[
      'io.kubernetes.pod.uid'
    ]
    assert.ok(uid && uids.has(uid), `container ${id} belongs to no pod (uid ${uid})`)
  }
  assert.equal(items.filter(({ metadata }) => metadata.labels?.app === 'hello').length, 3)
}
