/** Any Kubernetes behind the page: nothing but lists and watches, and its own controllers at work. */

import assert from 'node:assert/strict'
import { Deployment } from '../../controllers/framework/index.ts'
import { seededRandom } from '../../ports/random.ts'
import { systemClock as clock } from '../../ports/system-clock.ts'
import type { Observed } from '../../recordings/observe.ts'
import { startWorld, type World } from '../../world/index.ts'
import { Follower } from './follower.ts'
import { observedSource } from './observed-source.ts'

const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'web:1.2' }] },
    },
  },
}

describe('a cluster that keeps no past', () => {
  let world: World
  let follower: Follower
  before(async () => {
    world = await startWorld({ objects: [web] })
    await world.converge()
    const cluster = world.cluster as unknown as Observed
    const source = observedSource({
      cluster,
      clock,
      random: seededRandom(1),
      version: async () => 'v1.30.0',
    })
    follower = new Follower({
      source,
      namespace: 'default',
      clock,
      random: seededRandom(1),
      report: assert.ifError,
    })
    await follower.whenWhole()
  })
  after(async () => {
    follower?.stop()
    await world?.close()
  })

  /** Resolves when what is drawn is as wanted. */
  const until = (wanted: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!wanted()) return
        end()
        resolve()
      }
      const end = follower.watch({ changed: look, linked: look, renewed: look })
      look()
    })

  it('is shown as it is, from when it was looked at first', () => {
    const { rows } = follower.board.list().view
    assert.deepEqual(
      rows.map(({ name, available, outcome }) => [name, available, outcome]),
      [['web', 3, 'complete']],
    )
    assert.ok(follower.edge.revision > 1)
    assert.equal(follower.timeline.header?.server, 'v1.30.0')
  })

  it('is shown as it changes, and as it was since', async () => {
    const before = follower.head.revision
    const name = { namespace: 'default', name: 'web' }
    const body = {
      spec: { template: { spec: { containers: [{ name: 'app', image: 'web:1.3' }] } } },
    }
    await world.cluster.patch(Deployment, name, { type: 'strategic', body })
    await world.converge()
    await until(() => {
      const { progress } = follower.board.rollout('web')?.view ?? {}
      return progress?.outcome === 'complete' && progress.revisions[0]?.images[0] === 'web:1.3'
    })
    const marks = follower.chronicle.of('web')?.marks ?? []
    assert.ok(marks.some(({ text }) => text === 'image web 1.2 -> 1.3'))
    assert.ok(marks.some(({ kind }) => kind === 'complete'))
    const was = follower.timeline.at(before)?.snapshotOf(name)
    assert.equal(was?.pods.length, 3)
    assert.deepEqual(was?.deployment.spec?.template.spec?.containers[0]?.image, 'web:1.2')
  })
})
