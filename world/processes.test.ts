import assert from 'node:assert/strict'
import {
  ApiError,
  ConfigMap,
  type Controller,
  controller,
  Lease,
  Secret,
} from '../controllers/framework/index.ts'
import { isWrite, startWorld, type World, type WorldOptions } from './index.ts'

/** Copies a ConfigMap's data into a Secret of its name. */
const mirror = controller(ConfigMap)
  .named('mirror')
  .owns(Secret)
  .reconcile(async (configMap, { apply }) => {
    await apply(Secret, {
      metadata: { name: configMap.metadata.name },
      stringData: { x: configMap.data?.x ?? '' },
    })
    return undefined
  })

const source = (x: string, name = 'a') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { x },
})

describe('the processes of a World', () => {
  let world: World | undefined
  afterEach(() => world?.close())
  async function start(options: WorldOptions = {}): Promise<World> {
    world = await startWorld({ builtIn: false, nodes: 0, controllers: [mirror], ...options })
    return world
  }
  const copied = async (name = 'a') => {
    const secret = await world?.find(Secret, name)
    return secret && Buffer.from(secret.data?.x ?? '', 'base64').toString()
  }

  it('have chance of their own in each life, and the same in each World of one seed', async () => {
    const drawn: string[][] = []
    for (let turn = 0; turn < 2; turn++) {
      const uuids: string[] = []
      const drawing = controller(ConfigMap).reconcile(async (_, { random }) => {
        uuids.push(random.uuid())
      })
      const world = await start({ controllers: [drawing] })
      await world.apply(source('1'))
      await world.converge()
      await world.restart()
      await world.converge()
      await world.close()
      drawn.push(uuids)
    }
    assert.equal(new Set(drawn[0]).size, 2)
    assert.deepEqual(drawn[0], drawn[1])
  })

  it('are at rest when nothing changes for a minute, and not before', async () => {
    const count = (waits: number) => {
      let runs = 0
      return controller(ConfigMap)
        .owns(Secret)
        .reconcile(async ({ metadata }, { apply }) => {
          if (++runs === 1) return { requeueAfter: waits }
          await apply(Secret, { metadata: { name: metadata.name } })
        })
    }
    for (const [waits, waited] of [
      [60_000, true],
      [60_001, false],
    ] as const) {
      const world = await start({ controllers: [count(waits)] })
      await world.apply(source('1'))
      await world.converge()
      assert.equal((await world.find(Secret, 'a')) !== undefined, waited)
      await world.close()
    }
  })

  it('are told apart in the log, request by request', async () => {
    const world = await start()
    await world.apply(source('1'))
    await world.converge()
    assert.deepEqual(
      world.log.map(({ by, type, kind, ref, request }) => [
        by,
        type,
        kind.kind,
        ref.name,
        request?.verb,
        request?.fieldManager,
      ]),
      [
        ['user', 'created', 'ConfigMap', 'a', 'apply', 'user'],
        ['controllers', 'created', 'Secret', 'a', 'apply', 'controllers-mirror'],
      ],
    )
    assert.equal(world.log[1]?.request?.sequence, 1)
  })

  for (const applied of [true, false])
    it(`go on where a crash ${applied ? 'after' : 'before'} a write has stopped them`, async () => {
      const world = await start()
      const end = world.inject(({ sequence, process, verb }) =>
        process === 'controllers' && verb === 'apply' && sequence === 1
          ? { type: 'crash', applied }
          : undefined,
      )
      await world.apply(source('1'))
      await world.converge()
      end()
      assert.equal(await copied(), '1')
    })

  it('try again what was refused, or whose answer was lost', async () => {
    const world = await start()
    const faults = [
      { type: 'refuse', error: new ApiError(500, 'InternalError', 'a bad day') },
      { type: 'lose', applied: false },
      { type: 'lose', applied: true },
    ] as const
    let count = 0
    world.inject((request) => (isWrite(request) ? faults[count++] : undefined))
    await world.apply(source('1'))
    await world.converge()
    assert.equal(await copied(), '1')
    assert.ok(count >= 3)
  })

  it('miss what happens while they are cut off, and see it late or not at all', async () => {
    const world = await start()
    for (const [how, x] of [
      ['events', '2'],
      ['relist', '3'],
    ] as const) {
      const cut = world.cut(ConfigMap)
      const before = await copied()
      await world.apply(source(x))
      await world.converge()
      assert.equal(await copied(), before)
      await cut.heal(how)
      await world.converge()
      assert.equal(await copied(), x)
    }
  })

  it('keep nothing over a restart where they are made anew', async () => {
    const forgetful = (): Controller[] => {
      const seen = new Set<string | undefined>()
      return [
        controller(ConfigMap)
          .owns(Secret)
          .reconcile(async ({ metadata: { name }, data }, { apply }) => {
            const x = String(seen.add(data?.x).size)
            await apply(Secret, { metadata: { name }, stringData: { x } })
            return undefined
          }),
      ]
    }
    const world = await start({ controllers: forgetful })
    await world.apply(source('1'))
    await world.apply(source('2'))
    assert.equal(await copied(), '2')
    await world.restart()
    assert.equal(await copied(), '1')
  })

  it('take over from each other when the leader loses its lease', async () => {
    const world = await start({ replicas: 2 })
    assert.deepEqual(world.processes, ['controllers', 'controllers-2'])
    await world.apply(source('1'))
    assert.equal(await world.leader(), 'controllers')
    assert.equal(await copied(), '1')
    await world.depose()
    assert.equal(await world.leader(), 'controllers-2')
    await world.apply(source('2'))
    await world.converge()
    assert.equal(await copied(), '2')
    const writers = world.log.filter(({ kind }) => kind.kind === 'Secret').map(({ by }) => by)
    assert.deepEqual(writers, ['controllers', 'controllers-2'])
    await world.depose()
    assert.equal(await world.leader(), 'controllers')
    assert.equal((await world.list(Lease)).length, 1)
  })

  it('cannot be deposed where nobody could take over', async () => {
    const world = await start()
    await assert.rejects(world.depose(), /cannot be deposed: nobody leads, of controllers/)
  })

  it('fail the World where faults crash them each time that they begin', async () => {
    const world = await start()
    world.inject(({ process }) =>
      process === 'controllers' ? { type: 'crash', applied: false } : undefined,
    )
    await assert.rejects(world.restart(), /crash the process controllers each time/)
  })

  it('fail the World where they cannot even start', async () => {
    const broken = controller({ ...ConfigMap, plural: 'nothings' })
      .trigger({
        subscribe: () => {
          throw new Error('no such source')
        },
      } as never)
      .reconcile(async () => undefined)
    await assert.rejects(start({ controllers: [broken] }), {
      name: 'WorldError',
      message: /the process controllers cannot start: Error: no such source/,
    })
    world = undefined
  })
})

