import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pod } from '../../api/types.ts'
import { run } from '../../cli/command.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'

const manifest = readFileSync(join(import.meta.dirname, '../../manifests/hello.yaml'), 'utf8')

describe('pods come, go and come back', () => {
  let cluster: TestCluster

  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    cluster = await startCluster()
    await cluster.apply(manifest)
    await cluster.rolledOut('deployment/hello', { timeoutSeconds: 120 })
  })
  after(() => cluster?.reset())

  const pods = async () =>
    (await cluster.get<{ items: Pod[] }>('pods -l app=hello')).items.filter(
      ({ metadata }) => !metadata.deletionTimestamp,
    )
  const ctr = async (...args: string[]) =>
    (
      await run('ctr', [
        `--address=${cluster.runDir}/containerd.sock`,
        '--namespace=k8s.io',
        ...args,
      ])
    ).stdout

  it('replaces a pod that is deleted', async () => {
    const [first] = await pods()
    await cluster.kubectl(['delete', 'pod', first?.metadata.name ?? ''])
    await cluster.rolledOut('deployment/hello')
    const now = await pods()
    assert.equal(now.length, 3)
    assert.ok(now.every(({ metadata }) => metadata.uid !== first?.metadata.uid))
  })

  it('restarts a container whose process was killed, and backs off when it is killed again', async () => {
    const [pod] = await pods()
    const name = pod?.metadata.name ?? ''
    const kill = async () => {
      const { status } = await cluster.get<Pod>(`pod ${name}`)
      const server = status?.containerStatuses?.find((container) => container.name === 'server')
      const id = server?.containerID?.replace('containerd://', '') ?? ''
      const line = (await ctr('tasks', 'list')).split('\n').find((text) => text.startsWith(id))
      process.kill(Number(line?.split(/\s+/)[1]), 'SIGKILL')
      return server?.restartCount ?? 0
    }
    const server = ({ status }: Pod) =>
      status?.containerStatuses?.find((container) => container.name === 'server')
    const count = await kill()
    const restarted = await cluster.waitUntil<Pod>(
      `pod ${name}`,
      (seen) =>
        (server(seen)?.restartCount ?? 0) > count && server(seen)?.state?.running !== undefined,
    )
    assert.equal(server(restarted)?.lastState?.terminated?.exitCode, 137)
    const sidecar = restarted.status?.containerStatuses?.find((c) => c.name === 'sidecar')
    assert.equal(sidecar?.restartCount, 0, 'its companion runs on')
    await kill()
    const waiting = await cluster.waitUntil<Pod>(
      `pod ${name}`,
      (seen) => server(seen)?.state?.waiting?.reason === 'CrashLoopBackOff',
    )
    assert.match(server(waiting)?.state?.waiting?.message ?? '', /back-off \d+s/)
    await cluster.waitFor(`pod/${name}`, 'condition=Ready', { timeoutSeconds: 60 })
  })

  it('takes everything away with the Deployment: pods, containers, addresses', async () => {
    await cluster.kubectl(['delete', '-f', '-', '--timeout=60s'], { input: manifest })
    await cluster.waitFor('pods -l app=hello', 'delete').catch((error: Error) => {
      if (!/no matching resources/.test(error.message)) throw error
    })
    assert.equal(
      await cluster.kubectl([
        'get',
        'replicasets,pods,endpointslices',
        '-l',
        'app=hello',
        '-o',
        'name',
      ]),
      '',
    )
    assert.equal((await ctr('containers', 'list', '--quiet')).trim(), '')
    const leases = join('/var/lib/cni/networks', cluster.name)
    assert.deepEqual(
      readdirSync(leases).filter((file) => /^\d+\./.test(file)),
      [],
      'no address is kept',
    )
  })
})
