import assert from 'node:assert/strict'
import { ConfigMap, requeue } from '../../controllers/framework/index.ts'
import type { Head } from './head.ts'
import { replay, SieveError, type Subject, sieve, survey } from './index.ts'
import { builder, forgetful, keepBooks, Shelf, scenario, shelf } from './testing/shelf.ts'

const failureOf = async (subject: Subject): Promise<SieveError> => {
  try {
    await sieve(subject)
  } catch (error) {
    assert.ok(error instanceof SieveError, String(error))
    return error
  }
  return assert.fail('nothing was found')
}

describe('a sieve', function () {
  this.timeout(180_000)

  it('lets a controller pass that bears everything', async () => {
    const { plans, tried, byType } = await sieve({
      ...shelf,
      scenario,
      builtIn: ['garbage-collector'],
    })
    assert.equal(tried, plans)
    assert.deepEqual(Object.keys(byType).sort(), [
      'crash',
      'duplicate',
      'lost-reply',
      'refused',
      'rollback',
      'stale',
      'takeover',
      'unobserved',
    ])
  })

  it('lets one pass whose objects are collected', async () => {
    const { tried } = await sieve({
      ...shelf,
      scenario,
      builtIn: ['garbage-collector'],
      maxPlans: 40,
    })
    assert.equal(tried, 40)
  })

  it('starts anew on an old view after each write where it is to be thorough', async () => {
    const stale = { ...shelf, scenario: scenario.slice(0, 2), only: ['stale'] as const }
    const { plans } = await sieve(stale)
    const thorough = await sieve({ ...stale, thorough: true })
    assert.ok(thorough.plans > plans)
  })

  it('says so where the scenario fails by itself', async () => {
    await assert.rejects(
      sieve({ ...shelf, scenario: scenario.slice(1) }),
      /though nothing goes wrong: .*the step "patch Shelf default\/a with .*" is refused: .*not found/,
    )
  })

  it('draws from more plans than it may try, the same ones for the same seed', async () => {
    const some = await sieve({ ...shelf, maxPlans: 10 })
    assert.equal(some.tried, 10)
    assert.ok(some.plans > 100)
    assert.deepEqual(await sieve({ ...shelf, maxPlans: 10 }), some)
    assert.notDeepEqual((await sieve({ ...shelf, maxPlans: 10, seed: 7 })).byType, some.byType)
  })

  it('finds a crash that is not borne, and replays it', async () => {
    const { plan, seed, steps, oracle } = await failureOf(forgetful)
    assert.equal(plan.type, 'crash')
    assert.equal(oracle, 'end state')
    await assert.rejects(replay(forgetful, { plan, seed, steps }), { name: 'SieveError', oracle })
    await replay({ ...shelf }, { plan, seed, steps })
  })

  it('leaves out the steps that have nothing to do with it', async () => {
    const { steps } = await failureOf(forgetful)
    assert.deepEqual(
      steps.map((step) => (step.do === 'create' ? step.object.kind : step.do)),
      ['Shelf'],
    )
  })

  it('tells all that it finds where it is asked to', async () => {
    const { failures, tried, plans } = await survey({ ...forgetful, only: ['crash', 'rollback'] })
    assert.equal(tried, plans)
    assert.ok(failures.length > 1)
  })

  it('finds a controller that never comes to rest', async () => {
    const restless = builder.reconcile(async (shelf, { patch, clock }) => {
      const { namespace = '', name = '' } = shelf.metadata
      const annotations = { seen: String(clock.now()) }
      await patch(
        Shelf,
        { namespace, name },
        { type: 'merge', body: { metadata: { annotations } } },
      )
      return requeue.after('1s')
    })
    const { oracle, plan } = await failureOf({
      ...shelf,
      controllers: [restless],
      scenario: scenario.slice(0, 1),
      within: '2m',
    })
    assert.equal(oracle, 'convergence')
    assert.equal(plan.type, 'undisturbed')
  })

  it('finds a controller that writes without need', async () => {
    let starts = 0
    const restarting = builder.reconcile(async (shelf, { patch }) => {
      if (shelf.metadata.annotations?.start === String(starts)) return undefined
      const { namespace = '', name = '' } = shelf.metadata
      const annotations = { start: String(starts) }
      await patch(
        Shelf,
        { namespace, name },
        { type: 'merge', body: { metadata: { annotations } } },
      )
      return undefined
    })
    const controllers = () => {
      starts++
      return [restarting]
    }
    const { oracle } = await failureOf({
      ...shelf,
      controllers,
      scenario: scenario.slice(0, 1),
    })
    assert.ok(oracle === 'stability' || oracle === 'determinism', oracle)
  })

  it('finds a controller that does not undo what it has done', async () => {
    const hoarder = builder.reconcile(async (shelf, { apply }) => {
      for (let book = 0; book < shelf.spec.books; book++)
        await apply(ConfigMap, { metadata: { name: `${shelf.metadata.name}-${book}` } })
      return undefined
    })
    const { oracle } = await failureOf({
      ...shelf,
      controllers: [hoarder],
      scenario: scenario.slice(0, 2),
      only: ['rollback'],
    })
    assert.equal(oracle, 'rollback')
  })

  it('finds a controller that uses chance of its own', async () => {
    let drawn = 0
    const { oracle } = await failureOf({
      ...shelf,
      controllers: [
        builder.reconcile(async ({ metadata: { namespace = '', name = '' } }, { read, apply }) => {
          if (!read(ConfigMap).get(namespace, name))
            await apply(ConfigMap, { metadata: { name }, data: { drawn: String(drawn++) } })
          return undefined
        }),
      ],
      scenario: scenario.slice(0, 1),
    })
    assert.equal(oracle, 'determinism')
  })

  it('asks what must always, never and eventually be so', async () => {
    const books = (head: Head) => head.list(ConfigMap).filter(({ data }) => data?.title).length
    const atMostOne = (head: Head) => books(head) <= 1
    const only = ['crash'] as const
    assert.equal((await failureOf({ ...shelf, only, always: [atMostOne] })).oracle, 'always')
    const two = (head: Head) => books(head) === 2
    const never = await failureOf({ ...shelf, only, never: [two] })
    assert.equal(never.oracle, 'never')
    assert.match(never.message, /what must never be is: two/)
    assert.equal((await failureOf({ ...shelf, only, eventually: [two] })).oracle, 'eventually')
    const one = (head: Head) => books(head) === 1
    await sieve({ ...shelf, only, eventually: [one], always: [(head) => books(head) <= 2] })
  })

  it('lets what a controller remembers be lost with its process', async () => {
    const remembering = () => {
      const done = new Set<string>()
      return [
        builder.reconcile(async (shelf, context) => {
          const { name = '', generation } = shelf.metadata
          const version = `${name}/${generation}`
          if (done.has(version)) return undefined
          done.add(version)
          return keepBooks(shelf, context)
        }),
      ]
    }
    const { plan } = await failureOf({ ...shelf, controllers: remembering })
    assert.notEqual(plan.type, 'crash')
  })
})
