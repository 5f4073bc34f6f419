import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { controller } from './controller.ts'
import { ConfigMap, Secret } from './kinds.ts'
import { startManager } from './manager.ts'
import { MemoryCluster } from './memory-cluster.ts'
import type { Span, SpanOptions, Tracer } from './tracing.ts'

interface Recorded {
  name: string
  parent: string | undefined
  start: number
  end?: number
  attributes: object
  error?: string
}

/** As an OpenTelemetry SDK does it: the active span is carried along by the runtime. */
function recordingTracer(clock: VirtualClock): { tracer: Tracer; spans: Recorded[] } {
  const spans: Recorded[] = []
  const active = new AsyncLocalStorage<string>()
  const begin = (name: string, { startTime = clock.now(), attributes = {} }: SpanOptions = {}) => {
    const recorded: Recorded = { name, parent: active.getStore(), start: startTime, attributes }
    spans.push(recorded)
    const span: Span = {
      setAttribute: () => span,
      setStatus: () => span,
      recordException: ({ message }) => {
        recorded.error = message
      },
      end: (time = clock.now()) => {
        recorded.end = time
      },
    }
    return span
  }
  return {
    spans,
    tracer: {
      startSpan: begin,
      startActiveSpan: (name, options, run) => {
        const span = begin(name, options)
        return active.run(name, () => run(span))
      },
    },
  }
}

describe('tracing', () => {
  it('follows a key from its cause over the queue and the run to each request', async () => {
    const clock = new VirtualClock()
    const random = seededRandom(1)
    const cluster = new MemoryCluster({ clock, random })
    const { tracer, spans } = recordingTracer(clock)
    const one = controller(ConfigMap)
      .writes(Secret)
      .concurrency(1)
      .reconcile(async ({ metadata }, { create }) => {
        await new Promise<void>((resolve) => clock.after(100, resolve))
        const { namespace, name } = metadata
        await create(Secret, { metadata: { namespace, name } })
        if (name === 'b') throw new Error('no')
        return undefined
      })
    for (const name of ['a', 'b'])
      await cluster.create(ConfigMap, { metadata: { namespace: 'default', name } })
    const began = clock.now()
    const manager = startManager({
      cluster,
      controllers: [one],
      clock,
      random,
      component: 'test',
      tracer,
    })
    await manager.ready
    await clock.advance(200)
    const of = (name: string) => spans.filter((span) => span.name === name)
    const [first, second] = spans.filter(({ name }) => name.startsWith('configmap '))
    assert.equal(first?.name, 'configmap default/a')
    assert.deepEqual([first?.start, first?.end], [began, began + 100])
    const attributes = { ...first?.attributes } as Record<string, string[]>
    assert.match(attributes['tiphys.causes']?.[0] ?? '', /^ConfigMap default\/a added at \d+$/)
    assert.deepEqual([second?.start, second?.end, second?.error], [began, began + 200, 'no'])
    const [queue] = of('queue').filter(({ parent }) => parent === second?.name)
    assert.deepEqual([queue?.start, queue?.end], [began, began + 100])
    const [run] = of('reconcile').filter(({ parent }) => parent === first?.name)
    assert.deepEqual([run?.start, run?.end], [began, began + 100])
    const created = of('create secrets')
    assert.deepEqual(
      created.map(({ parent }) => parent),
      ['reconcile', 'reconcile'],
    )
    await manager.stop()
  })
})
