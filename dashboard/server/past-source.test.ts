import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import type { Cluster } from '../../controllers/framework/index.ts'
import { lineText } from '../../recordings/line.ts'
import type { Line } from '../../recordings/recording.ts'
import { pastSource } from './past-source.ts'
import { Script } from './testing/script.ts'

describe('the past of Tiphys as a source', () => {
  it('says that all has come when it has, not while it is on its way', async () => {
    const script = new Script()
    const { header, keyframe, mark, put } = script
    const told = [header(), keyframe(1), put(2, 1), mark(2), put(6, 2), mark(7), mark(8)]
    const source = pastSource({
      cluster: {
        list: async () => ({ items: [], resourceVersion: '7' }),
      } as unknown as Cluster,
      past: {
        recording: async () => Readable.from(told.map((line) => `${lineText(line)}\n`).map(bytes)),
      },
    })
    const { signal } = new AbortController()
    const lines: Line[] = []
    for await (const line of source.lines('default', { signal, trouble: () => {} }))
      lines.push(line)
    assert.deepEqual(
      lines.map(({ type, ...line }) => [type, 'revision' in line ? line.revision : 0]),
      [
        ['HEADER', 0],
        ['KEYFRAME', 1],
        ['PUT', 2],
        ['PUT', 6],
        ['MARK', 7],
        ['MARK', 8],
      ],
    )
    script.follower.stop()
  })
})

const bytes = (text: string): Buffer => Buffer.from(text)
