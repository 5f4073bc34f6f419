import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
} from '@kubernetes/client-node'
import { bundled } from '../../test/e2e/programs.ts'
import { kubeconfigOf } from './kubectl.ts'
import { LeaseCandidate } from './lease-candidate.ts'
import { assertTranscript, recorder, type Section } from './transcript.ts'
import { configMap, deployment, pod, startWireServer, type WireServer } from './wire.ts'

const fixture = (name: string) => join(import.meta.dirname, 'transcripts', `${name}.txt`)
const chart = join(import.meta.dirname, '../../test/e2e/chart')
const yaml = (change: object = {}) => JSON.stringify({ ...deployment('web'), ...change })
const scaled = (replicas: number) => JSON.stringify(deployment('web', replicas))

describe('wire: what clients send, compared with what they sent before', function () {
  this.timeout(60_000)
  let wire: WireServer
  let directory: string
  let recorded: Section[]
  const record = recorder()

  beforeEach(async () => {
    wire = await startWireServer({ observe: record.observe })
    directory = await mkdtemp(join(tmpdir(), 'transcript-'))
    await writeFile(join(directory, 'config'), JSON.stringify(kubeconfigOf(wire)))
    recorded = []
    record.take()
  })
  afterEach(async () => {
    await wire.close()
    await rm(directory, { recursive: true })
  })

  const section = (title: string) => {
    recorded.push({ title, lines: record.take() })
  }
  const run = (program: 'kubectl' | 'helm', line: string, input = '', expected = 0) =>
    new Promise<void>((resolve, reject) => {
      const { PATH } = process.env
      const env = { PATH, HOME: directory, KUBECONFIG: join(directory, 'config') }
      const args = line.replace('CHART', chart).split(' ')
      const child = execFile(bundled(program), args, { env }, (error, stdout, stderr) => {
        const code = error ? Number(error.code) : 0
        section(`${program} ${line}`)
        if (code === expected) resolve()
        else reject(new Error(`${program} ${line} exited with ${code}: ${stdout}${stderr}`))
      })
      child.stdin?.end(input)
    })
  const kubectl = (line: string, input?: string, expected?: number) =>
    run('kubectl', line, input, expected)
  const helm = (line: string) => run('helm', line)
  const settings = () => {
    const config = new KubeConfig()
    config.loadFromString(JSON.stringify(kubeconfigOf(wire)))
    return config
  }

  it('kubectl apply, by the client', async () => {
    await kubectl('apply -f -', yaml())
    await kubectl('apply -f -', yaml())
    await kubectl('apply -f -', scaled(2))
    await kubectl('diff -f -', scaled(3), 1)
    await kubectl('delete deployment web')
    assertTranscript(fixture('kubectl-apply'), recorded)
  })

  it('kubectl apply, by the server', async () => {
    await kubectl('apply --server-side -f -', yaml())
    await kubectl('diff --server-side -f -', scaled(3), 1)
    await kubectl('apply --server-side --field-manager=other --force-conflicts -f -', scaled(2))
    await wire.ask('DELETE', '/apis/apps/v1/namespaces/default/deployments/web')
    await kubectl('apply -f -', yaml())
    await kubectl('apply --server-side -f -', yaml())
    assertTranscript(fixture('kubectl-apply-server-side'), recorded)
  })

  it('kubectl drain, of a node with a pod', async () => {
    await wire.ask('POST', '/api/v1/nodes', { body: { metadata: { name: 'one' } } })
    const body = pod('guest', { nodeName: 'one', terminationGracePeriodSeconds: 0 })
    await wire.ask('POST', '/api/v1/namespaces/default/pods', { body })
    await kubectl('drain one --force')
    await kubectl('uncordon one')
    assertTranscript(fixture('kubectl-drain'), recorded)
  })

  it('helm: install, upgrade, rollback, uninstall', async () => {
    await helm('install web CHART --no-hooks')
    await helm('upgrade web CHART --no-hooks --set=message=other')
    await helm('rollback web 1 --no-hooks')
    await helm('uninstall web --no-hooks')
    assertTranscript(fixture('helm'), recorded)
  })

  it('helm: waiting until all is as it should be', async () => {
    const deployments = '/apis/apps/v1/namespaces/default/deployments'
    const watch = await wire.watch(`${deployments}?watch=1`)
    const installed = helm('install web CHART --no-hooks --wait --timeout=30s')
    const [{ object }] = await watch.take(1)
    const { replicas } = object.spec
    const status = {
      observedGeneration: object.metadata.generation,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
      conditions: [
        { type: 'Available', status: 'True' },
        { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
      ],
    }
    await wire.ask('PATCH', `${deployments}/web/status`, { body: { status } })
    await installed
    watch.close()
    assertTranscript(fixture('helm-wait'), recorded)
  })

  it('the published client: an informer, and apply', async () => {
    const api = settings().makeApiClient(CoreV1Api)
    const path = '/api/v1/namespaces/default/configmaps'
    const informer = makeInformer(settings(), path, () =>
      api.listNamespacedConfigMap({ namespace: 'default' }),
    )
    const seen = new Promise<void>((resolve) => informer.on('add', () => resolve()))
    await informer.start()
    const objects = KubernetesObjectApi.makeApiClient(settings())
    section('informer.start()')
    await objects.patch(
      configMap('made', { a: 'b' }),
      undefined,
      undefined,
      'test',
      true,
      PatchStrategy.ServerSideApply,
    )
    await seen
    section('api.patch(object, PatchStrategy.ServerSideApply)')
    await informer.stop()
    assertTranscript(fixture('client-node'), recorded)
  })

  it('leader election over Leases', async () => {
    const one = new LeaseCandidate(settings(), 'lease', 'one')
    const two = new LeaseCandidate(settings(), 'lease', 'two')
    const rounds: [title: string, round: () => Promise<unknown>][] = [
      ['one: acquire', () => one.round(0)],
      ['two: find it held', () => two.round(1)],
      ['one: renew', () => one.round(2)],
      ['one: release', () => one.release(3)],
      ['two: acquire', () => two.round(4)],
    ]
    for (const [title, round] of rounds) {
      await round()
      section(title)
    }
    assertTranscript(fixture('leader-election'), recorded)
  })
})
