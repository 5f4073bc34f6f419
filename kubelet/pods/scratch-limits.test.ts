import assert from 'node:assert/strict'
import type { Pod, Volume } from '../../api/types.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { limitScratch } from './scratch-limits.ts'

const second = 1000

const pod = (uid: string, ...volumes: Volume[]): Pod => ({
  metadata: { name: uid, namespace: 'default', uid },
  spec: { containers: [], volumes },
})
const scratch = (name: string, emptyDir: Volume['emptyDir']): Volume => ({ name, emptyDir })

describe('the limits of scratch directories', () => {
  let clock: VirtualClock
  let pods: Pod[]
  let sizes: Record<string, number>
  let counted: string[]
  let evicted: string[][]
  let errors: unknown[]
  let stop: () => void
  beforeEach(() => {
    clock = new VirtualClock()
    pods = []
    sizes = {}
    counted = []
    evicted = []
    errors = []
    stop = limitScratch({
      pods: () => pods,
      usage: async (uid, volume) => {
        counted.push(`${uid}/${volume}`)
        const size = sizes[volume]
        if (size === undefined) throw new Error(`cannot count ${volume}`)
        return size
      },
      evict: (uid, message) => evicted.push([uid, message]),
      clock,
      onError: (error) => errors.push(error),
    })
  })
  afterEach(() => stop())

  it('end a pod within ten seconds when more than the limit is on disk', async () => {
    pods = [pod('a', scratch('cache', { sizeLimit: '1Mi' }))]
    sizes = { cache: 2 ** 20 }
    await clock.advance(10 * second)
    assert.deepEqual([counted, evicted], [['a/cache'], []])
    sizes = { cache: 2 ** 20 + 1 }
    await clock.advance(10 * second)
    assert.deepEqual(evicted, [['a', 'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ']])
  })

  it('count only what has a limit and lies on disk', async () => {
    const limited = { sizeLimit: '1Ki' }
    pods = [
      pod('a', scratch('free', {}), scratch('memory', { ...limited, medium: 'Memory' })),
      pod('b', { name: 'host', hostPath: { path: '/' } }, scratch('disk', limited)),
    ]
    sizes = { disk: 0 }
    await clock.advance(10 * second)
    assert.deepEqual(counted, ['b/disk'])
  })

  it('hold for the next pod when one cannot be counted', async () => {
    pods = ['broken', 'full'].map((name) => pod(name, scratch(name, { sizeLimit: '1' })))
    sizes = { full: 2 }
    await clock.advance(10 * second)
    assert.deepEqual([errors.length, evicted.map(([uid]) => uid)], [1, ['full']])
  })

  it('are not looked at any more when stopped', async () => {
    pods = [pod('a', scratch('cache', { sizeLimit: '1' }))]
    sizes = { cache: 0 }
    await clock.advance(10 * second)
    stop()
    await clock.advance(60 * second)
    assert.equal(counted.length, 1)
  })
})
