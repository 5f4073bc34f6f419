import assert from 'node:assert/strict'
import { describeFinding, fuzz } from './run.ts'

describe('requests that are nearly right', () => {
  it('crash nothing, stall nothing, and change nothing where they are refused', async function () {
    this.timeout(60_000)
    const { requests, codes, findings } = await fuzz({ seed: 2026, seconds: 15, requests: 6_000 })
    assert.deepEqual(findings.map(describeFinding), [])
    // A fuzzer that is turned away at the door finds nothing.
    const share = (code: number) => (codes.get(code) ?? 0) / requests
    assert.ok(requests > 200, `${requests} requests`)
    assert.ok(share(200) + share(201) > 0.1, `few were taken: ${JSON.stringify([...codes])}`)
    assert.ok(share(422) > 0.03, `few came as far as validation: ${JSON.stringify([...codes])}`)
  })
})
