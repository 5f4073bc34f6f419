import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { ConfigMap, type ContextOf, controller } from '../controllers/framework/index.ts'
import { sleep } from '../ports/clock.ts'
import { startWorld, type World, WorldError } from './index.ts'

const made = controller(ConfigMap).named('waiter')
type Reconcile = (object: ConfigMap, context: ContextOf<typeof made>) => Promise<void>

const a = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { x: '1' } }
const never = new Promise<void>(() => {})

describe('runs that do not settle', () => {
  let world: World
  afterEach(() => world.close())

  async function run(reconcile: Reconcile): Promise<void> {
    const controllers = [
      made.reconcile(async (object, context) => {
        if (object.metadata.name === 'a') await reconcile(object, context)
        return undefined
      }),
    ]
    world = await startWorld({ builtIn: false, nodes: 0, controllers })
    await world.apply(a)
  }

  it('are named when all else is at rest', async () => {
    await run(() => never)
    await assert.rejects(
      world.converge(),
      (error) =>
        error instanceof WorldError &&
        error.message.includes('never settle') &&
        error.message.includes('  waiter default/a, since 2026-01-01T00:00:00Z'),
    )
  })

  it('are named since they began, however much time has passed', async () => {
    await run(async (_, { clock }) => {
      await sleep(clock, 5_000)
      await never
    })
    await assert.rejects(world.converge(), /waiter default\/a, since 2026-01-01T00:00:00Z/)
    await world.advance('2h')
    await assert.rejects(world.converge(), /waiter default\/a, since 2026-01-01T00:00:00Z/)
  })

  it('are named while they clean up', async () => {
    const controllers = [
      made
        .finalize(() => never, { finalizer: 'example.com/waiter' })
        .reconcile(async () => undefined),
    ]
    world = await startWorld({ builtIn: false, nodes: 0, controllers })
    await world.apply(a)
    await world.converge()
    await world.remove(ConfigMap, 'a')
    await assert.rejects(world.converge(), /waiter default\/a/)
  })

  it('are at rest while they sleep beyond the quiet minute, and go on when it is time', async () => {
    let done = false
    await run(async (_, { clock }) => {
      await sleep(clock, 600_000)
      done = true
    })
    await world.converge()
    assert.equal(done, false)
    await world.advance('10m')
    await world.converge()
    assert.equal(done, true)
  })

  it('are at rest between timers that one sets after the other', async () => {
    await run(
      (_, { clock }) =>
        new Promise((resolve) => {
          clock.after(1_000, () => clock.after(600_000, resolve))
        }),
    )
    await world.converge()
  })

  it('are waited for where only the machine holds them up', async () => {
    let length = 0
    await run(async () => {
      length = (await readFile(import.meta.filename)).length
    })
    await world.converge()
    assert.ok(length > 0)
  })

  it('are forgotten with the process', async () => {
    let first = true
    await run(async () => {
      if (first) {
        first = false
        await never
      }
    })
    await assert.rejects(world.converge(), /never settle/)
    await world.restart()
    await world.converge()
  })
})
