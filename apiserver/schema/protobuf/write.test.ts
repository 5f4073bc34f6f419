import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { rawNumber } from '../../../api/json-text.ts'
import type { GroupVersionKind } from '../../../api/object.ts'
import { apiVersionOf } from '../../resources/resource.ts'
import { decodeObject as decodeStored } from '../../watch/encode.ts'
import { decode, decodeObject, type Expected, mediaTypes } from '../decode.ts'
import {
  type Definition,
  definition,
  definitionNames,
  definitionOfKind,
  type Form,
  type Type,
} from '../schema.ts'
import { written } from './backward-bytes.ts'
import { messageOf, type Typed, writeEnvelope } from './envelope.ts'
import { readEnvelope, readMessage } from './read.ts'
import { writeMessage } from './write.ts'

const bodies: { command: string; body: string }[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/kubectl-bodies.json'), 'utf8'),
)

const envelopeOf = (object: Typed) =>
  written((out) => {
    writeEnvelope(out, object)
  })

const hex = (name: string, object: object) =>
  written((out) => writeMessage(out, object, definition(name))).toString('hex')

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'

describe('protobuf, written', () => {
  for (const { command, body } of bodies)
    it(`is byte for byte what \`${command}\` sends`, () => {
      const { apiVersion, kind, raw } = readEnvelope(Buffer.from(body, 'base64'))
      const message = readMessage(raw, messageOf({ apiVersion, kind })!)
      const again = envelopeOf({ apiVersion, kind, ...message })
      assert.equal(again.toString('base64'), body)
    })

  it('is the same from what is stored, where zeros do not stand', () => {
    for (const { body } of bodies) {
      const { apiVersion, kind } = readEnvelope(Buffer.from(body, 'base64'))
      const expected = expectation(apiVersion, kind)
      const { object } = decode(Buffer.from(body, 'base64'), mediaTypes.protobuf, expected)
      assert.equal(envelopeOf(object).toString('base64'), body)
    }
  })

  it('has zeros where Go has no pointer, and nothing for absent pointers, lists and maps', () => {
    assert.equal(hex(`${meta}.OwnerReference`, {}), '0a001a002200' + '2a00')
    assert.equal(hex('io.k8s.api.core.v1.ContainerPort', {}), '0a00100018002200' + '2a00')
    assert.equal(hex('io.k8s.api.core.v1.ResourceFieldSelector', {}), '0a001200' + '1a030a0130')
    assert.equal(hex(`${meta}.LabelSelector`, {}), '')
    assert.equal(hex(`${meta}.LabelSelector`, { matchLabels: {}, matchExpressions: [] }), '')
  })

  it('has integers below zero in ten bytes, and those beyond 2^53 exact', () => {
    const condition = (observedGeneration: unknown) =>
      hex(`${meta}.Condition`, { observedGeneration }).slice(8)
    assert.match(condition(-1), /^18ffffffffffffffffff01/)
    assert.match(condition(300), /^18ac02/)
    assert.match(condition(2 ** 40), /^18808080808020/)
    assert.match(condition(rawNumber('9223372036854775807')), /^18ffffffffffffffff7f/)
  })

  it('has the nearest double to a number that is stored as a large integer', () => {
    const props = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'
    const maximum = rawNumber('10000000000000000')
    assert.equal(hex(props, { maximum }), hex(props, { maximum: 1e16 }))
    assert.notEqual(hex(props, { maximum: 1e16 }), hex(props, { maximum: 1 }))
  })

  it('has times in seconds or to the microsecond, and the zero time as nothing', () => {
    const spec = hex('io.k8s.api.coordination.v1.LeaseSpec', {
      renewTime: '2026-01-01T00:00:00.000123Z',
    })
    assert.equal(spec, '220a' + '0880f2d6ca06' + '10f8c007')
    const entry = hex(`${meta}.ManagedFieldsEntry`, { time: '1969-12-31T23:59:59Z' })
    assert.equal(entry.slice(12, 42), '220d' + '08ffffffffffffffffff01' + '1000')
    assert.match(hex(`${meta}.Condition`, {}), /2200/)
  })

  it('has quantities, numbers or names, JSON and text as they are', () => {
    const port = (value: unknown) =>
      hex('io.k8s.api.core.v1.TCPSocketAction', { port: value, host: 'é' })
    assert.equal(port(80), '0a06080010501a00' + '1202c3a9')
    assert.equal(port('http'), '0a0a080110001a0468747470' + '1202c3a9')
    const limits = hex('io.k8s.api.core.v1.ResourceRequirements', {
      limits: { memory: '1Gi', cpu: '1' },
    })
    assert.equal(limits, '0a0a0a0363707512030a0131' + '0a0f0a066d656d6f727912050a03314769')
    const fields = hex(`${meta}.ManagedFieldsEntry`, { fieldsV1: { 'f:a': {} } })
    assert.match(fields, new RegExp(`3a0c0a0a${Buffer.from('{"f:a":{}}').toString('hex')}`))
  })

  it('has in a schema both what it allows and how', () => {
    const props = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'
    const additional = (additionalProperties: unknown) => hex(props, { additionalProperties })
    assert.match(additional({ type: 'string' }), /f201..080112..0a00/)
    assert.match(additional(false), /f201020800/)
  })

  it('grows as far as it must', () => {
    const data = { large: 'ä'.repeat(300_000), small: 'x' }
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data }
    const bytes = envelopeOf(object)
    const expected = expectation('v1', 'ConfigMap')
    assert.deepEqual(decode(bytes, mediaTypes.protobuf, expected).object, object)
  })

  it('knows every kind that is answered, and no other', () => {
    for (const [apiVersion, kind] of [
      ['v1', 'Status'],
      ['v1', 'APIResourceList'],
      ['', 'APIVersions'],
      ['apidiscovery.k8s.io/v2beta1', 'APIGroupDiscoveryList'],
      ['meta.k8s.io/v1beta1', 'PartialObjectMetadata'],
    ] as const)
      assert.ok(messageOf({ apiVersion, kind }), kind)
    assert.equal(messageOf({ apiVersion: 'example.com/v1', kind: 'Status' }), undefined)
    assert.throws(() => envelopeOf({ apiVersion: 'example.com/v1', kind: 'Widget' }), TypeError)
  })

  it('is read as what was written, whatever the kind', () => {
    for (const kind of kinds) {
      const expected = { ...kind, schema: definitionOfKind(kind)! }
      const objects = fc.sample(anyObject(definition(expected.schema)), { numRuns: 4, seed: 7 })
      for (const any of objects) {
        const object = decodeObject(
          { ...any, apiVersion: apiVersionOf(kind), kind: kind.kind },
          expected,
        )
        const stored = decodeStored(Buffer.from(JSON.stringify(object.object)))
        const { object: again } = decode(envelopeOf(stored), mediaTypes.protobuf, expected)
        assert.deepEqual(again, object.object, kind.kind)
      }
    }
  })
})

