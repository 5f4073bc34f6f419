import assert from 'node:assert/strict'
import type { Pod } from '../../api/types.ts'
import { ApiError, ReplicaSet } from '../framework/index.ts'
import { deploymentOf, imageOf, Stage, type StageOptions, templateOf } from './stage.ts'

const revision = 'deployment.kubernetes.io/revision'
const history = 'deployment.kubernetes.io/revision-history'

describe('deployment controller', () => {
  let stage: Stage
  const begin = async (options?: StageOptions) => {
    stage = new Stage(options)
    await stage.start()
  }
  afterEach(() => stage.stop())

  /** A deployment whose first rollout is over. */
  async function rolledOut(spec: Parameters<typeof deploymentOf>[0] = {}) {
    await begin()
    await stage.create(deploymentOf(spec))
    await stage.finish()
  }

  it('makes a ReplicaSet named after the template, with hash, size and revision', async () => {
    await begin()
    const deployment = deploymentOf()
    deployment.metadata.annotations = {
      team: 'x',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
    }
    await stage.create(deployment)
    const [replicaSet, ...others] = await stage.replicaSets()
    assert.deepEqual(others, [])
    const hash = replicaSet?.metadata.labels?.['pod-template-hash'] ?? ''
    assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/)
    assert.equal(replicaSet?.metadata.name, `web-${hash}`)
    assert.deepEqual(replicaSet?.metadata.annotations, {
      team: 'x',
      [revision]: '1',
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
    })
    assert.deepEqual(replicaSet?.spec?.selector.matchLabels, {
      app: 'web',
      'pod-template-hash': hash,
    })
    assert.equal(replicaSet?.spec?.template?.metadata?.labels?.['pod-template-hash'], hash)
    assert.equal((await stage.deployment()).metadata.annotations?.[revision], '1')
    assert.equal((await stage.pods()).length, 3)
    assert.deepEqual(await stage.events('ScalingReplicaSet'), [
      `Scaled up replica set web-${hash} from 0 to 3`,
    ])
    assert.equal((await stage.events('SuccessfulCreate')).length, 3)
  })

  it('tells of progress and availability as pods become ready', async () => {
    await begin()
    await stage.create(deploymentOf())
    const name = (await stage.replicaSets())[0]?.metadata.name
    assert.equal(
      await stage.condition('Progressing'),
      `True ReplicaSetUpdated ReplicaSet "${name}" is progressing.`,
    )
    assert.equal(
      await stage.condition('Available'),
      'False MinimumReplicasUnavailable Deployment does not have minimum availability.',
    )
    await stage.readyAll({ limit: 2 })
    assert.match(await stage.condition('Available'), /^False/)
    await stage.readyAll()
    assert.equal(
      await stage.condition('Progressing'),
      `True NewReplicaSetAvailable ReplicaSet "${name}" has successfully progressed.`,
    )
    assert.equal(
      await stage.condition('Available'),
      'True MinimumReplicasAvailable Deployment has minimum availability.',
    )
    const { status } = await stage.deployment()
    const { conditions: _, ...counts } = status ?? {}
    assert.deepEqual(counts, {
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      terminatingReplicas: 0,
    })
  })

  it('rolls within the bounds, step by step', async () => {
    await rolledOut({ replicas: 10 })
    await stage.setImage('web:2')
    // 25% of 10: three above, two below.
    assert.deepEqual(await stage.sizes(), ['web:1=8/8', 'web:2=5/0'])
    await stage.readyAll({ limit: 2 })
    assert.deepEqual(await stage.sizes(), ['web:1=6/6', 'web:2=7/2'])
    await stage.readyAll()
    assert.deepEqual(await stage.sizes(), ['web:1=1/1', 'web:2=10/7'])
    await stage.readyAll()
    assert.deepEqual(await stage.sizes(), ['web:1=0/0', 'web:2=10/10'])
    assert.match(await stage.condition('Progressing'), /^True NewReplicaSetAvailable/)
  })

  it('drops unhealthy old pods before healthy ones', async () => {
    await rolledOut({ replicas: 10 })
    for (const pod of (await stage.pods()).slice(0, 2)) await stage.ready(pod, false)
    await stage.settle()
    await stage.setImage('web:2')
    assert.deepEqual(await stage.sizes(), ['web:1=8/8', 'web:2=5/0'])
    const old = (await stage.pods()).filter(
      (pod) => !pod.metadata.deletionTimestamp && imageOf(pod) === 'web:1',
    )
    assert.equal(old.length, 8)
    assert.ok(old.every(({ status }) => status?.conditions?.[0]?.status === 'True'))
  })

  it('rolls over: a third template starts while the second is under way', async () => {
    await rolledOut({ replicas: 4 })
    await stage.setImage('web:2')
    await stage.setImage('web:3')
    const { active } = await stage.count()
    assert.ok(active <= 5, `${active} pods`)
    await stage.finish()
    assert.deepEqual(await stage.sizes(), ['web:1=0/0', 'web:2=0/0', 'web:3=4/4'])
  })

  it('recreates only when every old pod is really gone', async () => {
    await rolledOut({ strategy: { type: 'Recreate' } })
    await stage.setImage('web:2')
    assert.deepEqual(await stage.count(), { active: 0, ready: 0, terminating: 3 })
    const [first] = await stage.pods()
    await stage.end(first!)
    await stage.settle()
    assert.deepEqual(await stage.sizes(), ['web:1=0/0'])
    await stage.endAll()
    assert.deepEqual(await stage.sizes(), ['web:1=0/0', 'web:2=3/0'])
    assert.deepEqual(await stage.count(), { active: 3, ready: 0, terminating: 0 })
  })

  it('starts no rollout while paused, but scales, and goes on when resumed', async () => {
    await rolledOut()
    await stage.change({ paused: true, replicas: 5, template: templateOf('web:2') })
    assert.deepEqual(await stage.sizes(), ['web:1=5/3'])
    assert.equal(
      await stage.condition('Progressing'),
      'Unknown DeploymentPaused Deployment is paused',
    )
    await stage.change({ paused: false })
    assert.match(
      await stage.condition('Progressing'),
      /^True (NewReplicaSetCreated|ReplicaSetUpdated)/,
    )
    await stage.finish()
    assert.deepEqual(await stage.sizes(), ['web:1=0/0', 'web:2=5/5'])
  })

  it('scales in proportion in the middle of a rollout', async () => {
    await rolledOut({ replicas: 10 })
    await stage.setImage('web:2')
    assert.deepEqual(await stage.sizes(), ['web:1=8/8', 'web:2=5/0'])
    await stage.change({ paused: true, replicas: 20 })
    // From 13 to 25 pods: 8 * 25 / 13 = 15, 5 * 25 / 13 = 10.
    assert.deepEqual(await stage.sizes(), ['web:1=15/8', 'web:2=10/0'])
  })

  it('makes an old ReplicaSet the new one when its template comes back', async () => {
    await rolledOut()
    await stage.setImage('web:2')
    await stage.finish()
    await stage.setImage('web:1')
    await stage.finish()
    const sets = await stage.replicaSets()
    assert.deepEqual(await stage.sizes(), ['web:2=0/0', 'web:1=3/3'])
    assert.deepEqual(
      sets.map(({ metadata }) => metadata.annotations?.[revision]),
      ['2', '3'],
    )
    assert.equal(sets[1]?.metadata.annotations?.[history], '1')
    assert.equal((await stage.deployment()).metadata.annotations?.[revision], '3')
  })

  it('keeps no more old ReplicaSets than the history limit, the highest revisions', async () => {
    await rolledOut({ revisionHistoryLimit: 1 })
    for (const image of ['web:2', 'web:3', 'web:4']) {
      await stage.setImage(image)
      await stage.finish()
    }
    assert.deepEqual(await stage.sizes(), ['web:3=0/0', 'web:4=3/3'])
  })

  it('counts pods as available only after minReadySeconds, at the exact moment', async () => {
    await begin()
    await stage.create(deploymentOf({ replicas: 1, minReadySeconds: 30 }))
    const start = stage.clock.now()
    await stage.readyAll()
    assert.deepEqual(await stage.sizes(), ['web:1=1/0'])
    const left = Math.floor(start / 1000) * 1000 + 30_000 - stage.clock.now()
    await stage.clock.advance(left - 1)
    assert.deepEqual(await stage.sizes(), ['web:1=1/0'])
    await stage.clock.advance(1)
    assert.deepEqual(await stage.sizes(), ['web:1=1/1'])
  })

  it('gives up judging at the deadline, to the second, and says so', async () => {
    await rolledOut({ progressDeadlineSeconds: 60 })
    await stage.setImage('web:2')
    const { status } = await stage.deployment()
    const since = status?.conditions?.find(({ type }) => type === 'Progressing')?.lastUpdateTime
    await stage.clock.advance(Date.parse(since!) + 60_000 - stage.clock.now() - 1)
    assert.match(await stage.condition('Progressing'), /^True/)
    await stage.clock.advance(1)
    const name = (await stage.replicaSets())[1]?.metadata.name
    assert.equal(
      await stage.condition('Progressing'),
      `False ProgressDeadlineExceeded ReplicaSet "${name}" has timed out progressing.`,
    )
    await stage.readyAll()
    assert.match(await stage.condition('Progressing'), /^True/)
  })

  it('names pod, container and reason when the image is bad, and then rests', async () => {
    await rolledOut()
    await stage.setImage('nope:1')
    const broken = (await stage.pods()).filter((pod) => imageOf(pod) === 'nope:1')
    const waiting = (reason: string): Pod['status'] => ({
      phase: 'Pending',
      containerStatuses: [
        {
          name: 'app',
          image: 'nope:1',
          imageID: '',
          ready: false,
          restartCount: 0,
          state: { waiting: { reason, message: `${reason} at ${stage.clock.now()}` } },
        },
      ],
    })
    await stage.set(broken[0]!, waiting('ErrImagePull')!)
    await stage.settle()
    const sets = await stage.replicaSets()
    const trouble = `Pod "${broken[0]?.metadata.name}", container "app": image "nope:1" cannot be pulled (ErrImagePull/ImagePullBackOff).`
    assert.equal(
      await stage.condition('Progressing'),
      `True ReplicaSetUpdated ReplicaSet "${sets[1]?.metadata.name}" is progressing. ${trouble}`,
    )
    assert.deepEqual(await stage.events('RolloutStuck'), [trouble])

    const writes = () =>
      stage.cluster.requests.filter((each) => /^(update|patch).*deployments/.test(each)).length
    const before = writes()
    await stage.set(broken[0]!, waiting('ImagePullBackOff')!)
    await stage.clock.advance(60_000)
    await stage.set(broken[0]!, waiting('ErrImagePull')!)
    await stage.clock.advance(60_000)
    assert.equal(writes(), before)

    await stage.setImage('web:1')
    await stage.finish()
    assert.match(await stage.condition('Progressing'), /has successfully progressed\.$/)
  })

  it('says that a ReplicaSet was refused, and why', async () => {
    await begin({
      intercept: ({ verb, kind }) => {
        if (verb === 'create' && kind === 'ReplicaSet')
          throw new ApiError(403, 'Forbidden', 'exceeded quota: count/replicasets.apps=0')
      },
    })
    await stage.create(deploymentOf())
    assert.match(
      await stage.condition('Progressing'),
      /^False ReplicaSetCreateError Failed to create new replica set "web-\w+": exceeded quota: count\/replicasets.apps=0$/,
    )
  })

  it('lifts the refusal of pods to its own conditions', async () => {
    let refused = true
    await begin({
      intercept: ({ verb, kind }) => {
        if (refused && verb === 'create' && kind === 'Pod')
          throw new ApiError(403, 'Forbidden', 'exceeded quota: pods=2, used: pods=2')
      },
    })
    await stage.create(deploymentOf())
    assert.equal(
      await stage.condition('ReplicaFailure'),
      'True FailedCreate exceeded quota: pods=2, used: pods=2',
    )
    assert.match(
      await stage.condition('Progressing'),
      /cannot create pods: exceeded quota: pods=2, used: pods=2\.?$/,
    )
    assert.deepEqual(
      new Set(await stage.events('FailedCreate')),
      new Set(['Error creating: exceeded quota: pods=2, used: pods=2']),
    )
    const attempts = stage.cluster.requests.filter((each) => each.startsWith('create pods')).length
    assert.ok(attempts < 20, `${attempts} attempts`)
    refused = false
    await stage.clock.advance(30_000)
    await stage.finish()
    assert.equal(await stage.condition('ReplicaFailure'), 'none')
  })

  it('takes another name when its own is taken by another template', async () => {
    await begin()
    await stage.create(deploymentOf({ replicas: 1 }))
    const [first] = await stage.replicaSets()
    await stage.stop()
    const { name = '' } = first!.metadata
    await begin()
    await stage.cluster.create(ReplicaSet, {
      metadata: { namespace: 'default', name },
      spec: {
        replicas: 0,
        selector: { matchLabels: { other: 'x' } },
        template: { metadata: { labels: { other: 'x' } } },
      },
    })
    await stage.create(deploymentOf({ replicas: 1 }))
    assert.equal((await stage.deployment()).status?.collisionCount, 1)
    const names = (await stage.replicaSets()).map(({ metadata }) => metadata.name)
    assert.equal(names.length, 2)
    assert.ok(names.includes(name))
  })

  it('adopts a matching orphan and lets go of one that no longer matches', async () => {
    await begin()
    await stage.cluster.create(ReplicaSet, {
      metadata: { namespace: 'default', name: 'orphan', labels: { app: 'web' } },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web', v: '0' } },
        template: { metadata: { labels: { app: 'web', v: '0' } } },
      },
    })
    await stage.create(deploymentOf({ replicas: 1 }))
    const owner = async () =>
      (await stage.cluster.get(ReplicaSet, { namespace: 'default', name: 'orphan' }))?.metadata
        .ownerReferences?.[0]
    assert.equal((await owner())?.name, 'web')
    assert.equal((await owner())?.blockOwnerDeletion, true)
    await stage.cluster.patch(
      ReplicaSet,
      { namespace: 'default', name: 'orphan' },
      { type: 'merge', body: { metadata: { labels: { app: 'gone' } } } },
    )
    await stage.settle()
    assert.equal(await owner(), undefined)
  })

  it('replaces a pod that is deleted, at once and only once', async () => {
    await rolledOut()
    const [victim] = await stage.pods()
    await stage.cluster.remove(
      { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true },
      { namespace: 'default', name: victim!.metadata.name! },
    )
    await stage.settle()
    assert.deepEqual(await stage.count(), { active: 3, ready: 2, terminating: 1 })
  })

  it('makes no second ReplicaSet after a restart, and writes nothing when all is well', async () => {
    await rolledOut()
    const before = stage.cluster.requests.length
    await stage.stop()
    await stage.start()
    const writes = stage.cluster.requests
      .slice(before)
      .filter((request) => !/^(get|list|watch) | events/.test(request))
    assert.deepEqual(writes, [])
  })

  it('refuses to select everything', async () => {
    await begin()
    await stage.create(deploymentOf({ selector: {} }))
    assert.deepEqual(await stage.replicaSets(), [])
    assert.deepEqual(await stage.events('SelectingAll'), [
      'This deployment is selecting all pods. A non-empty selector is required.',
    ])
  })
})
