import assert from 'node:assert/strict'
import { Observable } from 'rxjs/internal/Observable'
import { seededRandom } from '../../../ports/random.ts'
import { VirtualClock } from '../../../ports/virtual-clock.ts'
import type {
  ListResult,
  Registry,
  RequestContext,
  Target,
  WatchEvent,
  WatchOptions,
} from '../../registry/registry.ts'
import { configMaps } from '../../resources/core/config-map.ts'
import type { CachedObject } from '../../watch/cached-object.ts'
import { eventsIn, plainOf } from '../../wire/protobuf.ts'
import { protobufAnswers } from '../answers.ts'
import type { Exchange } from '../exchange.ts'
import { Flusher } from '../flusher.ts'
import { sendWatch } from '../watch-answer.ts'
import { formOf, keptForm } from './forms.ts'
import { KeptForms } from './kept-forms.ts'
import { sendList } from './list.ts'
import { Turns } from './turns.ts'

const configMap = (name: string, size = 1) => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name },
  data: { a: 'x'.repeat(size) },
})

const cached = (name: string, size?: number) =>
  ({
    bytes: Buffer.from(JSON.stringify(configMap(name, size))),
    get object() {
      return assert.fail('the objects that others read are not disturbed')
    },
  }) as unknown as CachedObject

const wish = { version: 'v1' as const, query: new URLSearchParams(), clock: { now: () => 0 } }

describe('forms in protobuf', () => {
  const turns = new Turns()

  it('are made once a version, for watches and lists alike', () => {
    const version = cached('a')
    const frame = formOf(version, 'whole', turns, 'MODIFIED').frame('MODIFIED')
    assert.equal(formOf(version, 'whole', turns, 'MODIFIED').frame('MODIFIED'), frame)
    const { item, envelope } = formOf(version, 'whole', turns)
    assert.equal(item.buffer, frame.buffer)
    assert.equal(envelope.buffer, frame.buffer)
    assert.deepEqual(plainOf(envelope), configMap('a'))
    assert.deepEqual(eventsIn(frame).events, [{ type: 'MODIFIED', object: configMap('a') }])
  })

  it('are told as another type to whom it is another', () => {
    const form = formOf(cached('a'), 'whole', turns)
    const added = form.frame('ADDED')
    assert.deepEqual(eventsIn(added).events, [{ type: 'ADDED', object: configMap('a') }])
    assert.equal(form.frame('ADDED'), added)
    assert.equal(eventsIn(form.frame('DELETED')).events[0]?.type, 'DELETED')
  })

  it('are of metadata alone under a memory of their own', () => {
    const version = cached('a')
    const { envelope } = formOf(version, 'v1', turns)
    const { kind, apiVersion, metadata } = plainOf(envelope)
    assert.deepEqual(
      { kind, apiVersion, metadata },
      { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'a' } },
    )
    assert.equal(keptForm(version, 'whole'), undefined)
    assert.equal(keptForm(version, 'v1')?.envelope, envelope)
  })

  it('are forgotten when they have not been asked for while as many bytes came', () => {
    const kept = new KeptForms<{ size: number }>(20)
    const [used, unused] = [{}, {}]
    const form = { size: 4 }
    kept.put(used, form)
    kept.put(unused, form)
    for (let index = 0; index < 10; index++) {
      kept.put({}, form)
      assert.equal(kept.get(used), form)
    }
    assert.equal(kept.get(unused), undefined)
  })

  it('let others have their turn while a long list is made, and end with their client', async () => {
    const items = Array.from({ length: 40 }, (_, index) => cached(`m${index}`, 20_000))
    const result: ListResult = { items, revision: 7 }
    const gone = new AbortController()
    // No more of it is there: anything that is sent would throw.
    const exchange = { signal: gone.signal } as Exchange
    let turns = 0
    const turn = () => {
      if (++turns === 3) gone.abort()
      else setImmediate(turn)
    }
    setImmediate(turn)
    await sendList(exchange, configMaps, result, wish)
    assert.equal(turns, 3)
    assert.equal(keptForm(items[39]!, 'whole'), undefined)
  })

  it('let others have their turn while what was there before is told, unless it is made already', async () => {
    const version = cached('a', 200_000)
    const clock = new VirtualClock()
    let told: Buffer[] = []
    const output = { write: (chunk: Buffer) => told.push(chunk), end: () => {}, buffered: 0 }
    const exchange = { open: () => output, signal: new AbortController().signal }
    const watch = async (): Promise<boolean> => {
      let waited = false
      told = []
      const registry = {
        watch: async (_: Target, { drained }: WatchOptions) =>
          new Observable<WatchEvent>((subscriber) => {
            subscriber.next({ type: 'ADDED', object: version })
            waited = drained?.() !== undefined
            subscriber.complete()
          }),
      }
      const ports = {
        registry: registry as unknown as Registry,
        clock,
        random: seededRandom(1),
        unexpected: assert.fail,
        stopping: new AbortController().signal,
        flusher: new Flusher(clock),
      }
      const protobuf = await protobufAnswers()
      const context = {} as RequestContext
      const options = { labels: [], fields: [], bookmarks: false }
      const target = { resource: configMaps, namespace: '' }
      await sendWatch(
        ports,
        exchange as unknown as Exchange,
        target,
        options,
        { ...wish, protobuf },
        context,
      )
      return waited
    }
    assert.equal(await watch(), true)
    assert.equal(eventsIn(told[0]!).events[0]?.type, 'ADDED')
    assert.equal(await watch(), false)
  })
})
