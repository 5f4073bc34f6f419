import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { LogHistory, type LogHistoryLimits } from './log-history.ts'

const hour = 3_600_000

describe('the logs of what is gone', () => {
  let directory: string
  let clock: VirtualClock
  let history: LogHistory
  let errors: unknown[]

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tiphys-log-history-'))
    clock = new VirtualClock()
    errors = []
    await begin()
  })
  afterEach(async () => {
    await history.stop()
    await rm(directory, { recursive: true })
    assert.deepEqual(errors, [])
  })

  /** An agent starts, after the one before has ended. */
  async function begin(limits?: LogHistoryLimits): Promise<void> {
    await history?.stop()
    const onError = (error: unknown) => errors.push(error)
    history = new LogHistory({ podLogDir: directory, clock, limits, onError })
    await history.start()
  }

  const write = async (path: string, text = 'x') => {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
  const filesOf = async (pod: string, container = 'main') => {
    const files = await history.files({ namespace: 'default', pod, uid: `u-${pod}`, container })
    return files.map((path) => relative(directory, path))
  }
  const textOf = async (pod: string, container = 'main') => {
    const files = await filesOf(pod, container)
    const texts = await Promise.all(files.map((path) => readFile(join(directory, path), 'utf8')))
    return texts.join(' ')
  }
  /** The pod is removed, as the agent does it. */
  const remove = async (pod: string) => {
    await history.keep(`default_${pod}_u-${pod}`)
    await rm(join(directory, `default_${pod}_u-${pod}`), { recursive: true, force: true })
  }
  const past = async () =>
    existsSync(join(directory, 'past'))
      ? (await readdir(join(directory, 'past'), { recursive: true })).sort()
      : []

  it('are there after the pod, of each container alone', async () => {
    await write('default_web_u-web/main/0.log', 'main wrote this')
    await write('default_web_u-web/side/0.log', 'side wrote this')
    await remove('web')
    assert.equal(await textOf('web'), 'main wrote this')
    assert.equal(await textOf('web', 'side'), 'side wrote this')
    assert.equal(await textOf('web', 'other'), '')
    assert.equal(await textOf('web2'), '')
  })

  it('are none of what lies behind a link in the place of a directory', async () => {
    await write('elsewhere/main/0.log', 'of somebody else')
    await mkdir(join(directory, 'default_web_u-web'))
    await symlink(join(directory, 'elsewhere/main'), join(directory, 'default_web_u-web/main'))
    await symlink(join(directory, 'elsewhere'), join(directory, 'default_db_u-db'))
    for (const pod of ['web', 'db']) {
      assert.deepEqual(await filesOf(pod), [])
      await history.keep(`default_${pod}_u-${pod}`)
    }
    assert.deepEqual(await past(), [])
    assert.equal(
      await readFile(join(directory, 'elsewhere/main/0.log'), 'utf8'),
      'of somebody else',
    )
  })

  it('are told in the order they were written in, of dead instances and of the one that runs', async () => {
    await write('default_web_u-web/main/0.log.20260101000001', 'a')
    await write('default_web_u-web/main/0.log.20260101000002', 'b')
    await write('default_web_u-web/main/0.log', 'c')
    await write('default_web_u-web/main/1.log', 'e')
    await history.keep('default_web_u-web', { container: 'main', attempt: 0 })
    // After a new sandbox they are counted from 0 again.
    await write('default_web_u-web/main/0.log', 'd')
    await clock.advance(1)
    await history.keep('default_web_u-web', { container: 'main', attempt: 0 })
    await write('default_web_u-web/main/9.log', 'f')
    await write('default_web_u-web/main/10.log.20260101000003', 'g')
    await write('default_web_u-web/main/10.log', 'h')
    assert.equal(await textOf('web'), 'a b c d e f g h')
    await remove('web')
    assert.equal(await textOf('web'), 'a b c d e f g h')
  })

  it('go when they are a day old, and nothing is left of them', async () => {
    await write('default_old_u-old/main/0.log')
    await remove('old')
    await clock.advance(12 * hour)
    await write('default_young_u-young/main/0.log')
    await remove('young')
    await clock.advance(12 * hour - 60_000)
    assert.equal((await filesOf('old')).length, 1)
    await clock.advance(120_000)
    await history.keep('default_none_u-none')
    assert.deepEqual(await past(), [
      'default_young_u-young',
      'default_young_u-young/main',
      `default_young_u-young/main/${clock.now() - 12 * hour - 60_000}-0.log`,
    ])
  })

  it('go when they are too much, the oldest first', async () => {
    await begin({ bytes: 100_000 })
    for (const pod of ['a', 'b', 'c', 'd']) {
      await write(`default_${pod}_u-${pod}/main/0.log`, 'x'.repeat(30_000))
      await remove(pod)
      await clock.advance(1)
    }
    assert.deepEqual(await filesOf('a'), [])
    for (const pod of ['b', 'c', 'd']) assert.equal((await filesOf(pod)).length, 1)
    await write('default_huge_u-huge/main/0.log', 'x'.repeat(200_000))
    await remove('huge')
    assert.deepEqual(await past(), [])
  })

  it('count as much as they take, however small they are', async () => {
    await begin({ bytes: 10 * 4_096 })
    for (let at = 0; at < 30; at++) {
      await write(`default_p${at}_u-p${at}/main/0.log`, 'tiny')
      await remove(`p${at}`)
    }
    assert.equal((await past()).filter((name) => name.endsWith('.log')).length, 10)
  })

  it('keep their age and count when the agent starts anew', async () => {
    await begin({ bytes: 100_000 })
    await write('default_old_u-old/main/0.log', 'x'.repeat(30_000))
    await remove('old')
    await clock.advance(12 * hour)
    for (const pod of ['a', 'b']) {
      await write(`default_${pod}_u-${pod}/main/0.log`, 'x'.repeat(30_000))
      await remove(pod)
      await clock.advance(1)
    }
    await begin({ bytes: 100_000 })
    await write('default_c_u-c/main/0.log', 'x'.repeat(30_000))
    await remove('c')
    assert.deepEqual(await filesOf('old'), [])
    assert.equal((await filesOf('a')).length, 1)
    await clock.advance(24 * hour)
    await begin()
    assert.deepEqual(await past(), [])
  })

  it('are regular files of a log and nothing else', async () => {
    await write('secret', 'of the node')
    await write('default_web_u-web/main/notes.txt')
    await write('default_web_u-web/main/1.log', '')
    await symlink(join(directory, 'secret'), join(directory, 'default_web_u-web/main/0.log'))
    await write('default_web_u-web/main/2.log', 'mine')
    await remove('web')
    assert.equal(await textOf('web'), 'mine')
  })

  it('lie in a place that no name leads out of', async () => {
    await write('default_web_u-web/main/0.log')
    await remove('web')
    const place = { namespace: 'default', pod: 'web', uid: 'u-web', container: 'main' }
    assert.equal((await history.files(place)).length, 1)
    const wrong = [
      { container: '../main' },
      { container: '..' },
      { pod: '../past/default_web' },
      { namespace: '../default' },
      { uid: 'u-web/main/..' },
      { container: '' },
    ]
    for (const change of wrong) assert.deepEqual(await history.files({ ...place, ...change }), [])
  })

  it('that cannot be kept hold no pod up', async () => {
    await write('default_web_u-web/main/0.log')
    await write('past', 'not a directory')
    await remove('web')
    assert.equal(errors.splice(0).length, 1)
    await write('default_web_u-web/main/0.log')
    await rm(join(directory, 'past'))
    await remove('web')
    assert.equal((await filesOf('web')).length, 1)
  })
})
