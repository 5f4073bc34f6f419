import assert from 'node:assert/strict'
import { explain } from '../explain.ts'
import { rigid, type Sketch, snapshot } from '../testing/sketch.ts'

const exceeded =
  'pods "web-new-x" is forbidden: exceeded quota: small, requested: limits.cpu=1,pods=1, used: limits.cpu=2,pods=3, limited: limits.cpu=2,pods=3'

const refusal = (message: string): Pick<Sketch, 'newest'> => ({
  newest: {
    conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }],
  },
})

describe('pods that are refused', () => {
  it('by a quota are told with its numbers', () => {
    const { code, verdict, next } = explain(snapshot(refusal(exceeded)))
    assert.equal(code, 'refused')
    assert.equal(
      verdict,
      'ReplicaSet "web-new" cannot create pods: quota "small" is exceeded (limits.cpu: 2 of 2 used, 1 more asked for; pods: 3 of 3 used, 1 more asked for).',
    )
    assert.match(next, /quota "small"/)
  })

  it('by something else are told in its own words', () => {
    const { verdict } = explain(snapshot(refusal('pods "x" is forbidden: no quota at all')))
    assert.match(verdict, /cannot create pods: pods "x" is forbidden: no quota at all$/)
  })

  it('are hopeless when no old pod may make room', () => {
    assert.equal(explain(snapshot({ ...refusal(exceeded), spec: rigid })).hopeless, true)
  })

  it('are not hopeless while an old pod ends, or may be ended', () => {
    const ending = { metadata: { deletionTimestamp: '2026-01-01T00:00:30Z' } }
    const soon = snapshot({ ...refusal(exceeded), spec: rigid, oldPods: [ending] })
    assert.equal(explain(soon).hopeless, false)
    const may = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } } }
    assert.equal(explain(snapshot({ ...refusal(exceeded), spec: may })).hopeless, false)
  })

  it('by a policy are hopeless whatever ends', () => {
    const ending = { metadata: { deletionTimestamp: '2026-01-01T00:00:30Z' } }
    const denied = snapshot({ ...refusal('admission denied'), oldPods: [ending] })
    assert.equal(explain(denied).hopeless, true)
  })
})
