import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Deployment, Node, Pod } from '../../api/types.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { type Kubectl, kubectls } from './programs.ts'

const web = (image: string, cause: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', annotations: { 'kubernetes.io/change-cause': cause } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', image }] },
    },
  },
})

const budget = (minAvailable: number) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web' },
  spec: { minAvailable, selector: { matchLabels: { app: 'web' } } },
})

describe('stock kubectl on workloads of simulated nodes', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startCluster({ storage: 'sqlite', runtime: 'simulated', simulatedNodes: 3 })
  })
  after(() => cluster?.reset())

  for (const kubectl of kubectls())
    describe(`with version ${kubectl.version}`, () => workloads(() => cluster, kubectl))
})

function workloads(clusterOf: () => TestCluster, kubectl: Kubectl): void {
  const namespace = `w${kubectl.version.replace(/\D/g, '')}`
  const at = { kubectl, namespace }
  const run = (line: string) => clusterOf().kubectl(line.split(' '), at)
  const attempt = (line: string) => clusterOf().tryKubectl(line.split(' '), at)
  const apply = (object: object) => clusterOf().apply(object, at)
  const image = async () =>
    (await clusterOf().get<Deployment>('deployment web', at)).spec?.template.spec?.containers[0]
      ?.image

  before(() => clusterOf().kubectl(['create', 'namespace', namespace], { kubectl }))
  after(() => clusterOf().kubectl(['delete', 'namespace', namespace], { kubectl }))

  it('follows a rollout, tells its history, and undoes it', async () => {
    await apply(web('web:1', 'first'))
    assert.match(
      await run('rollout status deployment web --timeout=60s'),
      /successfully rolled out/,
    )
    await apply(web('web:2', 'second'))
    await run('rollout status deployment/web --timeout=60s')
    const history = await run('rollout history deployment web')
    assert.match(history, /^REVISION +CHANGE-CAUSE\n1 +first\n2 +second$/m)
    assert.match(await run('rollout history deployment web --revision=1'), /Image:\s+web:1/)
    assert.match(await run('rollout undo deployment web'), /rolled back/)
    assert.equal(await image(), 'web:1')
    await run('rollout undo deployment web --to-revision=2')
    assert.equal(await image(), 'web:2')
    assert.match(await run('rollout history deployment web'), /^3 +first\n4 +second$/m)
  })

  it('pauses, resumes and restarts', async () => {
    await run('rollout pause deployment web')
    await run('set image deployment web c=web:3')
    const paused = await attempt('rollout undo deployment web')
    assert.match(paused.stderr, /you cannot rollback a paused deployment/)
    await run('rollout resume deployment web')
    await run('rollout status deployment web --timeout=60s')
    await run('rollout restart deployment web')
    await run('rollout status deployment web --timeout=60s')
    const { metadata } = await clusterOf().get<Deployment>('deployment web', at)
    assert.equal(metadata.annotations?.['deployment.kubernetes.io/revision'], '6')
  })

  it('waits for what controllers and nodes do', async () => {
    await run('wait --for=condition=Available deployment/web --timeout=60s')
    await run('wait --for=jsonpath={.status.readyReplicas}=2 deployment/web --timeout=60s')
    await run('scale deployment web --replicas=3 --current-replicas=2 --timeout=60s')
    await run('wait --for=condition=Ready pods -l app=web --timeout=60s')
    await run('scale deployment web --replicas=2')
    await run('rollout status deployment web --timeout=60s')
    assert.match(await run('events --for deployment/web'), /ScalingReplicaSet/)
    assert.match(await run('describe deployment web'), /NewReplicaSet: +web-\w+ \(2\/2 replicas/)
  })

  it('drains: refused while a budget stands against it, and done when it gives way', async () => {
    await apply(budget(2))
    await run('wait --for=jsonpath={.status.currentHealthy}=2 pdb/web --timeout=60s')
    const pods = await clusterOf().get<{ items: Pod[] }>('pods -l app=web', at)
    const node = pods.items.find(({ metadata }) => !metadata.deletionTimestamp)?.spec?.nodeName
    const config = `--kubeconfig=${clusterOf().kubeconfig}`
    const drain = spawn(kubectl.path, [config, 'drain', `${node}`, '--ignore-daemonsets'])
    let told = ''
    const refused = new Promise<void>((resolve) => {
      drain.stderr.on('data', (chunk) => {
        told += chunk
        if (/Cannot evict pod as it would violate the pod's disruption budget/.test(told)) resolve()
      })
    })
    drain.stdout.on('data', (chunk) => {
      told += chunk
    })
    const ended = once(drain, 'exit')
    await Promise.race([refused, ended.then(() => assert.fail(told))])
    await apply(budget(1))
    const [code] = await ended
    assert.equal(code, 0, told)
    assert.match(told, /pod\/web-\w+-\w+ evicted/)
    assert.match(told, new RegExp(`node/${node} drained`))
    const { spec } = await clusterOf().get<Node>(`node ${node}`)
    assert.equal(spec?.unschedulable, true)
    await run(`uncordon ${node}`)
    await run('rollout status deployment web --timeout=60s')
  })

  it('drains what nobody would make again only by force', async () => {
    await run('run alone --image=x:1')
    await run('wait --for=condition=Ready pod/alone --timeout=60s')
    const node = await run('get pod alone -o jsonpath={.spec.nodeName}')
    const refused = await attempt(`drain ${node} --pod-selector=run=alone`)
    assert.match(refused.stderr, /cannot delete .*declare no controller.*use --force/)
    await run(`drain ${node} --pod-selector=run=alone --force`)
    assert.match((await attempt('get pod alone')).stderr, /NotFound/)
    await run(`uncordon ${node}`)
  })

  it('deletes what depends on it as well, and leaves it when told to', async () => {
    await run('delete deployment web --cascade=orphan')
    const [replicaSet = ''] = (await run('get replicaset -l app=web -o name')).split('\n')
    assert.notEqual(replicaSet, '')
    await run('delete replicaset -l app=web --cascade=foreground --timeout=60s')
    assert.equal(await run('get replicaset,pod -l app=web -o name'), '')
  })
}
