import assert from 'node:assert/strict'
import { ApiError, ConnectionError } from '../../controllers/framework/index.ts'
import { Script, web } from './testing/script.ts'

describe('a tab that looks', () => {
  it('hears first who speaks, then how things stand, and nothing while nothing changes', async () => {
    const script = new Script()
    const tab = script.tab()
    await script.begin()
    assert.deepEqual(tab.types, ['hello', 'link', 'list', 'rollout'])
    script.tell(script.mark(2), script.mark(3))
    await script.clock.advance(60_000)
    assert.deepEqual(tab.heard.slice(4), [])
    script.follower.stop()
  })

  it('is shown nothing before all has come that is there', async () => {
    const script = new Script()
    const tab = script.tab()
    script.tell(script.header(), script.keyframe(1), script.put(2, 1))
    await script.clock.advance(60_000)
    assert.deepEqual(tab.types, [])
    script.tell(script.put(3, 2), script.mark(3))
    await script.settle()
    assert.deepEqual(
      tab.rollouts.map(([, desired]) => desired),
      [2],
    )
    script.follower.stop()
  })

  it('is shown the present first where the past takes long, and the past when it has come', async () => {
    const script = new Script()
    const tab = script.tab()
    script.tell(script.header(), script.keyframe(1, web(1, 1)), script.put(2, 2))
    await script.clock.advance(149)
    assert.equal(script.previews, 0)
    await script.clock.advance(1)
    assert.equal(script.previews, 1)
    script.preview(script.header(), script.keyframe(50, web(50, 50)), script.mark(50))
    await script.clock.advance(100)
    assert.deepEqual(tab.types, ['hello', 'link', 'list', 'rollout'])
    assert.equal(tab.rollouts.at(-1)?.[1], 50)
    script.preview(script.put(51, 51))
    await script.clock.advance(100)
    assert.equal(tab.rollouts.at(-1)?.[1], 51)
    const { follower } = script
    assert.ok(follower.isReady && !follower.isWhole)
    for (let revision = 3; revision <= 51; revision++) script.tell(script.put(revision, revision))
    await script.clock.advance(100)
    assert.equal(tab.heard.filter(({ type }) => type === 'hello').length, 1)
    script.tell(script.mark(51))
    await script.clock.advance(100)
    const hello = tab.heard.filter(({ type }) => type === 'hello').at(-1)
    assert.equal(hello?.data.hello.edge.revision, 1)
    assert.ok(follower.isWhole)
    const told = tab.heard.length
    script.preview(script.put(52, 52))
    script.tell(script.put(52, 52))
    await script.clock.advance(100)
    const marks = tab.heard.slice(told).filter(({ type }) => type === 'marks')
    assert.deepEqual(
      marks.flatMap(({ data }) => data.marks).map(({ revision }) => revision),
      [52],
    )
    follower.stop()
  })

  it('hears of the first change at once, and of the newest once a period', async () => {
    const script = new Script()
    const tab = script.tab()
    await script.begin()
    await script.clock.advance(1_000)
    for (let revision = 2; revision < 52; revision++) {
      script.tell(script.put(revision, revision))
      await script.clock.advance(20)
    }
    await script.clock.advance(1_000)
    const times = tab.rollouts.map(([time]) => time).slice(1)
    assert.deepEqual(
      times,
      [1000, 1080, 1160, 1240, 1320, 1400, 1480, 1560, 1640, 1720, 1800, 1880, 1960, 2040],
    )
    assert.equal(tab.rollouts.at(-1)?.[1], 51)
    const marks = tab.heard.filter(({ type }) => type === 'marks').flatMap(({ data }) => data.marks)
    assert.deepEqual(
      marks.map(({ revision }) => revision),
      Array.from({ length: 50 }, (_, n) => n + 2),
      'each mark once, however it is bundled',
    )
    script.follower.stop()
  })

  it('that is slow is sent the newest state alone when it has caught up', async () => {
    const script = new Script()
    const [slow, quick] = [script.tab(), script.tab()]
    await script.begin()
    slow.slow = true
    for (let revision = 2; revision < 102; revision++) {
      script.tell(script.put(revision, revision))
      await script.clock.advance(100)
    }
    assert.equal(slow.rollouts.length, 1)
    assert.equal(quick.rollouts.length, 101, 'one slow tab does not hold another')
    slow.slow = false
    slow.viewer.drained()
    await script.clock.advance(100)
    assert.deepEqual(
      slow.rollouts.map(([, desired]) => desired),
      [3, 101],
    )
    assert.equal(slow.heard.at(-1)?.data.marks.length, 100)
    script.follower.stop()
  })

  it('hears that the cluster does not answer, since when and why, and when it does again', async () => {
    const script = new Script()
    const tab = script.tab()
    await script.begin()
    await script.clock.advance(5_000)
    script.fail(new ConnectionError('connect ECONNREFUSED'))
    await script.settle()
    assert.deepEqual(tab.heard.at(-1)?.data.link, {
      state: 'stale',
      since: '2026-01-01T00:00:05Z',
      reason: 'connect ECONNREFUSED',
    })
    await script.clock.advance(1_000)
    assert.deepEqual(script.asked, [{}, { after: 1 }], 'it goes on where it was')
    script.tell(script.header(), script.put(2, 7))
    await script.clock.advance(100)
    assert.deepEqual(tab.types.slice(5), ['link', 'hello', 'list', 'rollout', 'marks'])
    assert.deepEqual(tab.heard[5]?.data.link, { state: 'live' })
    assert.equal(tab.rollouts.at(-1)?.[1], 7)
    script.follower.stop()
  })

  it('hears where the past begins when what was missed is kept no longer', async () => {
    const script = new Script()
    const tab = script.tab()
    await script.begin()
    script.fail(new ConnectionError('gone'))
    await script.settle()
    await script.clock.advance(1_000)
    script.fail(new ApiError(410, 'Expired', 'kept from 90 on'))
    await script.clock.advance(1_000)
    assert.deepEqual(script.asked, [{}, { after: 1 }, {}])
    script.tell(script.header(), script.keyframe(90), script.mark(90))
    await script.clock.advance(100)
    const hello = tab.heard.filter(({ type }) => type === 'hello').at(-1)
    assert.equal(hello?.data.hello.edge.revision, 90)
    assert.deepEqual(tab.heard.filter(({ type }) => type === 'list').at(-1)?.data.list.rows, [])
    script.follower.stop()
  })

  it('that comes back is told the marks it has missed', async () => {
    const script = new Script()
    await script.begin()
    script.tell(script.put(2, 4), script.put(3, 5), script.put(4, 6))
    await script.settle()
    const tab = script.tab({ after: 2 })
    await script.settle()
    const marks = tab.heard.filter(({ type }) => type === 'marks').flatMap(({ data }) => data.marks)
    assert.deepEqual(
      marks.map(({ revision, text }) => [revision, text]),
      [
        [3, 'replicas 4 -> 5'],
        [4, 'replicas 5 -> 6'],
      ],
    )
    script.follower.stop()
  })

  it('is told that something cannot be drawn, and shown all the rest', async () => {
    const script = new Script()
    const tab = script.tab()
    await script.begin()
    const { metadata, ...rest } = web(2)
    const named = { ...metadata, name: 'odd' }
    const object = { ...rest, metadata: named, status: { conditions: 5 } }
    script.tell({ type: 'PUT', ...script.at(2), object })
    await script.clock.advance(100)
    assert.match(tab.heard.at(-1)?.data.link.reason, /^not all of it can be drawn: /)
    script.tell(script.put(3, 7))
    await script.clock.advance(100)
    assert.equal(tab.rollouts.at(-1)?.[1], 7)
    assert.deepEqual(tab.heard.at(-1)?.data.link, { state: 'live' })
    const list = tab.heard.filter(({ type }) => type === 'list').at(-1)?.data.list
    assert.deepEqual(
      list.rows.map(({ name }: { name: string }) => name),
      ['web'],
    )
    assert.equal(script.reported.length, 1, 'once')
    script.follower.stop()
  })

  it('that is closed costs nothing any more', async () => {
    const script = new Script()
    const tab = script.tab()
    await script.begin()
    tab.viewer.close()
    script.tell(script.put(2, 9))
    await script.clock.advance(1_000)
    assert.equal(tab.heard.length, 4)
    script.follower.stop()
  })
})