describe('a World that does not come to rest', () => {
  let world: World | undefined
  afterEach(() => world?.close())

  it('is stopped where no time passes, and says who writes what', async () => {
    const restless = controller(ConfigMap)
      .named('restless')
      .owns(Secret)
      .reconcile(async ({ metadata: { name } }, { apply, random, signal }) => {
        while (!signal.aborted)
          await apply(Secret, { metadata: { name }, stringData: { x: random.uuid() } })
        return undefined
      })
    world = await startWorld({ builtIn: false, nodes: 0, controllers: [restless] })
    await assert.rejects(world.apply(source('1')), (error: Error) => {
      assert.equal(error.name, 'WorldError')
      assert.match(error.message, /does not come to rest and no time passes/)
      assert.match(error.message, /\d+ x controllers updated secrets default\/a/)
      return true
    })
  })

  it('says what processes have reported', async () => {
    const failing = controller(ConfigMap)
      .named('failing')
      .owns(Secret)
      .reconcile(async ({ metadata: { name } }, { apply, clock }) => {
        await apply(Secret, { metadata: { name }, stringData: { x: String(clock.now()) } })
        throw new Error('never good enough')
      })
    world = await startWorld({ builtIn: false, nodes: 0, controllers: [failing] })
    await world.apply(source('1'))
    await assert.rejects(
      world.converge({ within: '2m' }),
      /within 120 virtual seconds[\s\S]*controllers updated secrets default\/a[\s\S]*never good enough/,
    )
  })
})

describe('a process that reaches outside of its World', () => {
  const cases: [string, () => unknown, RegExp][] = [
    [
      'a timer of its own',
      () => clearTimeout(setTimeout(() => {}, 1)),
      /uses setTimeout.*the clock/,
    ],
    ['the time of the machine', () => Date.now(), /uses Date\.now.*clock\.now/],
    ['the date of the machine', () => new Date(), /uses new Date without.*clock\.now/],
    ['the date of the machine as a text', () => Date(), /uses new Date without.*clock\.now/],
    ['its own stopwatch', () => performance.now(), /uses performance\.now.*clock\.monotonic/],
    ['names of its own', () => crypto.randomUUID(), /uses crypto\.randomUUID.*random\.uuid/],
    ['chance', () => Math.random(), /uses Math\.random.*random\.next/],
    ['the network', () => fetch('http://127.0.0.1:1').catch(() => {}), /uses fetch.*the cluster/],
    [
      'nobody, when it fails',
      () => void Promise.reject(new Error('alone')),
      /nobody handles it: Error: alone/,
    ],
  ]
  for (const [what, reach, expected] of cases)
    it(`is found out when it relies on ${what}`, async () => {
      const reaching = controller(ConfigMap).reconcile(async () => {
        reach()
        return undefined
      })
      const world = await startWorld({ builtIn: false, nodes: 0, controllers: [reaching] })
      try {
        await assert.rejects(world.apply(source('1')), (error: Error) => {
          assert.equal(error.name, 'WorldError')
          assert.match(error.message, expected)
          assert.match(
            `${error.stack}${(error.cause as Error | undefined)?.stack}`,
            /processes\.test\.ts/,
          )
          return true
        })
        await world.converge()
      } finally {
        await world.close()
      }
    })

  it('is no concern of others, who use what they like', async () => {
    const world = await startWorld({ builtIn: false, nodes: 0 })
    await new Promise((resolve) => setTimeout(resolve, 1))
    assert.ok(Date.now() > 0 && Math.random() < 1 && new Date() instanceof Date)
    await world.converge()
    await world.close()
    assert.match(`${setTimeout}`, /native|function setTimeout/)
  })
})
