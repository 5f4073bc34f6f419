import assert from 'node:assert/strict'
import fc from 'fast-check'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import type { Key } from './controller.ts'
import type { Priority } from './lanes.ts'
import { WorkQueue } from './queue.ts'

const key = (name: string): Key => ({ namespace: 'n', name })

function setUp(options: { capacity?: number } = {}) {
  const clock = new VirtualClock()
  const queue = new WorkQueue({ clock, ...options })
  const takeAll = () => {
    const names: string[] = []
    for (let next = queue.take(); next; next = queue.take()) names.push(next.name)
    return names
  }
  return { clock, queue, takeAll }
}

/** Runs `name` whenever it may run, with the same outcome each time; returns when it did. */
async function timesOf(
  { clock, queue }: ReturnType<typeof setUp>,
  ms: number,
  outcome: Parameters<WorkQueue['finish']>[1],
): Promise<number[]> {
  const times: number[] = []
  const end = clock.monotonic() + ms
  for (;;) {
    for (let next = queue.take(); next; next = queue.take()) {
      times.push(clock.monotonic())
      queue.finish(next, outcome)
    }
    const step = clock.next()
    if (step === undefined || clock.monotonic() + step > end) break
    await clock.advance(step)
  }
  await clock.advance(end - clock.monotonic())
  return times
}

