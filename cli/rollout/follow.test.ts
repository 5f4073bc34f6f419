import assert from 'node:assert/strict'
import fc from 'fast-check'
import { concatMap, from } from 'rxjs'
import type { Pod as PodObject } from '../../api/types.ts'
import { ApiError, type Cluster, ConnectionError } from '../../controllers/framework/cluster.ts'
import { Deployment, Pod, ReplicaSet } from '../../controllers/framework/kinds.ts'
import { MemoryCluster } from '../../controllers/framework/memory-cluster.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { progressOf } from '../../rollouts/progress.ts'
import type { Snapshot } from '../../rollouts/snapshot.ts'
import { templateOf } from '../../rollouts/testing/sketch.ts'
import { painted } from './colour.ts'
import { follow } from './follow.ts'
import { layout } from './layout.ts'

const namespace = 'default'

/** The same cluster, whose watches tell everything twice. */
const stuttering = (cluster: MemoryCluster): Cluster =>
  new Proxy(cluster, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (name === 'watch')
        return (...args: Parameters<Cluster['watch']>) =>
          cluster.watch(...args).pipe(concatMap((event) => from([event, structuredClone(event)])))
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

class Stage {
  readonly clock = new VirtualClock()
  readonly random = seededRandom(1)
  readonly cluster = new MemoryCluster({ clock: this.clock, random: this.random })
  readonly seen: Snapshot[] = []
  readonly links: (string | undefined)[] = []
  gone = 0
  stop = () => {}

  async begin(): Promise<void> {
    const deployment = await this.cluster.create(Deployment, {
      metadata: { namespace, name: 'web' },
      spec: { selector: { matchLabels: { app: 'web' } }, template: templateOf('web:1') },
    })
    const uid = deployment.metadata.uid ?? ''
    const replicaSet = await this.cluster.create(ReplicaSet, {
      metadata: { namespace, name: 'web-1', labels: { app: 'web' }, ...ownedBy('Deployment', uid) },
      spec: { replicas: 3, selector: {}, template: templateOf('web:1') },
    })
    this.owner = replicaSet.metadata.uid ?? ''
    const cluster = stuttering(this.cluster)
    this.stop = follow(this, { cluster, namespace }, deployment, {
      changed: (snapshot) => this.seen.push(snapshot),
      gone: () => this.gone++,
      link: (trouble) => this.links.push(trouble),
    })
    await this.clock.advance(10)
  }
  owner = ''

  /** Creates, changes or removes one of a few pods. */
  async touch(which: number, how: number): Promise<void> {
    const name = `web-1-${which}`
    const known = await this.cluster.get(Pod, { namespace, name })
    if (!known) await this.cluster.create(Pod, this.pod(name))
    else if (how === 0) await this.cluster.remove(Pod, { namespace, name })
    else {
      const conditions = [{ type: 'Ready', status: how === 1 ? 'True' : 'False' }]
      const body = { status: { phase: 'Running', conditions } }
      await this.cluster.patch(Pod, { namespace, name }, { type: 'merge', body })
    }
  }

  pod(name: string): PodObject {
    const labels = { app: 'web' }
    return { metadata: { namespace, name, labels, ...ownedBy('ReplicaSet', this.owner) } }
  }

  async truth(): Promise<Snapshot> {
    const [deployment] = (await this.cluster.list(Deployment, { namespace })).items
    return {
      deployment: deployment!,
      replicaSets: (await this.cluster.list(ReplicaSet, { namespace })).items,
      pods: (await this.cluster.list(Pod, { namespace })).items,
    }
  }
}

const ownedBy = (kind: string, uid: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name: kind, uid, controller: true }],
})

const drawn = (snapshot: Snapshot): string[] =>
  layout(
    { progress: progressOf(snapshot), watched: '1 s', link: undefined },
    { width: 80, height: 24 },
  ).map((each) => painted(each, false))

const step = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('touch'), fc.nat(4), fc.nat(2)) },
  fc.tuple(
    fc.constantFrom('hold', 'release', 'cut', 'break', 'compact', 'wait'),
    fc.nat(2),
    fc.nat(),
  ),
)

describe('following a rollout', () => {
  it('ends with the same state and lines, however events were held, doubled, cut or lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const stage = new Stage()
        await stage.begin()
        const kinds = [Deployment, ReplicaSet, Pod]
        for (const [what, first, second] of steps) {
          const kind = kinds[first % 3]! as typeof Pod
          if (what === 'touch') await stage.touch(first, second)
          else if (what === 'hold') stage.cluster.hold(kind)
          else if (what === 'release') stage.cluster.release(kind)
          else if (what === 'cut') stage.cluster.cut(kind, new ConnectionError('cut'))
          else if (what === 'break') stage.cluster.cut(kind, new ApiError(410, 'Expired', 'old'))
          else if (what === 'compact') stage.cluster.compact()
          else await stage.clock.advance(50)
        }
        for (const kind of kinds) stage.cluster.release(kind as typeof Pod)
        await stage.clock.advance(120_000)
        const truth = await stage.truth()
        const last = stage.seen.at(-1)!
        assert.deepEqual(progressOf(last), progressOf(truth))
        assert.deepEqual(drawn(last), drawn(truth))
        stage.stop()
      }),
      { numRuns: 40 },
    )
  })

  it('tells nothing before everything was read, and once for what happens at a time', async () => {
    const stage = new Stage()
    await stage.begin()
    const before = stage.seen.length
    assert.ok(stage.seen.every(({ replicaSets }) => replicaSets.length === 1))
    await Promise.all([stage.touch(1, 1), stage.touch(2, 1), stage.touch(3, 1)])
    await stage.clock.advance(0)
    assert.equal(stage.seen.length - before, 1)
    assert.equal(stage.seen.at(-1)?.pods.length, 3)
    stage.stop()
  })

  it('says when what is known may be old', async () => {
    const stage = new Stage()
    await stage.begin()
    assert.equal(stage.links.at(-1), undefined)
    const refuse = new ConnectionError('refused')
    stage.cluster.cut(Pod, refuse)
    await stage.clock.advance(0)
    assert.ok(stage.links.some((link) => link === 'reconnecting: refused'))
    await stage.clock.advance(60_000)
    assert.equal(stage.links.at(-1), undefined)
    stage.stop()
  })

  it('ends when the deployment is deleted, also when another of its name comes', async () => {
    const stage = new Stage()
    await stage.begin()
    await stage.cluster.remove(Deployment, { namespace, name: 'web' })
    await stage.cluster.create(Deployment, { metadata: { namespace, name: 'web' } })
    await stage.clock.advance(10)
    assert.ok(stage.gone > 0)
    stage.stop()
  })
})
