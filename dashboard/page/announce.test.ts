import assert from 'node:assert/strict'
import type { RolloutView } from '../protocol.ts'
import { Announcer, quietMs } from './announce.ts'
import type { Ports } from './ports.ts'

function view(newAvailable: number, more: object = {}): RolloutView {
  const pods = Array.from({ length: newAvailable }, () => ({ state: 'available' }))
  return {
    progress: {
      namespace: 'default',
      name: 'web',
      outcome: 'under way',
      explanation: { verdict: 'It cannot.', hopeless: false },
      gauge: { desired: 5, oldAvailable: 0, newAvailable },
      revisions: [{ newest: true, pods }],
      ...more,
    },
  } as unknown as RolloutView
}

function setUp() {
  let now = 0
  let due: { at: number; run: () => void } | undefined
  const said: string[] = []
  const ports = {
    now: () => now,
    later: (ms: number, run: () => void) => {
      due = { at: now + ms, run }
      return () => {
        due = undefined
      }
    },
  } as Ports
  const announcer = new Announcer(ports, {
    polite: (text) => text && said.push(`${now}: ${text}`),
    assertive: (text) => said.push(`${now}! ${text}`),
  })
  const pass = (ms: number) => {
    now += ms
    if (due && due.at <= now) {
      const { run } = due
      due = undefined
      run()
    }
  }
  return { announcer, said, pass }
}

describe('what is said aloud', () => {
  it('is nothing of how it was when one came', () => {
    const { announcer, said } = setUp()
    announcer.told(view(1))
    assert.deepEqual(said, [])
  })

  it('is a summary at most every five seconds, and then the latest', () => {
    const { announcer, said, pass } = setUp()
    announcer.told(view(0))
    announcer.told(view(1))
    for (const count of [2, 3, 4]) {
      pass(1000)
      announcer.told(view(count))
    }
    assert.deepEqual(said, ['0: web: 1 of 5 updated, 1 available'])
    pass(quietMs)
    assert.deepEqual(said.slice(1), ['8000: web: 4 of 5 updated, 4 available'])
  })

  it('is nothing again while nothing changes', () => {
    const { announcer, said, pass } = setUp()
    announcer.told(view(0))
    announcer.told(view(1))
    pass(quietMs)
    announcer.told(view(1))
    pass(quietMs)
    assert.equal(said.length, 1)
  })

  it('is a verdict that ends it at once, and once', () => {
    const { announcer, said } = setUp()
    announcer.told(view(0))
    const stuck = { explanation: { verdict: 'It cannot.', hopeless: true } }
    announcer.told(view(0, stuck))
    announcer.told(view(0, stuck))
    announcer.told(view(5, { outcome: 'complete' }))
    assert.deepEqual(said, ['0! web: It cannot.', '0! web: the rollout is complete.'])
  })

  it('is no summary any more once there is a verdict', () => {
    const { announcer, said, pass } = setUp()
    announcer.told(view(0))
    announcer.told(view(1))
    announcer.told(view(2))
    announcer.told(view(5, { outcome: 'complete' }))
    pass(quietMs)
    assert.deepEqual(said.slice(1), ['0! web: the rollout is complete.'])
  })

  it('is not about another rollout than before', () => {
    const { announcer, said } = setUp()
    announcer.told(view(0))
    announcer.told(view(5, { name: 'api', outcome: 'complete' }))
    assert.deepEqual(said, [])
  })
})
