import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { envelopeOf } from '../http/protobuf/forms.ts'
import { AnswerBody, mostBytes, objectText, tooLarge } from './bodies.ts'

const json = { 'Content-Type': 'application/json' }

describe('the objects of an event', () => {
  it('are those of the answer, digit for digit, on one line', () => {
    const body = new AnswerBody(json)
    body.take(Buffer.from('{"big":9007199254740993,'))
    body.take(Buffer.from('"a":[\n1]}\n'))
    assert.equal(body.text(false), '{"big":9007199254740993,"a":[1]}')
  })

  it('keep pieces that are used again by whoever wrote them', () => {
    const [body, slab] = [new AnswerBody(json), Buffer.from('[1]')]
    body.take(slab)
    slab.fill('x')
    assert.equal(body.text(false), '[1]')
  })

  it('are read where the answer was compressed', () => {
    const body = new AnswerBody({ ...json, 'Content-Encoding': 'gzip' }, [gzipSync('{"a":1}')])
    assert.equal(body.text(false), '{"a":1}')
  })

  it('are the same for clients that take protobuf', () => {
    const type = { 'Content-Type': 'application/vnd.kubernetes.protobuf' }
    const map = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'x' }, data: { k: 'v' } }
    const one = new AnswerBody(type, [envelopeOf(map)])
    assert.deepEqual(JSON.parse(one.text(false) as string), map)
    const list = { kind: 'ConfigMapList', apiVersion: 'v1', metadata: {}, items: [map] }
    const { items } = JSON.parse(new AnswerBody(type, [envelopeOf(list)]).text(false) as string)
    assert.deepEqual(items[0].data, map.data)
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'no', code: 403 }
    const refusal = new AnswerBody(type, [envelopeOf(status)])
    assert.deepEqual(one.status, {})
    assert.deepEqual(refusal.status, { status: 'Failure', message: 'no' })
    assert.equal(new AnswerBody(type, [Buffer.from('cut')]).text(false), undefined)
  })

  it('are left out where they are too large, or none', () => {
    const large = 'x'.repeat(mostBytes)
    const body = new AnswerBody(json, [Buffer.from(large)])
    body.take(Buffer.from('y'))
    assert.equal(body.text(false), tooLarge)
    assert.equal(objectText({ large }, false), tooLarge)
    const packed = new AnswerBody({ ...json, 'Content-Encoding': 'gzip' }, [gzipSync(`"${large}"`)])
    assert.equal(packed.text(false), tooLarge)
    const text = new AnswerBody({ 'Content-Type': 'text/plain' }, [Buffer.from('x')])
    assert.equal(text.text(false), undefined)
  })

  it('do without managers in lists and tables as well', () => {
    const metadata = { name: 'x', managedFields: [{}] }
    const plain = { metadata: { name: 'x' } }
    const table = { rows: [{ cells: [1], object: { metadata } }, { cells: [2] }] }
    assert.equal(
      objectText({ items: [{ metadata }], metadata: { resourceVersion: '1' } }, true),
      JSON.stringify({ items: [plain], metadata: { resourceVersion: '1' } }),
    )
    assert.equal(
      objectText(table, true),
      JSON.stringify({ rows: [{ cells: [1], object: plain }, { cells: [2] }] }),
    )
  })
})
