import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Node as NodeObject } from '../api/types.ts'
import { microTime, time } from '../ports/clock.ts'
import { ConfigMap, Deployment, Lease, Node, Pod } from './framework/index.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'
import { until } from './testing/until.ts'

interface Line {
  msg?: string
  port?: number
  state?: string
}

describe('the controllers process', function () {
  this.timeout(30_000)
  let server: TestServer
  let directory: string
  let child: ChildProcess | undefined

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'controllers-'))
    server = await startTestServer()
    await writeFile(join(directory, 'kubeconfig'), await server.kubeconfig(), { mode: 0o600 })
    await writeFile(join(directory, 'ca.crt'), 'PEM')
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    await server.close()
    await rm(directory, { recursive: true })
  })

  /** Starts it and resolves with its log once it says `msg`. */
  async function start(msg: string, ...flags: string[]): Promise<Line[]> {
    const main = new URL('./main.ts', import.meta.url).href
    const argv = JSON.stringify(['--kubeconfig', join(directory, 'kubeconfig'), ...flags])
    const code = `import { main } from ${JSON.stringify(main)}; await main(${argv})`
    child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines: Line[] = []
    for await (const text of createInterface({ input: child.stdout! })) {
      lines.push(JSON.parse(text) as Line)
      if (lines.at(-1)?.msg === msg) break
    }
    child.stdout?.resume()
    return lines
  }

  const node = (name: string): NodeObject => ({
    metadata: { name },
    spec: {},
    status: {
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          lastHeartbeatTime: time(Date.now()),
          lastTransitionTime: time(Date.now()),
        },
      ],
    },
  })

  it('turns a Deployment into pods on nodes, serves its health, and gives its lease back', async () => {
    const { cluster } = server
    const lines = await start('leading', '--root-ca-file', join(directory, 'ca.crt'))
    const port = lines.find((line) => line.port)?.port
    const health = await fetch(`http://127.0.0.1:${port}/readyz`)
    assert.equal(health.status, 200)
    assert.match(
      await health.text(),
      /^\[\+\] leading\n[\s\S]*\[\+\] deployments\.apps: live, 0 objects/,
    )

    await cluster.create(Lease, {
      metadata: { namespace: 'kube-node-lease', name: 'node-1' },
      spec: { holderIdentity: 'node-1', renewTime: microTime(Date.now()) },
    })
    const created = await cluster.create(Node, node('node-1'))
    await cluster.patch(
      Node,
      { name: 'node-1' },
      { type: 'merge', body: { status: node('node-1').status } },
      { subresource: 'status' },
    )
    assert.ok(created.metadata.uid)
    await until(cluster, Node, ([one]) => one?.spec?.podCIDR === '10.244.0.0/24')
    await cluster.create(Deployment, {
      metadata: { namespace: 'default', name: 'web' },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'c', image: 'example.com/c' }] },
        },
      },
    })
    await until(
      cluster,
      Pod,
      (pods) => pods.filter(({ spec }) => spec?.nodeName === 'node-1').length === 3,
    )
    await until(cluster, ConfigMap, (all) =>
      all.some(({ metadata }) => metadata.name === 'kube-root-ca.crt'),
    )
    await cluster.remove(Deployment, { namespace: 'default', name: 'web' })
    await until(cluster, Pod, (pods) => pods.every(({ metadata }) => metadata.deletionTimestamp))

    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    assert.match(
      metrics,
      /controller_runtime_reconcile_total\{controller="deployment",result="requeue_after"\} [1-9]/,
    )
    assert.match(
      metrics,
      /rest_client_requests_total\{code="201",method="POST",verb="create"\} [1-9]/,
    )
    const lease = () => cluster.get(Lease, { namespace: 'kube-system', name: 'tiphys-controllers' })
    assert.ok((await lease())?.spec?.holderIdentity)
    child?.kill('SIGTERM')
    const [code] = (await once(child!, 'exit')) as [number | null]
    assert.equal(code, 0)
    assert.equal((await lease())?.spec?.holderIdentity ?? '', '')
  })

  it('says which controllers there are when one is not known', async () => {
    const main = new URL('./main.ts', import.meta.url).href
    const { main: run } = (await import(main)) as typeof import('./main.ts')
    const argv = ['--kubeconfig', join(directory, 'kubeconfig'), '--controllers', '*,-scheduler,x']
    await assert.rejects(run(argv), /there is no controller "x"; there are deployment, replicaset/)
  })
})
