import assert from 'node:assert/strict'
import { drain, VirtualClock } from '../../ports/virtual-clock.ts'
import type { Entry, RangeOptions } from '../storage/storage.ts'
import { encodeObject } from '../watch/encode.ts'
import { pagesOf, writeKeyframe } from './keyframe.ts'
import { TestOutput } from './testing/test-output.ts'

const prefix = '/registry/core/configmaps/default/'
const revision = 1_000

describe('the keyframe of a recording', () => {
  let clock: VirtualClock
  let entries: Entry[]
  let read: number

  beforeEach(() => {
    clock = new VirtualClock(0)
    entries = []
    read = 0
  })

  function make(count: number, text = ''): void {
    entries = Array.from({ length: count }, (_, at) => {
      const name = `m-${String(at).padStart(3, '0')}`
      const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name }, data: { text } }
      const modified = at + 1
      return { key: prefix + name, value: encodeObject(object), created: modified, modified }
    })
  }

  const storage = {
    range: async (_: string, { after = '', limit = 0 }: RangeOptions = {}) => {
      const found = entries.filter(({ key }) => key > after)
      read += Math.min(found.length, limit)
      const remaining = found.length > limit ? 1 : 0
      return { entries: found.slice(0, limit), revision, remaining }
    },
  }

  async function write(output: TestOutput, ending = new AbortController().signal) {
    const wish = {
      namespace: 'default',
      resources: [{ name: 'configmaps', prefix }],
      edge: 1,
      from: revision,
      now: revision,
      keyframe: true,
      until: revision,
      follow: false,
    }
    const pages = pagesOf(storage, wish)
    const first = await pages.next()
    return writeKeyframe({ output, clock, ending }, { revision, at: 'then' }, first, pages)
  }

  for (const count of [0, 1, 16, 17, 100])
    it(`has all ${count} objects that there were, each once`, async () => {
      make(count)
      const output = new TestOutput()
      assert.equal(await write(output), true)
      const [line, ...more] = output.lines
      assert.ok(line?.type === 'KEYFRAME' && more.length === 0)
      assert.deepEqual(
        line.objects.map(({ metadata }) => Number(metadata.resourceVersion)),
        entries.map(({ modified }) => modified),
      )
    })

  describe('for a reader that takes nothing', () => {
    const large = 1 << 20

    it('is read no further than a few objects, and written no further than one', async () => {
      make(20, 'x'.repeat(large))
      const output = new TestOutput(false)
      void write(output)
      await drain()
      assert.ok(read <= 16, `${read} objects were read`)
      assert.ok(output.buffered < 2 * large)
      output.take()
      await drain()
      assert.ok(output.buffered > large, 'it goes on when that is taken')
    })

    it('is given up after a minute', async () => {
      make(20, 'x'.repeat(large))
      const written = write(new TestOutput(false))
      await drain()
      await clock.advance(60_000)
      assert.equal(await written, false)
      assert.equal(clock.size, 0, 'nothing is left to happen')
    })

    it('is given up with the recording', async () => {
      make(20, 'x'.repeat(large))
      const ending = new AbortController()
      const written = write(new TestOutput(false), ending.signal)
      await drain()
      ending.abort()
      assert.equal(await written, false)
    })
  })
})
