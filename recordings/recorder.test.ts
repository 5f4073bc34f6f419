import assert from 'node:assert/strict'
import { Recorder } from './recorder.ts'
import type { Line } from './recording.ts'
import { header, keyframeOf, markOf, podAt, putOf } from './testing/stories.ts'

const put = (name: string, revision: number): Line => putOf(podAt(name, revision))
const keyframe: Line = keyframeOf(10, podAt('a', 3))

/** `K12 a b`: a keyframe with its revision and what it has. */
function written(recorder: Recorder, ...lines: Line[]): string[] {
  return lines
    .flatMap((line) => recorder.lines(line))
    .map((line) => {
      if (line.type === 'KEYFRAME')
        return `K${line.revision} ${line.objects.map(({ metadata }) => metadata.name).join(' ')}`
      return 'revision' in line ? `${line.type}${line.revision}` : line.type
    })
}

describe('a recorder', () => {
  it('writes a keyframe before a change when there were many since the last', () => {
    const recorder = new Recorder({ every: 2 })
    const deletion: Line = { type: 'DELETE', revision: 13, at: '', object: podAt('a', 13) }
    assert.deepEqual(
      written(
        recorder,
        header,
        keyframe,
        put('b', 11),
        put('b', 12),
        deletion,
        put('c', 14),
        put('c', 15),
      ),
      ['HEADER', 'K10 a', 'PUT11', 'PUT12', 'K12 a b', 'DELETE13', 'PUT14', 'K14 b c', 'PUT15'],
    )
  })

  it('writes fewer of them where they are large: no more objects in them than changes between', () => {
    const recorder = new Recorder({ every: 2 })
    const objects = ['a', 'b', 'c', 'd'].map((name) => podAt(name, 3))
    const large = { ...keyframe, objects } as Line
    const changes = [11, 12, 13, 14, 15].map((revision) => put('a', revision))
    assert.deepEqual(written(recorder, header, large, ...changes), [
      'HEADER',
      'K10 a b c d',
      'PUT11',
      'PUT12',
      'PUT13',
      'PUT14',
      'K14 a b c d',
      'PUT15',
    ])
  })

  it('writes none between changes of one revision, and none before the first', () => {
    const recorder = new Recorder({ every: 1 })
    assert.deepEqual(written(recorder, header, put('a', 9)), ['HEADER', 'PUT9'])
    assert.deepEqual(written(recorder, keyframe, put('a', 11), put('b', 11), put('a', 12)), [
      'K10 a',
      'PUT11',
      'PUT11',
      'K11 a b',
      'PUT12',
    ])
  })

  it('makes up for a change that comes after a keyframe which should have had it', () => {
    const recorder = new Recorder({ every: 1 })
    assert.deepEqual(
      written(recorder, header, keyframe, put('a', 12), put('a', 13), put('b', 11), put('a', 11)),
      ['HEADER', 'K10 a', 'PUT12', 'K12 a', 'PUT13', 'PUT11', 'K13 a b', 'PUT11'],
    )
  })

  it('counts from the keyframes of who is recorded, and keeps their marks and logs', () => {
    const recorder = new Recorder({ every: 2 })
    const again: Line = { ...keyframe, revision: 20 } as Line
    assert.deepEqual(
      written(
        recorder,
        header,
        keyframe,
        put('a', 11),
        again,
        put('a', 21),
        markOf(20),
        put('a', 22),
      ),
      ['HEADER', 'K10 a', 'PUT11', 'K20 a', 'PUT21', 'MARK20', 'PUT22'],
    )
  })
})
