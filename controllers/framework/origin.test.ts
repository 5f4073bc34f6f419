import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import type { WriteCause } from '../../api/write-record.ts'
import { batch, ConfigMap, controller, type Key, objectVersion } from './index.ts'
import { causeNow, onAccountOf } from './origin.ts'
import { Subject } from './streams.ts'
import { Plan, Site, type Stage, setStage, siteOf } from './testing.ts'

const ref = { namespace: 'default', name: 'a' }
const sites = { resource: 'sites', group: 'demo.example.com' }

describe('on account of what a run writes', () => {
  let stage: Stage
  let told: { write: string; cause: WriteCause | undefined }[]
  beforeEach(async () => {
    told = []
    stage = await setStage()
    stage.trouble = (write) => {
      told.push({ write, cause: causeNow() })
      return undefined
    }
  })
  afterEach(() => stage.close())

  const causeOf = (text: string) => {
    const found = told.find(({ write }) => write.includes(text))
    assert.ok(found, `${text} is none of ${told.map(({ write }) => write)}`)
    return found.cause
  }
  const mapOf = (name: string) => ({ metadata: { namespace: 'default', name } })

  it('is its object as it was seen, because of the changes that had woken it', async () => {
    await stage.run(
      controller(Site)
        .watches(ConfigMap, () => [ref])
        .writes(Plan)
        .reconcile(async (_, { apply, read }) => {
          if (read(ConfigMap).get('default', 'text')) await apply(Plan, { metadata: ref, spec: {} })
        }),
    )
    const site = await stage.cluster.create(Site, siteOf('a'))
    await stage.clock.advance(0)
    const map = await stage.cluster.create(ConfigMap, mapOf('text'))
    await stage.clock.advance(0)
    assert.deepEqual(causeOf('plans'), {
      by: 'site',
      for: { ...sites, ...ref, resourceVersion: site.metadata.resourceVersion },
      because: [objectVersion(ConfigMap, map)],
    })
  })

  it('goes with all that is written for it: the finalizer, slow starts, the status, events', async () => {
    await stage.run(
      controller(Site)
        .writes(ConfigMap)
        .finalize(async () => {})
        .reconcile(async (site, { create, status, event }) => {
          await batch(['x', 'y', 'z'], async (name) => {
            await turn()
            await create(ConfigMap, mapOf(name))
          })
          status({ ready: 1 })
          event(site, { type: 'Normal', reason: 'Made', message: 'made' })
        }),
    )
    const site = await stage.cluster.create(Site, siteOf('a'))
    await stage.clock.advance(1_000)
    const made = ['patch sites default/a', 'configmaps default/x', 'configmaps default/z']
    for (const write of [...made, 'sites/status', 'create events'])
      assert.equal(causeOf(write)?.for?.name, 'a', write)
    const first = causeOf('patch sites default/a')
    assert.equal(first?.for?.resourceVersion, site.metadata.resourceVersion)
  })

  it('is not mixed up with what other runs write at the same time', async () => {
    await stage.run(
      controller(Site)
        .writes(ConfigMap)
        .concurrency(2)
        .reconcile(async ({ metadata: { name = '' } }, { create }) => {
          for (let part = 0; part < 3; part++) {
            await turn()
            await create(ConfigMap, mapOf(`${name}-${part}`))
          }
        }),
    )
    await Promise.all(['a', 'b'].map((name) => stage.cluster.create(Site, siteOf(name))))
    await stage.clock.advance(0)
    const order = told.map(({ write }) => write.at(-3))
    assert.notDeepEqual(order, [...order].sort())
    assert.equal(told.length, 6)
    for (const { write, cause } of told)
      assert.match(write, new RegExp(`/${cause?.for?.name}-\\d$`))
  })

  it('is the object alone where nothing has changed, and its name alone where it is gone', async () => {
    const keys = new Subject<Key>()
    await stage.run(
      controller(Site)
        .writes(ConfigMap)
        .trigger(keys)
        .reconcileKey(async (site, { create }) => {
          await create(ConfigMap, mapOf(site ? 'there' : 'gone'))
        }),
    )
    keys.next({ namespace: 'default', name: 'b' })
    await stage.clock.advance(0)
    assert.deepEqual(causeOf('gone'), {
      by: 'site',
      for: { ...sites, namespace: 'default', name: 'b', resourceVersion: '' },
      because: [],
    })
  })

  it('says how many more changes there were than it tells', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let runs = 0
    await stage.cluster.create(Site, siteOf('a'))
    await stage.run(
      controller(Site)
        .writes(ConfigMap)
        .reconcile(async (_, { create }) => {
          if (runs++ === 0) return held
          await create(ConfigMap, mapOf('made'))
        }),
    )
    for (let count = 0; count < 20; count++) {
      const body = { metadata: { annotations: { [`n${count}`]: 'x' } } }
      await stage.cluster.patch(Site, ref, { type: 'merge', body })
    }
    release()
    await stage.clock.advance(0)
    const { because = [], more } = causeOf('made') ?? {}
    assert.deepEqual([because.length, more], [8, 12])
  })

  it('is said of no write that is not made in a run', async () => {
    await stage.run(controller(Site).reconcile(async () => {}))
    await stage.cluster.create(Site, siteOf('a'))
    await stage.clock.advance(0)
    assert.equal(causeNow(), undefined)
    await onAccountOf({ by: 'me', because: [] }, async () => {
      assert.deepEqual(causeNow(), { by: 'me', because: [] })
      onAccountOf({ because: [] }, () => assert.equal(causeNow()?.by, 'me'))
      onAccountOf(undefined, () => assert.equal(causeNow(), undefined))
    })
  })

  it('is told of an event by the run that told it, not by the one that began to send', async () => {
    await stage.run(
      controller(Site)
        .concurrency(2)
        .reconcile(async (site, { event }) => {
          event(site, { type: 'Normal', reason: 'Seen', message: 'seen' })
        }),
    )
    await Promise.all(['a', 'b'].map((name) => stage.cluster.create(Site, siteOf(name))))
    await stage.clock.advance(1_000)
    const events = told.filter(({ write }) => write.includes('create events'))
    assert.deepEqual(
      events.map(({ write, cause }) => write.includes(`/${cause?.for?.name}.`)),
      [true, true],
    )
  })
})
