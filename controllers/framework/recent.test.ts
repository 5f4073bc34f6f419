import assert from 'node:assert/strict'
import { GivenUp } from './given-up.ts'
import { Loops } from './loops.ts'
import { Recent } from './recent.ts'

const key = (name: string) => ({ namespace: 'n', name })

describe('what may be forgotten', () => {
  it('goes by its last use, and only beyond the capacity', () => {
    const recent = new Recent<number>(2)
    recent.set('a', 1)
    recent.set('b', 2)
    recent.get('a')
    recent.set('c', 3)
    assert.deepEqual(
      ['a', 'b', 'c'].map((one) => recent.get(one)),
      [1, undefined, 3],
    )
    recent.delete('a')
    assert.equal(recent.get('a'), undefined)
    assert.equal(recent.size, 1)
  })

  it('lets the loop of a key be seen that comes after ten thousand others', () => {
    const loops = new Loops()
    const objectAt = (name: string, version: number) => ({
      metadata: { ...key(name), resourceVersion: String(version), labels: { at: String(version) } },
    })
    const kind = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps' } as never
    const run = (name: string, version: number) =>
      loops.ended(
        key(name),
        [
          {
            role: 'primary',
            change: 'updated',
            kind: 'ConfigMap',
            group: '',
            plural: 'configmaps',
            name,
            resourceVersion: String(version),
          },
        ],
        [{ kind, before: objectAt(name, version), after: objectAt(name, version + 1) }],
      )
    for (let other = 0; other < 10_000; other++) run(`other-${other}`, 1)
    const warnings = [1, 2, 3, 4, 5, 6, 7, 8].map((version) => run('looping', version).warning)
    assert.deepEqual(
      warnings.map((warning) => warning !== undefined),
      [false, false, false, false, false, false, false, true],
    )
  })

  it('is what keys had been given up for, whose objects are long gone', () => {
    const givenUp = new GivenUp(2)
    for (const name of ['a', 'b', 'c']) givenUp.add(key(name), undefined)
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => givenUp.has(key(name), undefined)),
      [false, true, true],
    )
  })
})
