/** That nothing is deleted on the word of an old view. */

import assert from 'node:assert/strict'
import { ConfigMap, controller, type Kind, type WithMeta } from './index.ts'
import { withoutSafeguard } from './safeguards.ts'
import { type Site, Site as SiteKind, type Stage, setStage, siteOf } from './testing.ts'

const ref = { namespace: 'default', name: 'a' }
const toChild = 'delete configmaps default/a'

describe('remove', () => {
  let stage: Stage
  let answers: boolean[]
  /** What comes between the run's view and its deletion. */
  let meanwhile: () => Promise<unknown>
  beforeEach(async () => {
    stage = await setStage()
    answers = []
    meanwhile = async () => {}
    await stage.cluster.create(SiteKind, siteOf('a', { replicas: 0 }))
    await stage.cluster.create(ConfigMap, { metadata: ref })
  })
  afterEach(() => stage.close())

  /** Deletes its child while it wants no replicas. */
  const removing = (because = (site: Site | undefined) => site?.spec.replicas === 0) =>
    controller(SiteKind)
      .watches(ConfigMap, ({ metadata: { namespace = '', name = '' } }) => [{ namespace, name }])
      .writes(ConfigMap)
      .reconcile(async (site, { read, remove }) => {
        const child = read(ConfigMap).get('default', 'a')
        if (!child || site.spec.replicas > 0 || answers.length > 0) return
        await meanwhile()
        answers.push(await remove(ConfigMap, child, { because }))
      })
  const exists = async <T extends WithMeta>(kind: Kind<T>) =>
    (await stage.cluster.get(kind, ref)) !== undefined
  const run = async (wanting = removing()) => {
    await stage.run(wanting)
    await stage.clock.advance(0)
  }
  const wantMore = () =>
    stage.cluster.patch(SiteKind, ref, { type: 'merge', body: { spec: { replicas: 1 } } })

  it('deletes what the primary does not want, and says so', async () => {
    await run()
    assert.deepEqual(answers, [true])
    assert.equal(await exists(ConfigMap), false)
  })

  it('asks again about the primary as it is now', async () => {
    meanwhile = wantMore
    await run()
    assert.deepEqual(answers, [false])
    assert.deepEqual(stage.writes, [])
  })

  it('deletes what is wanted again only in a world without that safeguard', async () => {
    meanwhile = wantMore
    await withoutSafeguard('live-because', () => run())
    assert.deepEqual(answers, [true])
    assert.deepEqual(stage.writes, [toChild])
  })

  it('takes no word from another object of the name of the primary', async () => {
    meanwhile = async () => {
      await stage.cluster.remove(SiteKind, ref)
      await stage.cluster.create(SiteKind, siteOf('a', { replicas: 0 }))
    }
    await run()
    assert.deepEqual(answers, [false])
    assert.deepEqual(stage.writes, [])
  })

  it('asks about nothing when the primary is gone', async () => {
    const asked: unknown[] = []
    meanwhile = () => stage.cluster.remove(SiteKind, ref)
    await run(
      removing((site) => {
        asked.push(site)
        return site === undefined
      }),
    )
    assert.deepEqual(asked, [undefined])
    assert.deepEqual(answers, [true])
  })

  it('spares the next object of the name that was seen, and calls the first one gone', async () => {
    meanwhile = async () => {
      await stage.cluster.remove(ConfigMap, ref)
      await stage.cluster.create(ConfigMap, { metadata: ref })
    }
    await run()
    assert.deepEqual(answers, [true])
    assert.ok(await exists(ConfigMap))
  })

  it('calls gone what was gone already', async () => {
    meanwhile = () => stage.cluster.remove(ConfigMap, ref)
    await run()
    assert.deepEqual(answers, [true])
    assert.deepEqual(stage.errors, [])
  })
})
