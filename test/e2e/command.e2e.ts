import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../cli/wait.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'

const manifest = readFileSync(join(import.meta.dirname, '../../manifests/hello.yaml'), 'utf8')

interface PodList {
  items: {
    metadata: { name: string; uid: string }
    status: {
      podIP?: string
      containerStatuses?: {
        name: string
        containerID?: string
        restartCount: number
        ready: boolean
      }[]
    }
  }[]
}

const soon = <T>(what: string, ask: () => Promise<T | undefined>, timeoutMs = 20_000) =>
  until(ask, {
    clock: systemClock,
    signal: new AbortController().signal,
    what,
    timeoutMs,
    intervalMs: 50,
  })

/** The body of an answer; `undefined` when there is none. */
function fetchText(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 2000 }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () => resolve(response.statusCode === 200 ? body : undefined))
      response.on('error', () => resolve(undefined))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(undefined))
  })
}

describe('a real cluster', () => {
  let cluster: TestCluster

  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    cluster = await startCluster()
  })
  after(async () => {
    await cluster?.reset()
  })

  /** Container ids and restart counts, by pod and container. */
  async function containers(): Promise<Record<string, string>> {
    const { items } = await cluster.get<PodList>('pods -l app=hello')
    return Object.fromEntries(
      items.flatMap(({ metadata, status }) =>
        (status.containerStatuses ?? []).map(({ name, containerID, restartCount }) => [
          `${metadata.name}/${name}`,
          `${containerID} ${restartCount}`,
        ]),
      ),
    )
  }

  it('runs the example: pods of two containers, a service, a volume they share', async () => {
    await cluster.apply(manifest)
    await cluster.rolledOut('deployment/hello', { timeoutSeconds: 90 })
    const node = `http://${cluster.nodeAddress}:30080`
    assert.match(
      (await soon('an answer', () => fetchText(node))) ?? '',
      /^hello v1 from hello-\S+ on \S+\n$/,
    )
    await soon("the sidecar's file", async () =>
      /^\d+ hello v1 from hello-/.test((await fetchText(`${node}/shared/sidecar.txt`)) ?? '')
        ? true
        : undefined,
    )
    const { spec } = await cluster.get<{ spec: { clusterIP: string } }>('service/hello')
    assert.match(
      (await soon('the service', () => fetchText(`http://${spec.clusterIP}`))) ?? '',
      /^hello v1/,
    )
  })

  it('says that there is nothing to do when it is started again', async () => {
    const before = await cluster.pidOf('apiserver')
    const { code, stdout } = await cluster.tiphys('up')
    assert.equal(code, 0)
    assert.match(stdout, /already up; nothing to do/)
    assert.equal(await cluster.pidOf('apiserver'), before)
  })

  for (const component of ['kubelet', 'controllers', 'apiserver', 'containerd', 'etcd'])
    it(`has ${component} back within a second after it was killed, containers untouched`, async () => {
      const before = await containers()
      const pid = await cluster.pidOf(component)
      process.kill(pid, 'SIGKILL')
      const killed = performance.now()
      await soon(`another ${component}`, async () => {
        const now = await cluster.pidOf(component).catch(() => pid)
        return now === pid ? undefined : true
      })
      assert.ok(performance.now() - killed < 1000, `took ${performance.now() - killed} ms`)
      await soon('the API server', async () =>
        (await cluster.tryKubectl(['get', '--raw=/readyz'])).code === 0 ? true : undefined,
      )
      await cluster.waitFor(`nodes --all`, 'condition=Ready')
      assert.deepEqual(await containers(), before)
    })

  it('is taken over by the next start when the supervisor was killed', async () => {
    const before = { apiserver: await cluster.pidOf('apiserver'), containers: await containers() }
    process.kill(await cluster.pidOf('supervisor'), 'SIGKILL')
    await cluster.start()
    assert.deepEqual(
      { apiserver: await cluster.pidOf('apiserver'), containers: await containers() },
      before,
    )
  })

  it('takes an image that is built here', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'image-'))
    try {
      writeFileSync(join(directory, 'motd'), 'built here')
      writeFileSync(
        join(directory, 'Dockerfile'),
        'FROM docker.io/library/hello:v1\nCOPY motd /motd\n',
      )
      const built = await cluster.tiphys('image build', directory, '--tag=mine:v1')
      assert.equal(built.code, 0, built.stdout + built.stderr)
      await cluster.kubectl([
        ...['run', 'mine', '--image=mine:v1', '--restart=Never'],
        ...['--command', '--', 'cat', '/motd'],
      ])
      await cluster.waitFor('pod/mine', 'jsonpath={.status.phase}=Succeeded')
      assert.equal(await cluster.kubectl(['logs', 'mine']), 'built here')
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('goes on where it was after a stop', async () => {
    await cluster.stop()
    await cluster.start()
    await cluster.rolledOut('deployment/hello', { timeoutSeconds: 90 })
    const answer = await soon('an answer', () => fetchText(`http://${cluster.nodeAddress}:30080`))
    assert.match(answer ?? '', /^hello v1/)
  })
})

describe('a cluster without containers', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startCluster({ storage: 'sqlite', runtime: 'simulated', simulatedNodes: 3 })
  })
  after(() => cluster.reset())

  it('has as many nodes as asked for, and rolls pods out on them', async () => {
    await cluster.waitFor('nodes --all', 'condition=Ready')
    const nodes = await cluster.get<{ items: unknown[] }>('nodes')
    assert.equal(nodes.items.length, 3)
    await cluster.apply(manifest)
    await cluster.rolledOut('deployment/hello')
  })

  it('keeps its objects over a stop', async () => {
    const uid = ['get', 'deployment/hello', '-o', 'jsonpath={.metadata.uid}']
    const before = await cluster.kubectl(uid)
    await cluster.stop()
    await cluster.start()
    assert.equal(await cluster.kubectl(uid), before)
  })
})
