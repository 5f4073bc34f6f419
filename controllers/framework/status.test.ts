import assert from 'node:assert/strict'
import { time } from '../../ports/clock.ts'
import { controller, type StatusWriter } from './index.ts'
import { Plan, type Site, Site as SiteKind, type Stage, setStage, siteOf } from './testing.ts'

const toStatus = 'patch sites/status default/a'
const ref = { namespace: 'default', name: 'a' }

/** A controller that says what `say` says, and throws what it returns. */
const saying = (say: (status: StatusWriter<Site>, site: Site) => unknown) =>
  controller(SiteKind).reconcile(async (site, { status }) => {
    const error = say(status, site)
    if (error) throw error
  })

describe('status', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await setStage()
    await stage.cluster.create(SiteKind, siteOf('a'))
  })
  afterEach(() => stage.close())

  const current = async () => (await stage.cluster.get(SiteKind, ref))?.status
  const change = async (spec: Partial<Site['spec']>) => {
    await stage.cluster.patch(SiteKind, ref, { type: 'merge', body: { spec } })
    await stage.clock.advance(0)
  }
  const touch = async (text: string) => {
    const body = { metadata: { annotations: { touch: text } } }
    await stage.cluster.patch(SiteKind, ref, { type: 'merge', body })
    await stage.clock.advance(0)
  }

  it('is sent once at the end of a run, all words together', async () => {
    await stage.run(
      saying((status) => {
        status({ ready: 1, phase: 'one' })
        status({ phase: 'two' })
      }),
    )
    await stage.clock.advance(0)
    assert.deepEqual(await current(), { ready: 1, phase: 'two', observedGeneration: 1 })
    assert.deepEqual(stage.writes, [toStatus])
  })

  it('is not sent while it says the same', async () => {
    await stage.run(
      saying((status) => {
        status({ ready: 1 })
        status.condition('Ready', true, 'Fine')
      }),
    )
    await stage.clock.advance(0)
    await touch('1')
    await stage.clock.advance(60_000)
    await touch('2')
    assert.ok(stage.reconciled.length >= 3)
    assert.deepEqual(stage.writes, [toStatus])
  })

  it('keeps the time of a condition until it turns', async () => {
    await stage.run(
      saying((status, { spec }) => {
        status.condition('Ready', spec.replicas < 3, spec.image, 'as it is')
      }),
    )
    await stage.clock.advance(0)
    const first = time(stage.clock.now())
    await stage.clock.advance(10_000)
    await change({ image: 'web:2' })
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: 'web:2',
      message: 'as it is',
      lastTransitionTime: first,
      observedGeneration: 2,
    }
    assert.deepEqual((await current())?.conditions, [condition])
    await stage.clock.advance(10_000)
    await change({ replicas: 3 })
    assert.deepEqual((await current())?.conditions, [
      {
        ...condition,
        status: 'False',
        lastTransitionTime: time(stage.clock.now()),
        observedGeneration: 3,
      },
    ])
  })

  it('gives up what it says no longer', async () => {
    await stage.run(
      saying((status, { spec }) => {
        if (spec.replicas === 1) status({ ready: 1 })
        status({ phase: 'known' })
      }),
    )
    await stage.clock.advance(0)
    assert.equal((await current())?.ready, 1)
    await change({ replicas: 2 })
    assert.deepEqual(await current(), { phase: 'known', observedGeneration: 2 })
  })

  it('stays when a run says nothing', async () => {
    await stage.run(
      saying((status, { spec }) => {
        if (spec.replicas === 1) status({ ready: 1 })
      }),
    )
    await stage.clock.advance(0)
    await change({ replicas: 2 })
    assert.deepEqual(await current(), { ready: 1, observedGeneration: 1 })
  })

  it('is sent when the run throws, added to what was there; the error stays what it was', async () => {
    await stage.run(
      saying((status, { spec }) => {
        if (spec.replicas === 1) {
          status({ ready: 1 })
          status.condition('Old', true, 'Before')
          return undefined
        }
        status.condition('Ready', false, 'NoImage')
        return new Error('there is no image')
      }),
    )
    await stage.clock.advance(0)
    await change({ replicas: 2 })
    const told = await current()
    assert.equal(told?.ready, 1)
    assert.deepEqual(
      told?.conditions?.map(({ type, reason }) => [type, reason]),
      [
        ['Old', 'Before'],
        ['Ready', 'NoImage'],
      ],
    )
    assert.equal(stage.errors.at(-1), 'there is no image')
  })

  it('keeps the error of the run when the status is refused as well', async () => {
    stage.trouble = () => ({ refuse: new Error('no status either') })
    await stage.run(
      saying((status) => {
        status({ ready: 1 })
        return new Error('the run')
      }),
    )
    await stage.clock.advance(0)
    assert.equal(stage.errors[0], 'the run')
  })

  it('is not written over what the run has not seen, but by the next run', async () => {
    let first = true
    const seen: unknown[] = []
    stage.cluster.watch(SiteKind).subscribe((event) => {
      if (event.type !== 'BOOKMARK') seen.push(event.object.status?.phase)
    })
    await stage.run(
      controller(SiteKind).reconcile(async (site, { status }) => {
        if (first) {
          first = false
          const body = { spec: { image: 'web:2' } }
          await stage.cluster.patch(SiteKind, ref, { type: 'merge', body })
        }
        status({ phase: site.spec.image })
      }),
    )
    await stage.clock.advance(1_000)
    assert.equal((await current())?.phase, 'web:2')
    assert.ok(!seen.includes('web:1'), 'nobody ever reads the old word')
    assert.deepEqual(stage.errors.length, 1)
    assert.match(stage.errors[0] ?? '', /the object has been modified/)
  })

  it('is written after the run has written the object itself', async () => {
    await stage.run(
      controller(SiteKind).reconcile(async (site, { apply, status }) => {
        const { name, namespace } = site.metadata
        await apply(SiteKind, { metadata: { name, namespace, labels: { seen: 'yes' } } })
        status({ phase: 'labelled' })
      }),
    )
    await stage.clock.advance(1_000)
    assert.equal((await current())?.phase, 'labelled')
    assert.deepEqual(stage.errors, [])
  })

  it('is not written to the next object of that name', async () => {
    let again = false
    await stage.run(
      controller(SiteKind).reconcile(async (site, { status, clock }) => {
        if (!again) {
          again = true
          await stage.cluster.remove(SiteKind, ref)
          await stage.cluster.create(SiteKind, siteOf('a', { image: 'web:2' }))
        }
        status({ phase: site.spec.image })
        assert.ok(clock)
      }),
    )
    const seen: unknown[] = []
    stage.cluster.watch(SiteKind).subscribe((event) => {
      if (event.type !== 'BOOKMARK') seen.push(event.object.status?.phase)
    })
    await stage.clock.advance(1_000)
    assert.equal((await current())?.phase, 'web:2')
    assert.ok(!seen.includes('web:1'))
    assert.deepEqual(stage.errors, [])
  })

  it('cannot be said of a kind that has none', async () => {
    await stage.cluster.create(Plan, {
      apiVersion: 'demo.example.com/v1',
      kind: 'Plan',
      metadata: { namespace: 'default', name: 'p' },
      spec: {},
    })
    await stage.run(
      controller(Plan).reconcile(async (_, { status }) => {
        status({ any: 1 } as never)
      }),
    )
    await stage.clock.advance(0)
    assert.equal(stage.errors[0], 'Plan has no status subresource: declare a status with the kind')
  })

  it('cannot be said of an object that is gone', async () => {
    await stage.run(
      controller(SiteKind).reconcileKey(async (site, { status }) => {
        if (!site) status({ ready: 0 })
      }),
    )
    await stage.cluster.remove(SiteKind, ref)
    await stage.clock.advance(0)
    assert.equal(stage.errors.at(-1), 'this Site is gone: it has no status any more')
  })
})
