import assert from 'node:assert/strict'
import type { Progress } from '../../rollouts/progress.ts'
import { progressOf } from '../../rollouts/progress.ts'
import { snapshot, timedOut, waiting } from '../../rollouts/testing/sketch.ts'
import { conclusion, Journal, journalLine, jsonLine } from './journal.ts'
import { deploymentNamed, targetOf } from './target.ts'
import { endOf } from './verdict.ts'

const complete = progressOf(snapshot({ status: { updatedReplicas: 3, availableReplicas: 3 } }))
const failed = progressOf(snapshot({ status: timedOut }))
const paused = progressOf(snapshot({ spec: { paused: true } }))
const underWay = progressOf(snapshot({}))
const hopeless = progressOf(snapshot({ pods: [waiting('ErrImagePull', 'not found')] }))

describe('the end of a watch', () => {
  it('comes with whatever is decided first, each with its code', () => {
    const codes = [complete, failed, paused, underWay, hopeless].map((each) => endOf(each, {}))
    assert.deepEqual(codes, [0, 2, 4, undefined, undefined])
  })

  it('comes at once with a hopeless cause, for who has no patience', () => {
    assert.equal(endOf(hopeless, { failFast: true }), 2)
    assert.equal(endOf(underWay, { failFast: true }), undefined)
  })

  it('waits for the outcome that was asked for', () => {
    assert.equal(endOf(failed, { until: 'complete' }), undefined)
    assert.equal(endOf(paused, { until: 'complete' }), undefined)
    assert.equal(endOf(complete, { until: 'complete' }), 0)
    assert.equal(endOf(complete, { until: 'failed' }), undefined)
    assert.equal(endOf(failed, { until: 'failed' }), 2)
    assert.equal(endOf(hopeless, { until: 'complete', failFast: true }), 2)
  })
})

describe('the journal of a rollout', () => {
  it('has one line a change', () => {
    const journal = new Journal()
    const fresh = [underWay, structuredClone(underWay), hopeless, hopeless, underWay]
    assert.deepEqual(
      fresh.map((each) => journal.isNew(each)),
      [true, false, true, false, true],
    )
  })

  it('does not tell which of several pods is waited for', () => {
    const journal = new Journal()
    const other: Progress = structuredClone(underWay)
    other.explanation.verdict = 'in other words'
    assert.deepEqual(
      [underWay, other].map((each) => journal.isNew(each)),
      [true, false],
    )
  })

  it('has lines with a time, counts and the verdict', () => {
    const [newest] = hopeless.revisions
    assert.equal(
      journalLine(hopeless, '2026-01-01T00:00:00Z'),
      `2026-01-01T00:00:00Z default/web ${newest?.hash}  new 0 of 3 available, 1 starting: ${hopeless.explanation.verdict}`,
    )
  })

  it('has objects for programs, in one line each', () => {
    const line = jsonLine(hopeless, '2026-01-01T00:00:00Z')
    assert.ok(!line.includes('\n'))
    const parsed = JSON.parse(line)
    assert.deepEqual(
      [parsed.time, parsed.name, parsed.outcome, parsed.code, parsed.severity, parsed.hopeless],
      ['2026-01-01T00:00:00Z', 'web', 'under way', 'image', 'error', true],
    )
    assert.equal(parsed.revisions[0].pods[0].state, 'failing')
    assert.equal(parsed.gauge.desired, 3)
  })

  it('ends a failure with its reasons and what to do', () => {
    const lines = conclusion(hopeless)
    assert.match(lines[0] ?? '', /^ {2}pod\/web-new-0 .*: not found$/)
    assert.match(lines.at(-1) ?? '', /^ {2}-> Correct the image/)
  })
})

describe('objects on the command line', () => {
  it('are named as kubectl names them', () => {
    for (const words of [
      'web',
      'deploy/web',
      'Deployment/web',
      'deployments.apps/web',
      'deployment.v1.apps/web',
    ])
      assert.deepEqual(targetOf(words), { kind: 'deployment', name: 'web' }, words)
    assert.deepEqual(targetOf('po/web-x'), { kind: 'pod', name: 'web-x' })
  })

  it('are refused in words when they are something else', () => {
    for (const words of ['service/web', 'deploy/', '/web', 'deploy/a/b', ''])
      assert.throws(() => targetOf(words), /neither a deployment nor a pod/, words)
    assert.throws(() => deploymentNamed('pod/x'), /has no rollout/)
  })
})