describe('work queue', () => {
  it('gives a key once, however often it was added', () => {
    const { queue, takeAll } = setUp()
    queue.add(key('a'))
    queue.add(key('b'))
    queue.add(key('a'))
    assert.deepEqual(takeAll(), ['a', 'b'])
  })

  it('gives a key that was added while it ran once more, and not before it has ended', () => {
    const { queue, takeAll } = setUp()
    queue.add(key('a'))
    queue.take()
    queue.add(key('a'))
    queue.add(key('a'))
    assert.deepEqual(takeAll(), [])
    queue.finish(key('a'), { type: 'ok' })
    assert.deepEqual(takeAll(), ['a'])
  })

  it('backs off a failing key from 5 ms to 5 minutes', async () => {
    const under = setUp()
    under.queue.add(key('a'))
    const times = await timesOf(under, 2_000_000, { type: 'failed' })
    const delays = times.slice(1).map((time, at) => time - times[at]!)
    assert.deepEqual(delays.slice(0, 6), [5, 10, 20, 40, 80, 160])
    assert.deepEqual(delays.slice(15, 18), [163_840, 300_000, 300_000])
  })

  it('runs a failing key early for a trigger, once a second, without lengthening its back-off', async () => {
    const under = setUp()
    const { queue, clock, takeAll } = under
    queue.add(key('a'))
    const failUntil = await timesOf(under, 5_000, { type: 'failed' })
    assert.equal(failUntil.at(-1), 2_555)
    // The next retry is due 2,560 ms after the last one, at 5,115.
    for (let trigger = 0; trigger < 10; trigger++) {
      queue.add(key('a'))
      for (const name of takeAll()) {
        assert.equal(trigger, 0, 'only the first trigger runs it at once')
        queue.finish(key(name), { type: 'failed' })
      }
      await clock.advance(1)
    }
    const times = await timesOf(under, 10_000, { type: 'failed' })
    assert.equal(times[0], 5_115)
    assert.equal(times[1], 5_115 + 5_120)
  })

  it('forgets failures when told so', async () => {
    const under = setUp()
    under.queue.add(key('a'))
    await timesOf(under, 1_000, { type: 'failed' })
    const now = under.clock.monotonic()
    under.queue.reset(key('a'))
    const times = await timesOf(under, 20, { type: 'failed' })
    assert.deepEqual(
      times.map((time) => time - now),
      [0, 5, 15],
    )
  })

  it('forgets failures after a success, though the key is to run again', async () => {
    const { clock, queue, takeAll } = setUp()
    const run = (type: 'ok' | 'failed') => {
      assert.deepEqual(takeAll(), ['a'])
      queue.add(key('a'), 'low')
      queue.finish(key('a'), { type })
    }
    queue.add(key('a'))
    run('failed')
    for (const delay of [0, 5, 10]) {
      await clock.advance(delay)
      run('failed')
    }
    await clock.advance(20)
    run('ok')
    run('failed')
    assert.equal(clock.next(), 5)
  })

  it('runs a key after the time it asked for, whatever happens meanwhile', async () => {
    const { queue, clock, takeAll } = setUp()
    queue.add(key('a'))
    queue.take()
    queue.finish(key('a'), { type: 'ok', requeueAfter: 1_000 })
    await clock.advance(500)
    queue.add(key('a'))
    assert.deepEqual(takeAll(), ['a'])
    queue.finish(key('a'), { type: 'ok' })
    await clock.advance(499)
    assert.deepEqual(takeAll(), [])
    await clock.advance(1)
    assert.deepEqual(takeAll(), ['a'])
  })

  it('does not retry a terminal failure', async () => {
    const under = setUp()
    under.queue.add(key('a'))
    assert.deepEqual(await timesOf(under, 10_000_000, { type: 'terminal' }), [0])
    assert.equal(under.clock.next(), undefined)
  })

  it('gives urgent keys first, yet one of low priority after eight', () => {
    const { queue, takeAll } = setUp()
    for (let low = 0; low < 3; low++) queue.add(key(`low${low}`), 'low')
    for (let high = 0; high < 10; high++) queue.add(key(`high${high}`))
    queue.add(key('low2'))
    const order = takeAll()
    assert.equal(order.indexOf('low0'), 8)
    assert.ok(order.indexOf('low2') < order.indexOf('low1'), 'a trigger makes a key urgent')
    assert.equal(order.length, 13)
  })

  it('drops keys beyond its capacity, and says so once', () => {
    const { queue, takeAll } = setUp({ capacity: 2 })
    for (const name of ['a', 'b', 'c', 'd']) queue.add(key(name))
    assert.deepEqual(takeAll(), ['a', 'b'])
    assert.equal(queue.takeOverflow(), true)
    assert.equal(queue.takeOverflow(), false)
  })

  it('leaves no timer behind when closed', async () => {
    const under = setUp()
    under.queue.add(key('a'))
    await timesOf(under, 100, { type: 'failed' })
    under.queue.addAfter(key('b'), 1_000)
    under.queue.close()
    assert.equal(under.clock.next(), undefined)
    under.queue.add(key('c'))
    assert.deepEqual(under.takeAll(), [])
  })

  it('behaves as a naive queue does, whatever is done to it', async () => {
    const name = fc.constantFrom('a', 'b')
    const action = fc.oneof(
      fc.record({ do: fc.constant('add' as const), name, low: fc.boolean() }),
      { arbitrary: fc.record({ do: fc.constant('take' as const) }), weight: 3 },
      fc.record({ do: fc.constant('ok' as const), name }),
      fc.record({ do: fc.constant('fail' as const), name }),
      fc.record({ do: fc.constant('reset' as const), name }),
      fc.record({ do: fc.constant('forget' as const), name }),
      fc.record({ do: fc.constant('after' as const), name, ms: fc.integer({ min: 0, max: 50 }) }),
      fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 2_000 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60, size: 'max' }), async (actions) => {
        const { queue, clock } = setUp()
        const naive = new NaiveQueue()
        for (const one of actions) {
          switch (one.do) {
            case 'add':
              queue.add(key(one.name), one.low ? 'low' : 'high')
              naive.add(one.name, one.low ? 'low' : 'high')
              break
            case 'take':
              assert.equal(queue.take()?.name, naive.take())
              break
            case 'ok':
            case 'fail':
              if (!naive.running.has(one.name)) break
              queue.finish(key(one.name), { type: one.do === 'ok' ? 'ok' : 'failed' })
              naive.finish(one.name, one.do === 'fail')
              break
            case 'reset':
              queue.reset(key(one.name))
              naive.reset(one.name)
              break
            case 'forget':
              queue.forget(key(one.name))
              naive.forget(one.name)
              break
            case 'after':
              queue.addAfter(key(one.name), one.ms)
              naive.after(one.name, one.ms)
              break
            case 'pass':
              await clock.advance(one.ms)
              naive.pass(one.ms)
              break
            default:
              one satisfies never
          }
          assert.equal(queue.depth, naive.ready.length)
          assert.equal(clock.next(), naive.next())
        }
      }),
      { numRuns: 500 },
    )
  })
})

