import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Deployment, Pod, ReplicaSet, Service } from '../../api/types.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { ask, askUntil, LoadLoop, PodObserver } from './observe.ts'

const manifest = readFileSync(join(import.meta.dirname, '../../manifests/hello.yaml'), 'utf8')
const replicas = 3
const maxSurge = 1
const maxUnavailable = 0

describe('rolling updates and rollbacks', () => {
  let cluster: TestCluster
  let url: string

  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    cluster = await startCluster()
    await cluster.apply(manifest)
    await cluster.rolledOut('deployment/hello', { timeoutSeconds: 120 })
    const { spec } = await cluster.get<Service>('service hello')
    url = `http://${spec?.clusterIP}/`
  })
  after(() => cluster?.reset())

  const setImage = (image: string) =>
    cluster.kubectl(['set', 'image', 'deployment/hello', `server=${image}`, `sidecar=${image}`])
  const rolledOut = () => cluster.rolledOut('deployment/hello', { timeoutSeconds: 120 })

  it('roll to a new version under load: no failed request, never out of bounds', async () => {
    const observer = new PodObserver(cluster, 'app=hello')
    await observer.until((moments) => moments.length >= replicas)
    const begin = observer.moments.length
    const load = new LoadLoop(url)
    await setImage('hello:v2')
    await rolledOut()
    await observer.until((moments) => {
      const last = moments.at(-1)
      return last?.nonTerminating === replicas && last.ready === replicas
    })
    await load.stop()
    await observer.stop()

    assert.deepEqual(load.failures.slice(0, 3), [], `${load.failures.length} of ${load.requests}`)
    const versions = [...load.answers.keys()].map((text) => /v[12]/.exec(text)?.[0])
    assert.deepEqual([...new Set(versions)].sort(), ['v1', 'v2'], 'both versions were seen')
    for (const moment of observer.moments.slice(begin)) {
      assert.ok(moment.ready >= replicas - maxUnavailable, JSON.stringify(moment))
      assert.ok(moment.nonTerminating <= replicas + maxSurge, JSON.stringify(moment))
    }
    assert.ok(observer.moments.length - begin > 10, 'the rollout itself was seen')
    await askUntil(url, /v2/)
  })

  it('have a history', async () => {
    const history = await cluster.kubectl(['rollout', 'history', 'deployment/hello'])
    assert.match(history, /^1 /m)
    assert.match(history, /^2 /m)
    const second = ['rollout', 'history', 'deployment/hello', '--revision=2']
    assert.match(await cluster.kubectl(second), /hello:v2/)
  })

  it('are undone, to the last revision and to a named one', async () => {
    await cluster.kubectl(['rollout', 'undo', 'deployment/hello'])
    await rolledOut()
    await askUntil(url, /v1/)
    await cluster.kubectl(['rollout', 'undo', 'deployment/hello', '--to-revision=2'])
    await rolledOut()
    await askUntil(url, /v2/)
    const history = await cluster.kubectl(['rollout', 'history', 'deployment/hello'])
    assert.deepEqual(history.match(/^\d+/gm), ['3', '4'], 'revisions move, they are not copied')
  })

  it('wait while paused and go on when resumed', async () => {
    await cluster.kubectl(['rollout', 'pause', 'deployment/hello'])
    await setImage('hello:v1')
    const paused = await cluster.waitUntil<Deployment>(
      'deployment hello',
      ({ metadata, status }) => status?.observedGeneration === metadata.generation,
    )
    assert.equal(paused.status?.updatedReplicas ?? 0, 0)
    await askUntil(url, /v2/)
    await cluster.kubectl(['rollout', 'resume', 'deployment/hello'])
    await rolledOut()
    await askUntil(url, /v1/)
  })

  it('restart every pod on demand', async () => {
    const uids = async () =>
      (await cluster.get<{ items: Pod[] }>('pods -l app=hello')).items
        .filter(({ metadata }) => !metadata.deletionTimestamp)
        .map(({ metadata }) => metadata.uid)
    const old = await uids()
    await cluster.kubectl(['rollout', 'restart', 'deployment/hello'])
    await rolledOut()
    for (const uid of await uids()) assert.ok(!old.includes(uid))
  })

  it('stall within their bounds on an image that does not exist, say why, and heal when undone', async () => {
    await cluster.kubectl([
      'patch',
      'deployment/hello',
      '--patch={"spec":{"progressDeadlineSeconds":8}}',
    ])
    await setImage('localhost/hello:v404')
    const stuck = await cluster.waitUntil<Deployment>(
      'deployment hello',
      ({ status }) =>
        status?.conditions?.some(
          ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
        ) ?? false,
    )
    const status = await cluster.tryKubectl(['rollout', 'status', 'deployment/hello'])
    assert.notEqual(status.code, 0)
    assert.match(status.stderr, /exceeded its progress deadline/)
    assert.ok((stuck.status?.readyReplicas ?? 0) >= replicas - maxUnavailable)

    const { items } = await cluster.get<{ items: Pod[] }>('pods -l app=hello')
    assert.ok(items.length <= replicas + maxSurge)
    const failed = items.find(({ spec }) => spec?.containers[0]?.image === 'localhost/hello:v404')
    const progressing = await cluster.waitUntil<Deployment>('deployment hello', ({ status }) =>
      messageOf(status).includes(failed?.metadata.name ?? '-'),
    )
    const message = messageOf(progressing.status)
    assert.match(message, /server|sidecar/)
    assert.match(message, /ErrImagePull|ImagePullBackOff/)
    assert.match(await ask(url), /v1/, 'the old version still serves')

    await cluster.kubectl(['rollout', 'undo', 'deployment/hello'])
    await rolledOut()
    await cluster.waitFor('deployment/hello', 'condition=Available')
    const sets = await cluster.get<{ items: ReplicaSet[] }>('replicasets -l app=hello')
    assert.equal(sets.items.filter(({ spec }) => (spec?.replicas ?? 0) > 0).length, 1)
  })
})

function messageOf(status: Deployment['status']): string {
  return status?.conditions?.find(({ type }) => type === 'Progressing')?.message ?? ''
}