function expectation(apiVersion: string, kind: string): Expected {
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  return { group, version, kind, schema: definitionOfKind({ group, version, kind }) ?? '' }
}

/** All that have a message. */
const kinds: GroupVersionKind[] = definitionNames()
  .map(definition)
  .filter(({ typeMeta, message }) => typeMeta && message.size > 0)
  .flatMap(({ kinds }) => kinds.slice(0, 1))
  .filter((kind) => definitionOfKind(kind) !== undefined)

const deepest = 9
const text = fc.string({ maxLength: 8 })

function anyObject(of: Definition, depth = 0): fc.Arbitrary<object> {
  const fields = [...of.fields.values()].filter(({ number }) => number > 0)
  const some = depth < deepest ? fields : fields.filter(({ type }) => type.kind === 'string')
  return fc
    .subarray(some, { maxLength: Math.min(some.length, depth < 3 ? 9 : 3) })
    .chain((chosen) => {
      const model = chosen.map(({ name, type }) => [name, anyValue(type, depth + 1)] as const)
      return fc.record(Object.fromEntries(model))
    })
}

function anyValue(type: Type, depth: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'string':
      return text
    case 'boolean':
      return fc.boolean()
    case 'int32':
      return fc.integer()
    case 'int64':
      return fc.oneof(fc.maxSafeInteger(), fc.constant(rawNumber('-9223372036854775808')))
    case 'double':
      return fc.double({ noNaN: true, noDefaultInfinity: true })
    case 'bytes':
      return fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64'))
    case 'list':
      return fc.array(anyValue(type.items, depth), { minLength: 1, maxLength: 2 })
    case 'map':
      return fc.dictionary(text, anyValue(type.values, depth), {
        maxKeys: 2,
        noNullPrototype: true,
      })
    case 'definition':
      return anyForm(type.definition, depth)
    default:
      return type satisfies never
  }
}

const seconds = fc.integer({ min: -62_135_596_799, max: 253_402_300_799 })
const time = seconds.map((value) => `${new Date(value * 1000).toISOString().slice(0, 19)}Z`)
const json = fc.constantFrom<unknown>({ a: [1, null] }, 'text', 7, false, [])

function anyForm(of: Definition, depth: number): fc.Arbitrary<unknown> {
  const or = (other: fc.Arbitrary<unknown>) => fc.oneof(anyObject(of, deepest), other)
  const forms: Record<Form, () => fc.Arbitrary<unknown>> = {
    struct: () => anyObject(of, depth),
    time: () => time,
    microTime: () => time.map((value) => value.replace('Z', '.120456Z')),
    duration: () => fc.constantFrom('1h0m0.5s', '0s', '-3ms'),
    quantity: () => fc.constantFrom('0', '100m', '1Gi', '-5'),
    intOrString: () => fc.oneof(fc.integer(), text),
    json: () => json,
    list: () => fc.array(text, { maxLength: 2 }),
    schemaOrArray: () => or(fc.array(anyObject(of, deepest), { minLength: 1, maxLength: 2 })),
    schemaOrBool: () => or(fc.boolean()),
    schemaOrStrings: () => or(fc.array(text, { minLength: 1, maxLength: 2 })),
  }
  return forms[of.form]()
}
