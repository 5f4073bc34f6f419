import assert from 'node:assert/strict'
import { controller, Event, type Result, requeue } from './index.ts'
import { withoutSafeguard } from './safeguards.ts'
import { type Site, Site as SiteKind, type Stage, setStage, siteOf } from './testing.ts'

const ref = { namespace: 'default', name: 'a' }
const finalizer = 'demo.example.com/site'

describe('finalize', () => {
  let stage: Stage
  let ran: string[]
  beforeEach(async () => {
    stage = await setStage()
    ran = []
  })
  afterEach(() => stage.close())

  const current = () => stage.cluster.get(SiteKind, ref)
  const cleaning = (finalize: (site: Site) => Promise<Result>) =>
    controller(SiteKind)
      .finalize(async (site) => {
        ran.push('finalize')
        return finalize(site)
      })
      .reconcile(async ({ metadata }) => {
        ran.push(`reconcile ${metadata.finalizers?.includes(finalizer)}`)
      })
  const remove = async () => {
    await stage.cluster.remove(SiteKind, ref)
    await stage.clock.advance(0)
  }
  const finalizers = async (body: string[]) => {
    await stage.cluster.patch(SiteKind, ref, {
      type: 'merge',
      body: { metadata: { finalizers: body } },
    })
  }

  it('stores the finalizer before it reconciles', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    await stage.run(cleaning(async () => undefined))
    await stage.clock.advance(0)
    assert.deepEqual(ran, ['reconcile true'])
    assert.deepEqual((await current())?.metadata.finalizers, [finalizer])
  })

  it('adds to the finalizers of others, also to those that come meanwhile', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    stage.trouble = () => {
      stage.trouble = undefined
      void finalizers(['example.com/other'])
      return undefined
    }
    await stage.run(cleaning(async () => undefined))
    await stage.clock.advance(100)
    assert.deepEqual((await current())?.metadata.finalizers, ['example.com/other', finalizer])
  })

  it('runs instead of reconcile on deletion, and lets the object go', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    await stage.run(cleaning(async () => undefined))
    await stage.clock.advance(0)
    ran = []
    await remove()
    assert.deepEqual(ran, ['finalize'])
    assert.equal(await current(), undefined)
  })

  it('keeps the object while it asks to be run again', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    let left = 2
    await stage.run(cleaning(async () => (left-- > 0 ? requeue.after('10s') : undefined)))
    await stage.clock.advance(0)
    await remove()
    assert.ok(await current())
    await stage.clock.advance(10_000)
    assert.ok(await current())
    await stage.clock.advance(10_000)
    assert.equal(await current(), undefined)
  })

  it('is tried again when it fails, and says how often it has', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    let left = 3
    await stage.run(
      cleaning(async () => {
        if (left-- > 0) throw new Error('the bucket is not empty')
        return undefined
      }),
    )
    await stage.clock.advance(0)
    await remove()
    assert.ok(await current())
    await stage.clock.advance(1_000)
    assert.equal(await current(), undefined)
    const { items } = await stage.cluster.list(Event)
    assert.deepEqual(
      items.map(({ type, reason, message }) => [type, reason, message]).sort(),
      [1, 2, 3].map((attempt) => [
        'Warning',
        'FinalizeFailed',
        `Cleaning up for ${finalizer} failed (attempt ${attempt}): the bucket is not empty`,
      ]),
    )
  })

  it('takes only its own finalizer away, wherever it stands by then', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    await stage.run(
      cleaning(async () => {
        await finalizers(['example.com/later', finalizer])
        return undefined
      }),
    )
    await stage.clock.advance(0)
    await finalizers([finalizer, 'example.com/later'])
    await remove()
    assert.deepEqual((await current())?.metadata.finalizers, ['example.com/later'])
    assert.deepEqual(
      ran.filter((run) => run === 'finalize'),
      ['finalize'],
    )
  })

  it('takes nothing from another object of that name, which is cleaned up after in its turn', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    const cleaned: string[] = []
    const replace = async () => {
      await finalizers([])
      const { metadata, ...site } = siteOf('a')
      await stage.cluster.create(SiteKind, {
        ...site,
        metadata: { ...metadata, finalizers: [finalizer] },
      })
      await stage.cluster.remove(SiteKind, ref)
    }
    await stage.run(
      cleaning(async ({ metadata: { uid = '' } }) => {
        cleaned.push(uid)
        if (cleaned.length === 1) await replace()
        return undefined
      }),
    )
    await stage.clock.advance(0)
    const first = (await current())?.metadata.uid
    await remove()
    assert.equal(cleaned.length, 2)
    assert.deepEqual([cleaned[0] === first, cleaned[1] === first], [true, false])
    assert.equal(await current(), undefined)
  })

  it('stands there once, though somebody adds it at the same time', async () => {
    const { metadata, ...site } = siteOf('a')
    const others = ['example.com/other']
    await stage.cluster.create(SiteKind, { ...site, metadata: { ...metadata, finalizers: others } })
    stage.trouble = () => {
      stage.trouble = undefined
      void finalizers([...others, finalizer])
      return undefined
    }
    await stage.run(cleaning(async () => undefined))
    await stage.clock.advance(1_000)
    assert.deepEqual((await current())?.metadata.finalizers, [...others, finalizer])
  })

  it('leaves objects alone that are deleted without its finalizer', async () => {
    const site = siteOf('a')
    await stage.cluster.create(SiteKind, {
      ...site,
      metadata: { ...site.metadata, finalizers: ['example.com/other'] },
    })
    await stage.cluster.remove(SiteKind, ref)
    await stage.run(cleaning(async () => undefined))
    await stage.clock.advance(60_000)
    assert.deepEqual(ran, [])
    assert.deepEqual(stage.writes, [])
  })

  it('adds no finalizer to an object that is being deleted meanwhile', async () => {
    const site = siteOf('a')
    await stage.cluster.create(SiteKind, {
      ...site,
      metadata: { ...site.metadata, finalizers: ['example.com/other'] },
    })
    stage.trouble = () => {
      stage.trouble = undefined
      void stage.cluster.remove(SiteKind, ref)
      return undefined
    }
    await stage.run(cleaning(async () => undefined))
    await stage.clock.advance(60_000)
    assert.deepEqual((await current())?.metadata.finalizers, ['example.com/other'])
    assert.deepEqual(ran, [])
  })

  it('lets an object go before it is clean only in a world without that safeguard', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    let there: boolean | undefined
    await stage.run(
      cleaning(async () => {
        there = (await current()) !== undefined
        return undefined
      }),
    )
    await stage.clock.advance(0)
    await withoutSafeguard('finalizer-last', remove)
    assert.equal(there, false)
  })

  it('needs a domain for kinds that have none', () => {
    assert.throws(
      () =>
        controller(Event)
          .finalize(async () => undefined)
          .reconcile(async () => undefined),
      /a finalizer on Event needs a domain of your own/,
    )
    const named = controller(Event)
      .finalize(async () => undefined, { finalizer: 'example.com/tidy' })
      .reconcile(async () => undefined)
    assert.equal(named.finalizer?.name, 'example.com/tidy')
  })

  it('is left out where the controller has none: objects that are being deleted are nobody’s', async () => {
    const site = siteOf('a')
    await stage.cluster.create(SiteKind, {
      ...site,
      metadata: { ...site.metadata, finalizers: ['example.com/other'] },
    })
    const reconcile = async () => {
      ran.push('reconcile')
    }
    await stage.run(
      controller(SiteKind).reconcile(reconcile),
      controller(SiteKind)
        .named('while-deleting')
        .whileDeleting()
        .reconcile(async () => {
          ran.push('while deleting')
        }),
    )
    await stage.clock.advance(0)
    assert.deepEqual(ran.sort(), ['reconcile', 'while deleting'])
    ran = []
    await remove()
    assert.deepEqual(ran, ['while deleting'])
  })
})
