import assert from 'node:assert/strict'
import { ConfigMap, type ContextOf, controller, Secret } from '../controllers/framework/index.ts'
import { startWorld, type World, WorldError } from './index.ts'

const made = controller(ConfigMap).named('careless').owns(Secret)
type Reconcile = (object: ConfigMap, context: ContextOf<typeof made>) => void

const a = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', labels: { app: 'web' }, finalizers: ['example.com/b', 'example.com/a'] },
  data: { x: '1' },
}

describe('objects that a controller reads', () => {
  let world: World | undefined
  afterEach(() => world?.close())

  /** Until all is at rest. */
  async function run(reconcile: Reconcile): Promise<World> {
    const controllers = [
      made.reconcile(async (object, context) => {
        if (object.metadata.name === 'a') reconcile(object, context)
        return undefined
      }),
    ]
    world = await startWorld({ builtIn: false, nodes: 0, controllers, objects: [a] })
    await world.converge()
    return world
  }

  const careless: Record<string, Reconcile> = {
    'sorts a list in place': ({ metadata }) => {
      metadata.finalizers?.sort()
    },
    'sets a label': ({ metadata: { labels = {} } }) => {
      labels.tier = 'front'
    },
    'changes a label': ({ metadata: { labels = {} } }) => {
      labels.app = 'db'
    },
    'deletes a field': ({ data }) => {
      delete data?.x
    },
    'sets a field of the metadata': ({ metadata }) => {
      metadata.annotations = { x: '1' }
    },
    'sets a field of the object': (object) => {
      object.immutable = true
    },
    'changes what it reads of others': (_, { read }) => {
      for (const object of read(ConfigMap).list()) object.data = {}
    },
  }
  for (const [what, reconcile] of Object.entries(careless))
    it(`cannot be changed: one that ${what} is told to copy`, async () => {
      await assert.rejects(
        run(reconcile),
        (error) =>
          error instanceof WorldError &&
          /^the process controllers changes an object that it has read: Cannot /.test(
            error.message,
          ) &&
          /is shared: copy it first, structuredClone\(object\)/.test(error.message) &&
          error.cause instanceof TypeError,
      )
    })

  it('cannot be changed when a watch has brought them either', async () => {
    const world = await run(({ data = {} }) => {
      if (data.x === '2') data.x = '3'
    })
    const heard = async () => {
      await world.apply({ ...a, data: { x: '2' } })
      await world.converge()
    }
    await assert.rejects(heard(), /is shared: copy it first/)
  })

  it('can be changed when they were copied, and when they were asked for alone', async () => {
    let done = 0
    const world = await run((object) => {
      structuredClone(object).metadata.finalizers?.sort()
      done++
    })
    const live = await world.cluster.get(ConfigMap, { namespace: 'default', name: 'a' })
    if (live) live.data = {}
    assert.equal(done, 1)
  })

  it('belong to the test that lists them', async () => {
    const world = await run(() => {})
    for (const object of await world.list(ConfigMap)) object.data = { x: 'mine' }
    assert.deepEqual((await world.get(ConfigMap, 'a')).data, { x: '1' })
    const listed = await world.list(ConfigMap, { namespace: 'default' })
    assert.deepEqual(listed.find(({ metadata }) => metadata.name === 'a')?.data, { x: '1' })
  })
})
