import assert from 'node:assert/strict'
import { seededRandom } from '../../../ports/random.ts'
import { VirtualClock } from '../../../ports/virtual-clock.ts'
import { type RuntimeHarness, runtimeCases } from '../runtime.cases.ts'
import { addresses } from './addresses.ts'
import { simulatedRuntime } from './simulated-runtime.ts'
import { duration, simulation } from './simulation.ts'

/** Moves the clock from timer to timer until the promise settles. */
async function settleOn<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let open = true
  const closed = () => {
    open = false
  }
  promise.then(closed, closed)
  for (await clock.advance(0); open; await clock.advance(clock.next() ?? 1000));
  return promise
}

describe('simulated runtime', () => {
  const clock = new VirtualClock()
  const runtime = simulatedRuntime({
    clock,
    random: seededRandom(1),
    addresses: addresses(() => '10.244.7.0/24'),
  })
  const harness: RuntimeHarness = {
    runtime,
    image: 'localhost/hello:1',
    absentImage: 'registry.invalid/hello:1',
    logDirectory: '/none',
    cgroupParent: '/none',
    ends: (code) => ({ annotations: { 'tiphys.dev/simulated-exit': `${code}@5s` } }),
    runs: () => ({}),
    ignoresStop: () => ({ annotations: { 'tiphys.dev/simulated-stop': '10h' } }),
    ready: async () => {},
    settle: (promise) => settleOn(clock, promise),
  }
  runtimeCases(() => harness)

  it('says that it is simulated', async () => {
    assert.equal((await runtime.version()).name, 'simulated')
  })

  it('reads how containers behave from annotations, by name where one is given', () => {
    const annotations = {
      'tiphys.dev/simulated-exit': 'job=0@5s,1@1m30s',
      'tiphys.dev/simulated-start': '250ms',
      'tiphys.dev/simulated-ready': 'never',
    }
    assert.deepEqual(simulation(annotations, 'job').exit, { code: 0, after: 5000 })
    assert.deepEqual(simulation(annotations, 'web').exit, { code: 1, after: 90_000 })
    assert.equal(simulation(annotations, 'web').startDelay, 250)
    assert.equal(simulation(annotations, 'web').readyAfter, Number.POSITIVE_INFINITY)
    assert.equal(duration('soon'), undefined)
  })

  it('gives addresses of its range and takes them back', () => {
    const range = addresses(() => '10.244.7.0/30')
    assert.equal(range.take(), '10.244.7.2')
    assert.throws(() => range.take(), /no address left/)
    range.giveBack('10.244.7.2')
    assert.equal(range.take(), '10.244.7.2')
  })
})
