import assert from 'node:assert/strict'
import { ApiError } from './cluster.ts'
import { logRuns, type RunLog } from './log-runs.ts'
import type { Reconciled } from './reconciled.ts'
import { Subject } from './streams.ts'

describe('the log of runs', () => {
  const setUp = (options = {}) => {
    const told: [string, Record<string, unknown>, string][] = []
    const log = Object.fromEntries(
      ['debug', 'info', 'warn', 'error'].map((level) => [
        level,
        (fields: Record<string, unknown>, message: string) => told.push([level, fields, message]),
      ]),
    ) as unknown as RunLog
    const runs$ = new Subject<Reconciled>()
    const end = logRuns(runs$, log, options)
    const run = (more: Partial<Reconciled>) =>
      runs$.next({
        controller: 'site',
        key: { namespace: 'default', name: 'a' },
        outcome: { type: 'ok' },
        duration: 1.25,
        waited: 0,
        writes: 0,
        causes: [],
        ...more,
      })
    const levels = () => told.splice(0).map(([level]) => level)
    return { told, run, levels, end }
  }
  const failed = (message: string) =>
    ({ outcome: { type: 'failed' }, error: new Error(message) }) as const

  it('says why a run ran and what it did', () => {
    const { told, run } = setUp()
    const pods = { kind: 'Pod', group: '', plural: 'pods' }
    const cause = { role: 'owns', change: 'updated', ...pods, name: 'p' } as const
    const causes = [
      { ...cause, namespace: 'default', resourceVersion: '7' },
      { role: 'retry' },
    ] as const
    run({ writes: 2, causes, outcome: { type: 'ok', requeueAfter: 5 } })
    const fields = {
      controller: 'site',
      namespace: 'default',
      object: 'a',
      because: ['Pod default/p updated at 7', 'retry'],
      duration: 1.3,
      writes: 2,
      requeueAfter: 5,
    }
    assert.deepEqual(told, [['info', fields, 'reconciled']])
  })

  it('tells an error once, until the key has run well or fails otherwise', () => {
    const { run, levels } = setUp()
    for (const message of ['x', 'x', 'y', 'y']) run(failed(message))
    assert.deepEqual(levels(), ['warn', 'debug', 'warn', 'debug'])
    run({})
    run(failed('y'))
    run({ ...failed('y'), key: { namespace: '', name: 'b' } })
    assert.deepEqual(levels(), ['debug', 'warn', 'warn'])
    run({ outcome: { type: 'terminal' }, error: new Error('never') })
    assert.deepEqual(levels(), ['error'])
    run({ outcome: { type: 'failed' }, error: new ApiError(409, 'Conflict', 'changed') })
    assert.deepEqual(levels(), ['debug'])
  })

  it('leaves what went well to who asks for it, if told so, and warns of what deserves a look', () => {
    const { run, levels, end } = setUp({ quiet: true })
    run({ writes: 1 })
    run({ warning: 'it answers its own writes' })
    run({ warning: 'it answers its own writes' })
    assert.deepEqual(levels(), ['debug', 'warn', 'debug'])
    end()
    run({ writes: 1 })
    assert.deepEqual(levels(), [])
  })
})
