import assert from 'node:assert/strict'
import type { ListResult } from '../../registry/registry.ts'
import { configMaps } from '../../resources/core/config-map.ts'
import type { CachedObject } from '../../watch/cached-object.ts'
import { eventsIn, plainOf } from '../../wire/protobuf.ts'
import type { Exchange } from '../exchange.ts'
import { formOf, keptForm } from './forms.ts'
import { KeptForms } from './kept-forms.ts'
import { sendList } from './list.ts'

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

describe('forms in protobuf', () => {
  it('are made once a version, for watches and lists alike', () => {
    const version = cached('a')
    const frame = formOf(version, 'whole', 'MODIFIED').frame('MODIFIED')
    assert.equal(formOf(version, 'whole', 'MODIFIED').frame('MODIFIED'), frame)
    const { item, envelope } = formOf(version, 'whole')
    assert.equal(item.buffer, frame.buffer)
    assert.equal(envelope.buffer, frame.buffer)
    assert.deepEqual(plainOf(envelope), configMap('a'))
    assert.deepEqual(eventsIn(frame).events, [{ type: 'MODIFIED', object: configMap('a') }])
  })

  it('are told as another type to whom it is another', () => {
    const form = formOf(cached('a'), 'whole')
    const added = form.frame('ADDED')
    assert.deepEqual(eventsIn(added).events, [{ type: 'ADDED', object: configMap('a') }])
    assert.equal(form.frame('ADDED'), added)
    assert.equal(eventsIn(form.frame('DELETED')).events[0]?.type, 'DELETED')
  })

  it('are of metadata alone under a memory of their own', () => {
    const version = cached('a')
    const { envelope } = formOf(version, 'v1')
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
    const wish = { version: 'v1' as const, query: new URLSearchParams(), clock: { now: () => 0 } }
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
})
