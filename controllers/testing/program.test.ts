import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseAllDocuments } from 'yaml'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import {
  ConfigMap,
  CustomResourceDefinition,
  type KubernetesObject,
  Lease,
  type ObjectOf,
} from '../framework/index.ts'
import { runProgram } from '../framework/program.ts'
import { Copy, program } from './example-program.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import { until } from './until.ts'

type Line = Record<string, unknown> & { msg: string }

describe('a program of controllers', function () {
  this.timeout(30_000)
  let server: TestServer
  let directory: string
  let child: ChildProcess | undefined

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'program-'))
    server = await startTestServer()
    await writeFile(join(directory, 'kubeconfig'), await server.kubeconfig(), { mode: 0o600 })
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    await server.close()
    await rm(directory, { recursive: true })
  })

  /** Starts it as a process of its own; `line` resolves with the next line of its log that says `msg`. */
  function start(...flags: string[]) {
    const file = new URL('./example-program.ts', import.meta.url).pathname
    const started = spawn(process.execPath, [file, ...flags], {
      env: { KUBECONFIG: join(directory, 'kubeconfig') },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]()
    const line = async (msg: string): Promise<Line> => {
      for (;;) {
        const { value, done } = await lines.next()
        assert.ok(!done, `it ended before it said "${msg}"`)
        const told = JSON.parse(value as string) as Line
        if (told.msg === msg) return told
      }
    }
    const exit = once(started, 'exit').then(([code]) => code as number)
    return { line, exit, kill: (signal: NodeJS.Signals) => started.kill(signal) }
  }

  /** Runs it in this process. */
  async function inProcess(argv: string[], env: Record<string, string> = {}) {
    const written: string[] = []
    const complained: string[] = []
    const code = await runProgram(program, argv, {
      clock: new VirtualClock(Date.now()),
      random: server.random,
      env,
      hostname: 'here',
      stop: new AbortController().signal,
      write: (text) => written.push(text),
      complain: (text) => complained.push(text),
    })
    return { code, output: written.join(''), complaint: complained.join('') }
  }

  const copy = (name: string, text: string): ObjectOf<typeof Copy> => ({
    apiVersion: 'demo.example.com/v1',
    kind: 'Copy',
    metadata: { namespace: 'default', name },
    spec: { text },
  })

  it('installs its kinds, does its work, says why, tells of its health and gives its lease back', async () => {
    const { cluster } = server
    const { line, exit, kill } = start('--install-kinds', '--health-port=0')
    const [port] = [(await line('health and metrics are served')).port]
    await line('leading')
    const ask = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`)
      return `${answer.status} ${await answer.text()}`
    }
    assert.match(
      await ask('/readyz'),
      /^200 \[\+\] leading\n[\s\S]*copies\.demo\.example\.com: live/,
    )
    await cluster.create(Copy, copy('a', 'hello'))
    const run = await line('reconciled')
    assert.equal(run.controller, 'copy')
    assert.equal(run.object, 'a')
    assert.match(String(run.because), /^Copy default\/a added at \d+$/)
    const made = (maps: ObjectOf<typeof ConfigMap>[]) =>
      maps.some(({ data }) => data?.text === 'hello')
    await until(cluster, ConfigMap, made)
    assert.match(await ask('/metrics'), /controller_runtime_reconcile_total\{controller="copy"/)
    const lease = { namespace: 'default', name: 'example' }
    assert.ok((await cluster.get(Lease, lease))?.spec?.holderIdentity)
    kill('SIGTERM')
    assert.equal(await exit, 0)
    assert.equal((await cluster.get(Lease, lease))?.spec?.holderIdentity, '')
  })

  it('ends with 1 when somebody else has taken its lease', async () => {
    const { line, exit } = start('--install-kinds')
    await line('leading')
    const stolen = { spec: { holderIdentity: 'thief' } }
    const ref = { namespace: 'default', name: 'example' }
    await server.cluster.patch(Lease, ref, { type: 'merge', body: stolen })
    const ended = await line('ended: the lease default/example was not renewed in time')
    assert.match(JSON.stringify(ended), /is held by thief/)
    assert.equal(await exit, 1)
  })

  it('ends with 3, and the rules to add, when it may not do what it declares', async () => {
    const config = JSON.parse(await readFile(join(directory, 'kubeconfig'), 'utf8'))
    config.users[0].user.as = 'nobody'
    await writeFile(join(directory, 'kubeconfig'), JSON.stringify(config))
    const { code, output } = await inProcess(['run'], { KUBECONFIG: join(directory, 'kubeconfig') })
    assert.equal(code, 3)
    const { msg } = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Line
    assert.match(msg, /^nobody may not do all that its controllers declare\./)
    assert.match(
      msg,
      /resources: \["copies"\]\n {2}verbs: \["get","list","watch","update","patch"\]/,
    )
  })

  it('refuses what it does not understand with 2, and helps with 0', async () => {
    const wrong = await inProcess(['run', '--health-port=x'])
    assert.equal(wrong.code, 2)
    assert.match(wrong.complaint, /'x' is invalid. a whole number/)
    assert.equal((await inProcess(['--bogus'])).code, 2)
    const help = await inProcess(['run', '--help'])
    assert.equal(help.code, 0)
    assert.match(help.output, /--install-kinds/)
    const nowhere = await inProcess(['run'])
    assert.equal(nowhere.code, 1)
    assert.match(nowhere.output, /no API server: give --kubeconfig/)
  })

  it('prints manifests that a server takes as they stand, whose definitions it then serves', async () => {
    const { cluster } = server
    const { code, output } = await inProcess(['manifests', '--image=registry/example:v2'])
    assert.equal(code, 0)
    const objects = parseAllDocuments(output).map((one) => one.toJS() as KubernetesObject)
    assert.deepEqual(
      objects.map(({ kind }) => kind),
      [
        'Namespace',
        'CustomResourceDefinition',
        'ServiceAccount',
        'ClusterRole',
        'ClusterRoleBinding',
        'Role',
        'RoleBinding',
        'Deployment',
      ],
    )
    const known = await cluster.discover()
    for (const body of objects) {
      const [version = '', group = ''] = (body.apiVersion ?? '').split('/').reverse()
      const found = known.find((one) => one.kind === body.kind && one.group === group)
      assert.ok(found, `${body.apiVersion} ${body.kind}`)
      const { namespace, name = '' } = body.metadata
      const ref = { name, ...(namespace ? { namespace } : {}) }
      await cluster.patch(
        { ...found, version },
        ref,
        { type: 'apply', body },
        { fieldManager: 'me' },
      )
    }
    await until(cluster, CustomResourceDefinition, ([one]) =>
      Boolean(
        one?.status?.conditions?.some(
          ({ type, status }) => type === 'Established' && status === 'True',
        ),
      ),
    )
    const again = await inProcess(['manifests', '--image=registry/example:v2'])
    assert.equal(again.output, output)
    const role = await inProcess(['manifests', '--role', '--watch-namespace=apps'])
    const scoped = parseAllDocuments(role.output).map((one) => one.toJS() as KubernetesObject)
    assert.ok(!scoped.some(({ kind }) => kind === 'ClusterRole'))
    assert.deepEqual(
      scoped.filter(({ kind }) => kind === 'Role').map(({ metadata }) => metadata.namespace),
      ['apps', 'example'],
    )
  })
})
