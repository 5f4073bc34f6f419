import assert from 'node:assert/strict'
import {
  type ApiError,
  ConfigMap,
  kindKey,
  type WatchOptions,
} from '../controllers/framework/index.ts'
import { drain } from '../ports/virtual-clock.ts'
import { type IdleProcess, startIdleProcess } from './testing.ts'
import { ProcessViews } from './views.ts'

const metadata = (name: string) => ({ namespace: 'default', name })

describe('what a process sees', () => {
  let idle: IdleProcess
  beforeEach(async () => {
    idle = await startIdleProcess()
  })
  afterEach(() => idle.close())

  /** As an administrator, so that it does not depend on what the process sees. */
  const set = async (name: string, x: string) => {
    const body = { metadata: metadata(name), data: { x } }
    const patch = { type: 'apply', body: { apiVersion: 'v1', kind: 'ConfigMap', ...body } } as const
    const cluster = idle.server.server.cluster()
    return cluster.patch(ConfigMap, metadata(name), patch, { fieldManager: 'admin' })
  }
  const unset = (name: string) => idle.server.server.cluster().remove(ConfigMap, metadata(name))
  const position = async () => idle.server.storage.revision()

  function watch(options: WatchOptions = {}): string[] {
    const heard: string[] = []
    idle.cluster.watch(ConfigMap, options).subscribe({
      next: (event) =>
        event.type !== 'BOOKMARK' &&
        heard.push(`${event.type} ${event.object.metadata.name}=${event.object.data?.x}`),
      error: (error: unknown) => heard.push(`${(error as ApiError).code}`),
    })
    return heard
  }
  const listed = async () =>
    (await idle.cluster.list(ConfigMap, { namespace: 'default' })).items.map(
      ({ metadata: { name }, data }) => `${name}=${data?.x}`,
    )
  const from = async () => ({ resourceVersion: String(await position()) })

  it('is what there is, unless told', async () => {
    const heard = watch(await from())
    await set('a', '1')
    assert.deepEqual([heard, await listed()], [['ADDED a=1'], ['a=1']])
  })

  it('stands still while a kind is held, though it writes and reads as ever; then all comes late', async () => {
    const { views } = idle.process
    await set('a', '1')
    const heard = watch(await from())
    await drain()
    views.hold(ConfigMap)
    await set('a', '2')
    await set('a', '3')
    await idle.cluster.create(ConfigMap, { metadata: metadata('b') })
    assert.deepEqual([heard, await listed()], [[], ['a=1']])
    assert.equal((await idle.cluster.get(ConfigMap, metadata('a')))?.data?.x, '3')
    assert.deepEqual(views.held(), [kindKey(ConfigMap)])
    views.release(ConfigMap)
    assert.deepEqual(heard, ['MODIFIED a=2', 'MODIFIED a=3', 'ADDED b=undefined'])
    await set('a', '4')
    assert.deepEqual(heard.at(-1), 'MODIFIED a=4')
    assert.deepEqual(await listed(), ['a=4', 'b=undefined'])
  })

  it('is told that its history is gone, and sees the last state alone, where it is released so', async () => {
    const { views } = idle.process
    const heard = watch(await from())
    await drain()
    views.hold(ConfigMap)
    await set('a', '1')
    await unset('a')
    views.release(ConfigMap, 'relist')
    assert.deepEqual([heard, await listed()], [['410'], []])
  })

  it('stands still from the next event of one object on', async () => {
    const { views } = idle.process
    await set('a', '1')
    const heard = watch(await from())
    await drain()
    views.hold(ConfigMap, metadata('a'))
    await set('b', '1')
    await set('a', '2')
    await set('b', '2')
    assert.deepEqual([heard, await listed()], [['ADDED b=1'], ['a=1', 'b=1']])
    views.catchUp()
    assert.deepEqual(heard, ['ADDED b=1', 'MODIFIED a=2', 'MODIFIED b=2'])
  })

  it('hears the last event again', async () => {
    const heard = watch(await from())
    await set('a', '1')
    await set('b', '1')
    idle.process.views.duplicate(ConfigMap)
    assert.deepEqual(heard, ['ADDED a=1', 'ADDED b=1', 'ADDED b=1'])
  })

  it('is the past after a restart as of a position, and goes on from there when it catches up', async () => {
    await set('a', '1')
    const then = await position()
    await set('a', '2')
    await unset('a')
    await set('b', '1')
    idle.process.start({ asOf: { [kindKey(ConfigMap)]: then } })
    const heard = watch({ resourceVersion: String(then) })
    const fromNothing = watch({ namespace: 'default' })
    await drain()
    assert.deepEqual([heard, fromNothing, await listed()], [[], ['ADDED a=1'], ['a=1']])
    await set('b', '2')
    idle.process.views.catchUp()
    const missed = ['MODIFIED a=2', 'DELETED a=2', 'ADDED b=1', 'MODIFIED b=2']
    assert.deepEqual(heard, missed)
    assert.deepEqual(fromNothing, ['ADDED a=1', ...missed])
    assert.deepEqual(await listed(), ['b=2'])
  })

  it('is nothing as of before the beginning', async () => {
    await set('a', '1')
    idle.process.start({ asOf: { [kindKey(ConfigMap)]: 0 } })
    assert.deepEqual(await listed(), [])
    idle.process.views.catchUp()
    assert.deepEqual(await listed(), ['a=1'])
  })

  it('shows pages of the past that fit together', async () => {
    for (const name of ['a', 'b', 'c']) await set(name, '1')
    idle.process.views.hold(ConfigMap)
    await set('b', '2')
    const options = { namespace: 'default', limit: 2 }
    const first = await idle.cluster.list(ConfigMap, options)
    const second = await idle.cluster.list(ConfigMap, { ...options, continue: first.continue })
    const all = [...first.items, ...second.items].map(({ data }) => data?.x)
    assert.deepEqual(all, ['1', '1', '1'])
  })

  it('is never told out of order: what comes late waits behind what is held back', () => {
    const views = new ProcessViews(() => '4')
    const heard: string[] = []
    const gate = views.open(ConfigMap, {
      next: (event) => event.type !== 'BOOKMARK' && heard.push(event.object.metadata.name ?? ''),
      error: (error) => assert.fail(String(error)),
    })
    const offer = (name: string, resourceVersion: string) =>
      gate.offer({ type: 'ADDED', object: { metadata: { ...metadata(name), resourceVersion } } })
    views.hold(ConfigMap)
    offer('a', '3')
    offer('b', '5')
    offer('c', '4')
    assert.deepEqual(heard, ['a'])
    views.release(ConfigMap)
    assert.deepEqual(heard, ['a', 'b', 'c'])
  })
})
