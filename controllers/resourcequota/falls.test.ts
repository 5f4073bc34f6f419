import assert from 'node:assert/strict'
import type { ResourceQuota } from '../../api/types.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { Falls } from './falls.ts'

const quota = (used: Record<string, string>): ResourceQuota => ({
  metadata: { name: 'q' },
  status: { hard: { pods: '9', 'requests.cpu': '9' }, used },
})

describe('a count of a quota', () => {
  const clock = new VirtualClock()

  it('rises at once, and is new at once', () => {
    const falls = new Falls()
    assert.equal(falls.waitFor(quota({ pods: '1' }), { pods: '2' }, clock), 0)
    assert.equal(falls.waitFor(quota({}), { pods: '0' }, clock), 0)
    assert.equal(
      falls.waitFor(quota({ 'requests.cpu': '1' }), { 'requests.cpu': '1000m' }, clock),
      0,
    )
    assert.equal(falls.waitFor(quota({ pods: '1' }), { 'requests.cpu': '1' }, clock), 0)
  })

  it('falls only after half a second in which nobody has charged anything', async () => {
    const falls = new Falls()
    const charged = quota({ pods: '2' })
    assert.equal(falls.waitFor(charged, { pods: '1' }, clock), 500)
    await clock.advance(499)
    assert.equal(falls.waitFor(charged, { pods: '1' }, clock), 1)
    const again = quota({ pods: '3' })
    assert.equal(falls.waitFor(again, { pods: '2' }, clock), 500)
    await clock.advance(1)
    assert.equal(falls.waitFor(charged, { pods: '1' }, clock), 0)
    assert.equal(falls.waitFor(again, { pods: '2' }, clock), 499)
  })
})