/** The same rules, spelled out on plain lists and looked at timer by timer. */
class NaiveQueue {
  ready: { name: string; priority: Priority }[] = []
  readonly running = new Map<string, Priority | undefined>()
  readonly #failures = new Map<string, { count: number; retryAt: number; early: boolean }>()
  readonly #earlyFrom = new Map<string, number>()
  /** In the order of their making, in which those of one moment fire. */
  #timers: { name: string; at: number; what: 'retry' | 'alarm' }[] = []
  #now = 0
  #highs = 0

  add(name: string, priority: Priority): void {
    const waiting = this.ready.find((entry) => entry.name === name)
    if (waiting) {
      if (waiting.priority === 'low' && priority === 'high') {
        this.ready = this.ready.filter((entry) => entry !== waiting)
        this.ready.push({ name, priority })
      }
    } else if (this.running.has(name)) {
      if (this.running.get(name) !== 'high') this.running.set(name, priority)
    } else if (this.#timer(name, 'retry')) this.#early(name, priority)
    else this.ready.push({ name, priority })
  }

  #early(name: string, priority: Priority): void {
    const at = Math.max(this.#now, this.#earlyFrom.get(name) ?? 0)
    if (at >= this.#timer(name, 'retry')!.at) return
    this.#failures.get(name)!.early = true
    this.#earlyFrom.set(name, at + 1_000)
    this.#cancel(name, 'retry')
    if (at <= this.#now) this.ready.push({ name, priority })
    else this.#timers.push({ name, at, what: 'retry' })
  }

  take(): string | undefined {
    const lows = this.ready.filter(({ priority }) => priority === 'low')
    const highs = this.ready.filter(({ priority }) => priority === 'high')
    const useLow = lows.length > 0 && (highs.length === 0 || this.#highs >= 8)
    const next = (useLow ? lows : highs)[0]
    if (!next) return undefined
    this.#highs = useLow ? 0 : this.#highs + 1
    this.ready = this.ready.filter((entry) => entry !== next)
    this.running.set(next.name, undefined)
    return next.name
  }

  finish(name: string, failed: boolean): void {
    const again = this.running.get(name)
    this.running.delete(name)
    if (!failed) this.#failures.delete(name)
    else {
      const known = this.#failures.get(name) ?? { count: 0, retryAt: 0, early: false }
      if (!known.early || known.count === 0) {
        known.count++
        known.retryAt = this.#now + Math.min(300_000, 5 * 2 ** (known.count - 1))
      }
      known.early = false
      this.#failures.set(name, known)
      this.#timers.push({ name, at: Math.max(this.#now, known.retryAt), what: 'retry' })
    }
    if (again) this.add(name, again)
    const known = this.running.has(name) || this.ready.some((entry) => entry.name === name)
    if (!known && !this.#timers.some((timer) => timer.name === name)) this.#earlyFrom.delete(name)
  }

  reset(name: string): void {
    this.#failures.delete(name)
    this.#earlyFrom.delete(name)
    if (!this.#timer(name, 'retry')) return
    this.#cancel(name, 'retry')
    this.ready.push({ name, priority: 'high' })
  }

  forget(name: string): void {
    this.#failures.delete(name)
    this.#earlyFrom.delete(name)
    this.#cancel(name, 'retry')
    this.#cancel(name, 'alarm')
  }

  after(name: string, ms: number): void {
    const at = this.#now + ms
    if (at >= (this.#timer(name, 'alarm')?.at ?? Number.POSITIVE_INFINITY)) return
    this.#cancel(name, 'alarm')
    this.#timers.push({ name, at, what: 'alarm' })
  }

  pass(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const at = Math.min(...this.#timers.map((timer) => timer.at))
      if (at > end) break
      this.#now = Math.max(this.#now, at)
      const { name, what } = this.#timers.find((timer) => timer.at === at)!
      this.#cancel(name, what)
      if (what === 'alarm') this.add(name, 'high')
      else this.ready.push({ name, priority: 'high' })
    }
    this.#now = end
  }

  next(): number | undefined {
    if (this.#timers.length === 0) return undefined
    return Math.min(...this.#timers.map(({ at }) => at)) - this.#now
  }

  #timer(name: string, what: 'retry' | 'alarm') {
    return this.#timers.find((timer) => timer.name === name && timer.what === what)
  }

  #cancel(name: string, what: 'retry' | 'alarm'): void {
    this.#timers = this.#timers.filter((timer) => timer.name !== name || timer.what !== what)
  }
}
