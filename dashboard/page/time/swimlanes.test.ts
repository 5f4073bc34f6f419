import assert from 'node:assert/strict'
import type { MarkKind } from '../../protocol.ts'
import { chronicleOf } from './chronicle.ts'
import { foldedScale } from './scale.ts'
import { gathered, lanesShown, markAt } from './swimlanes.ts'

const at = (second: number) => ({ revision: second, at: new Date(second * 1000).toISOString() })

function chronicle(
  marks: [second: number, kind: MarkKind][],
  lanes: [hash: string, counts: [number, number][]][] = [],
) {
  return chronicleOf({
    edge: at(1),
    head: at(100),
    marks: marks.map(([second, kind]) => ({
      ...at(second),
      kind,
      text: kind,
      notable: true,
      object: '',
    })),
    available: [],
    lanes: lanes.map(([hash, counts]) => ({
      replicaSet: `web-${hash}`,
      hash,
      counts: counts.map(([second, pods]) => ({ ...at(second), pods })),
    })),
  })
}

const scale = foldedScale([], 0, 100_000)

describe('what has a place on the timeline', () => {
  it('is the newest lane first, and none that never had a pod', () => {
    const { lanes } = chronicle(
      [],
      [
        [
          'a',
          [
            [1, 0],
            [2, 3],
            [9, 0],
          ],
        ],
        [
          'b',
          [
            [1, 0],
            [5, 1],
          ],
        ],
        ['c', [[1, 0]]],
      ],
    )
    assert.deepEqual(
      lanesShown({ lanes }).map(({ hash }) => hash),
      ['b', 'a'],
    )
  })

  it('is the lanes that had pods last, where there are too many', () => {
    const { lanes } = chronicle(
      [],
      ['a', 'b', 'c', 'd', 'e'].map((hash, n): [string, [number, number][]] => [
        hash,
        [[n + 2, 1], hash === 'a' ? [90, 2] : [n + 3, 0]],
      ]),
    )
    assert.deepEqual(
      lanesShown({ lanes }).map(({ hash }) => hash),
      ['e', 'd', 'c', 'a'],
    )
  })

  it('is the gravest of marks that stand at one place', () => {
    const { marks } = chronicle([
      [50, 'pod'],
      [50, 'failed'],
      [50, 'scale'],
      [80, 'pod'],
    ])
    assert.deepEqual(
      gathered(marks, scale).map(({ kind }) => kind),
      ['failed', 'pod'],
    )
  })

  it('is found again by pointing at it', () => {
    const { marks } = chronicle([
      [50, 'template'],
      [80, 'pod'],
    ])
    assert.equal(markAt(marks, scale, 0.5)?.kind, 'template')
    assert.equal(markAt(marks, scale, 0.804)?.kind, 'pod')
    assert.equal(markAt(marks, scale, 0.65), undefined)
  })

  it('is nothing of what is outside', () => {
    const { marks } = chronicle([[50, 'pod']])
    assert.deepEqual(gathered(marks, foldedScale([], 60_000, 100_000)), [])
  })
})
