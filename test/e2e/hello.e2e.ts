import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pod, Service } from '../../api/types.ts'
import { run } from '../../cli/command.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { ask } from './observe.ts'

const manifest = readFileSync(join(import.meta.dirname, '../../manifests/hello.yaml'), 'utf8')

describe('the demo on etcd and containerd', () => {
  let cluster: TestCluster
  let pods: Pod[]

  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    cluster = await startCluster()
    await cluster.apply(manifest)
    await cluster.rolledOut('deployment/hello', { timeoutSeconds: 120 })
    pods = (await cluster.get<{ items: Pod[] }>('pods -l app=hello')).items
  })
  after(() => cluster?.reset())

  const service = () => cluster.get<Service>('service hello')

  it('runs three pods of two containers each', () => {
    assert.equal(pods.length, 3)
    for (const { status } of pods) {
      assert.equal(status?.phase, 'Running')
      assert.deepEqual(
        status?.containerStatuses?.map(({ name, ready }) => `${name} ${ready}`).sort(),
        ['server true', 'sidecar true'],
      )
    }
  })

  it('really runs them: containerd has a task for each', async () => {
    const { stdout } = await run('ctr', [
      `--address=${cluster.runDir}/containerd.sock`,
      '--namespace=k8s.io',
      'tasks',
      'list',
    ])
    const running = stdout.split('\n').filter((line) => line.includes('RUNNING'))
    for (const { status } of pods)
      for (const { containerID = '' } of status?.containerStatuses ?? [])
        assert.ok(
          running.some((line) => line.startsWith(containerID.replace('containerd://', ''))),
          `${containerID} is not among\n${stdout}`,
        )
    assert.equal(running.length, 9, 'six containers and three sandboxes')
  })

  it('answers through the cluster address from the host', async () => {
    const { spec } = await service()
    assert.match(await ask(`http://${spec?.clusterIP}/`), /v1/)
  })

  it('answers through the node port', async () => {
    const port = (await service()).spec?.ports?.[0]?.nodePort
    assert.match(await ask(`http://${cluster.nodeAddress}:${port}/`), /v1/)
  })

  it('answers by name from inside a pod', async () => {
    const name = pods[0]?.metadata.name ?? ''
    for (const host of ['hello', 'hello.default', 'hello.default.svc.cluster.local']) {
      const answer = await cluster.kubectl([
        'exec',
        name,
        '-c',
        'sidecar',
        '--',
        'wget',
        '-q',
        '-O',
        '-',
        `http://${host}/`,
      ])
      assert.match(answer, /v1/, host)
    }
  })

  it('lets the sidecar reach the server on localhost, and both see one volume', async () => {
    const name = pods[0]?.metadata.name ?? ''
    // It asks once a second, and its first question may have come before the server listened.
    const look = (file: string) => `until [ -s ${file} ]; do usleep 50000; done; cat ${file}`
    const from = (container: string, file: string) =>
      cluster.kubectl([
        'exec',
        name,
        '-c',
        container,
        '--',
        'timeout',
        '20',
        'sh',
        '-c',
        look(file),
      ])
    const written = await from('sidecar', '/shared/sidecar.txt')
    assert.match(written, new RegExp(name), 'it asked its own pod')
    assert.match(await from('server', '/www/shared/sidecar.txt'), new RegExp(name))
  })

  it('refuses an address that no service has at once', async () => {
    const [prefix = ''] = cluster.serviceCidr.split('.0.0/')
    const begun = performance.now()
    await assert.rejects(ask(`http://${prefix}.251.252/`), (error: Error) => {
      assert.match(String((error.cause as Error | undefined)?.message), /ECONNREFUSED/)
      return true
    })
    assert.ok(performance.now() - begun < 2000)
  })

  it('is a no-op to start twice, and says so', async () => {
    const { code, stdout } = await cluster.tiphys('up')
    assert.equal(code, 0)
    assert.match(stdout, /already|runs/)
  })

  it('is all there again after a stop and a start', async () => {
    const before = await cluster.kubectl(['get', 'deployment,service,pods', '-o', 'name'])
    const stoppedAt = Date.now()
    await cluster.stop()
    await cluster.start()
    // Until the node has looked, the pods' status is the one from before.
    for (const { metadata } of pods)
      await cluster.waitUntil<Pod>(`pod ${metadata.name}`, ({ status }) =>
        Boolean(
          status?.containerStatuses?.every(
            ({ ready, state }) =>
              ready && Date.parse(state?.running?.startedAt ?? '') >= stoppedAt - 1000,
          ),
        ),
      )
    assert.equal(await cluster.kubectl(['get', 'deployment,service,pods', '-o', 'name']), before)
    await cluster.rolledOut('deployment/hello', { timeoutSeconds: 90 })
    const { spec } = await service()
    assert.match(await ask(`http://${spec?.clusterIP}/`), /v1/)
  })
})
