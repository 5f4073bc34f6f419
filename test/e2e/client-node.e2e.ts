import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import {
  Attach,
  CoreV1Api,
  Cp,
  Exec,
  KubeConfig,
  Log,
  PortForward,
  type V1Status,
} from '@kubernetes/client-node'
import { type ClientOptions, WebSocket } from 'ws'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { podOf, shell } from './manifests.ts'

const namespace = 'default'
const talker = 'while read line; do echo "heard $line"; test $line = bye && exit; done'

describe('the published client on a real cluster', () => {
  let cluster: TestCluster
  let config: KubeConfig
  let directory: string

  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    directory = mkdtempSync(join(tmpdir(), 'tiphys-client-'))
    cluster = await startCluster({ storage: 'sqlite' })
    config = new KubeConfig()
    config.loadFromFile(cluster.kubeconfig)
    const server = { name: 'main', image: 'hello:v1', ports: [{ containerPort: 8080 }] }
    for (const pod of [
      podOf('server', { containers: [server] }, { labels: { app: 'server' } }),
      podOf('talker', { containers: [{ ...shell(talker), stdin: true }] }),
      podOf('counter', { containers: [shell('seq 1 100; wait_for_end')] }),
    ])
      await cluster.apply(pod)
    await cluster.waitFor('pods --all', 'condition=Ready')
  })
  after(async () => {
    if (directory) rmSync(directory, { recursive: true })
    await cluster?.reset()
  })

  /** Everything that a command wrote, and how it ended. */
  const exec = async (pod: string, command: string[], input?: string, tty = false) => {
    const out = new PassThrough()
    const err = new PassThrough()
    const status = await new Promise<V1Status>((resolve, reject) => {
      const given = input === undefined ? null : Readable.from([input])
      new Exec(config)
        .exec(namespace, pod, 'main', command, out, tty ? null : err, given, tty, resolve)
        .then((socket) => socket.on('error', reject), reject)
    })
    out.end()
    err.end()
    return { status, out: await text(out), err: await text(err) }
  }

  it('runs commands: output, errors, exit code', async () => {
    const { status, out, err } = await exec('server', ['sh', '-c', 'echo one; echo two >&2'])
    assert.deepEqual([status.status, out, err], ['Success', 'one\n', 'two\n'])
    const failed = await exec('server', ['sh', '-c', 'exit 7'])
    assert.deepEqual([failed.status.status, failed.status.reason], ['Failure', 'NonZeroExitCode'])
    assert.deepEqual(failed.status.details?.causes, [{ reason: 'ExitCode', message: '7' }])
    const absent = await exec('server', ['nothing-there'])
    assert.equal(absent.status.status, 'Failure')
    assert.match(absent.status.message ?? '', /nothing-there/)
  })

  it('gives commands their input, with an end', async () => {
    const { status, out } = await exec('server', ['cat'], 'given\n')
    assert.deepEqual([status.status, out], ['Success', 'given\n'])
  })

  it('gives commands a terminal', async () => {
    const { out } = await exec(
      'server',
      ['sh', '-c', 'test -t 1 && echo terminal'],
      undefined,
      true,
    )
    assert.equal(out, 'terminal\r\n')
  })

  it('12: clients of the first channels hear that they are connected, and nothing of success', async () => {
    const options: RequestOptions = {}
    await config.applyToHTTPSOptions(options)
    const path = `/api/v1/namespaces/${namespace}/pods/server/exec?command=echo&command=hi&stdout=1`
    const frames = async (protocol: string) => {
      const url = `wss://127.0.0.1:${cluster.apiPort}${path}`
      const socket = new WebSocket(url, [protocol], options as ClientOptions)
      const seen: Buffer[] = []
      socket.on('message', (data: Buffer) => seen.push(data))
      await once(socket, 'close')
      return seen.map((frame) => [frame[0], frame.subarray(1).toString()] as const)
    }
    const first = await frames('channel.k8s.io')
    assert.deepEqual(first, [
      [1, ''],
      [1, 'hi\n'],
    ])
    const later = await frames('v4.channel.k8s.io')
    const [channel, status = ''] = later.at(-1) ?? []
    assert.deepEqual([channel, JSON.parse(status).status], [3, 'Success'])
  })

  it('is told when there is no such pod', async () => {
    await assert.rejects(exec('nobody', ['true']), { message: /404/ })
  })

  it('attaches to what runs', async () => {
    const { out, input, socket } = await attach()
    input.write('you\n')
    const [chunk] = (await once(out, 'data')) as [Buffer]
    assert.equal(chunk.toString(), 'heard you\n')
    socket.close()
  })

  const attach = async () => {
    const [input, out] = [new PassThrough(), new PassThrough()]
    const client = new Attach(config)
    const socket = await client.attach(namespace, 'talker', 'main', out, null, input, false)
    return { out, input, socket }
  }

  it('reads logs: the last lines, and as they come until the container ends', async () => {
    const api = config.makeApiClient(CoreV1Api)
    const last = await api.readNamespacedPodLog({ namespace, name: 'counter', tailLines: 2 })
    assert.equal(last, '99\n100\n')
    const stream = new PassThrough()
    await new Log(config).log(namespace, 'talker', 'main', stream, { follow: true, tailLines: 1 })
    const { input } = await attach()
    input.write('bye\n')
    assert.equal(await text(stream), 'heard you\nheard bye\n')
  })

  it('forwards ports, of a pod and of a service', async () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'server' },
      spec: { selector: { app: 'server' }, ports: [{ port: 8080 }] },
    }
    await cluster.apply(service)
    const client = new PortForward(config)
    for (const way of ['portForward', 'portForwardService'] as const) {
      const [input, out] = [new PassThrough(), new PassThrough()]
      await client[way](namespace, 'server', [8080], out, null, input)
      input.write('GET / HTTP/1.1\r\nHost: server\r\n\r\n')
      let seen = ''
      // This client does not tell when the other end has closed.
      for await (const chunk of out) {
        seen += chunk
        if (seen.includes('hello v1')) break
      }
      assert.match(seen, /^HTTP\/1.1 200 OK/)
    }
  })

  it('copies files to a container', async () => {
    writeFileSync(join(directory, 'given.txt'), 'x'.repeat(200_000))
    await exec('server', ['mkdir', '-p', '/copied'])
    await new Cp(config).cpToPod(namespace, 'server', 'main', directory, '/copied')
    // This client does not tell when it is done.
    const script = 'until [ "$(wc -c < /copied/given.txt)" = 200000 ]; do sleep 0.1; done'
    assert.equal((await exec('server', ['sh', '-c', script])).status.status, 'Success')
  })
})
