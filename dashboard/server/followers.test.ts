import assert from 'node:assert/strict'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { Followers } from './followers.ts'
import type { Source } from './source.ts'

describe('namespaces that are looked at', () => {
  function stage() {
    const clock = new VirtualClock()
    const open: string[] = []
    const source: Source = {
      async *lines(namespace, { signal }) {
        open.push(namespace)
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
        open.splice(open.indexOf(namespace), 1)
      },
    }
    const random = seededRandom(1)
    const followers = new Followers({
      source,
      clock,
      random,
      report: assert.ifError,
      linger: () => 60_000,
    })
    return { clock, open, followers }
  }

  it('are read once, however many look, and for a while after the last has gone', async () => {
    const { clock, open, followers } = stage()
    const [one, two] = [followers.lease('a'), followers.lease('a')]
    assert.equal(one.follower, two.follower)
    one.release()
    one.release()
    await clock.advance(100_000)
    assert.deepEqual(open, ['a'])
    two.release()
    await clock.advance(59_999)
    const again = followers.lease('a')
    assert.equal(again.follower, one.follower)
    again.release()
    await clock.advance(60_000)
    assert.deepEqual(open, [])
    assert.notEqual(followers.lease('a').follower, one.follower)
    followers.stop()
  })

  it('keep nothing waiting once all has ended', async () => {
    const { clock, followers } = stage()
    const lease = followers.lease('a')
    followers.stop()
    lease.release()
    assert.equal(clock.size, 0)
  })

  it('are so many at most: those that nobody looks at give way', async () => {
    const { clock, open, followers } = stage()
    const leases = Array.from({ length: 8 }, (_, n) => followers.lease(`n${n}`))
    assert.throws(() => followers.lease('more'), /8 namespaces are looked at already/)
    leases[3]?.release()
    followers.lease('more')
    await clock.advance(0)
    assert.equal(open.length, 8)
    assert.ok(open.includes('more') && !open.includes('n3'))
    followers.stop()
    await clock.advance(0)
    assert.deepEqual(open, [])
  })
})
