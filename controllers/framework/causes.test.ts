import assert from 'node:assert/strict'
import { ConfigMap, controller, type Key, requeue } from './index.ts'
import { Subject } from './streams.ts'
import { type Site, Site as SiteKind, type Stage, setStage, siteOf } from './testing.ts'

const ref = { namespace: 'default', name: 'a' }

describe('causes', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await setStage()
  })
  afterEach(() => stage.close())

  const causes = () => stage.reconciled.map((ended) => ended.causes)
  const annotate = (name: string) =>
    stage.cluster.patch(SiteKind, ref, {
      type: 'merge',
      body: { metadata: { annotations: { [name]: 'x' } } },
    })

  it('say which change of what has run a key', async () => {
    await stage.run(
      controller(SiteKind)
        .watches(ConfigMap, ({ metadata: { name = '' } }) => [{ namespace: 'default', name }])
        .reconcile(async () => {}),
    )
    const site = await stage.cluster.create(SiteKind, siteOf('a'))
    await stage.clock.advance(0)
    const map = await stage.cluster.create(ConfigMap, { metadata: ref })
    await stage.clock.advance(0)
    assert.deepEqual(causes(), [
      [
        {
          role: 'primary',
          change: 'added',
          kind: 'Site',
          group: 'demo.example.com',
          plural: 'sites',
          ...ref,
          resourceVersion: site.metadata.resourceVersion,
        },
      ],
      [
        {
          role: 'watches',
          change: 'added',
          kind: 'ConfigMap',
          group: '',
          plural: 'configmaps',
          ...ref,
          resourceVersion: map.metadata.resourceVersion,
        },
      ],
    ])
  })

  it('tell a change once, though the old object and the new one were asked about', async () => {
    await stage.run(
      controller(SiteKind)
        .watches(ConfigMap, ({ metadata: { name = '' } }) => [{ namespace: 'default', name }])
        .reconcile(async () => {}),
    )
    await stage.cluster.create(SiteKind, siteOf('a'))
    const map = await stage.cluster.create(ConfigMap, { metadata: ref })
    await stage.clock.advance(0)
    await stage.cluster.update(ConfigMap, { ...map, data: { changed: 'yes' } })
    await stage.clock.advance(0)
    assert.equal(causes().at(-1)?.length, 1)
  })

  it('say when nothing has changed: triggers, wishes, failures', async () => {
    const keys = new Subject<Key>()
    let run = 0
    await stage.cluster.create(SiteKind, siteOf('a'))
    await stage.run(
      controller(SiteKind)
        .trigger(keys)
        .reconcile(async () => {
          run++
          if (run === 1) return requeue.after('1s')
          if (run === 2) throw new Error('no')
          return undefined
        }),
    )
    await stage.clock.advance(2_000)
    keys.next(ref)
    await stage.clock.advance(0)
    assert.deepEqual(
      causes().map((all) => all.map(({ role }) => role)),
      [['primary'], ['requeue'], ['retry'], ['trigger']],
    )
  })

  it('are at most eight of a run', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    await stage.cluster.create(SiteKind, siteOf('a'))
    await stage.run(controller(SiteKind).reconcile(() => held))
    for (let turn = 0; turn < 20; turn++) await annotate(`n${turn}`)
    release()
    await stage.clock.advance(0)
    assert.deepEqual(
      causes().map((all) => all.length),
      [1, 8],
    )
  })
})

describe('a loop', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await setStage()
    await stage.cluster.create(SiteKind, siteOf('a'))
  })
  afterEach(() => stage.close())

  const warnings = () => stage.reconciled.flatMap(({ warning }) => (warning ? [warning] : []))
  const counting = (until: number) =>
    controller(SiteKind).reconcile(async (site: Site, { patch }) => {
      const count = Number(site.metadata.annotations?.count ?? 0)
      if (count >= until) return
      const body = { metadata: { annotations: { count: String(count + 1) } } }
      await patch(SiteKind, ref, { type: 'merge', body })
    })

  it('is told once, with the field that is written again and again', async () => {
    await stage.run(counting(50))
    await stage.clock.advance(60_000)
    assert.equal((await stage.cluster.get(SiteKind, ref))?.metadata.annotations?.count, '50')
    assert.equal(warnings().length, 1)
    assert.match(
      warnings()[0] ?? '',
      /^8 runs of default\/a in a row .*Site default\/a \.metadata\.annotations\.count/,
    )
  })

  it('is slowed down to a run a second', async () => {
    await stage.run(counting(1_000_000))
    await stage.clock.advance(0)
    const first = stage.reconciled.length
    assert.ok(first < 12)
    await stage.clock.advance(10_000)
    assert.equal(stage.reconciled.length, first + 10)
  })

  it('is none while it ends in time', async () => {
    await stage.run(counting(7))
    await stage.clock.advance(0)
    assert.deepEqual(warnings(), [])
  })

  it('is none where others have a hand in it', async () => {
    let turns = 0
    await stage.run(
      controller(SiteKind).reconcile(async (_, { patch }) => {
        if (turns++ >= 20) return
        // Somebody changes the object while the run is under way.
        const theirs = { metadata: { annotations: { theirs: String(turns) } } }
        await stage.cluster.patch(SiteKind, ref, { type: 'merge', body: theirs })
        const ours = { metadata: { annotations: { ours: String(turns) } } }
        await patch(SiteKind, ref, { type: 'merge', body: ours })
      }),
    )
    await stage.clock.advance(0)
    assert.equal(stage.reconciled.length, 21)
    assert.deepEqual(warnings(), [])
  })
})
