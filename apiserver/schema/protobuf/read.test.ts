import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { StatusError } from '../../http/status.ts'
import { decode, deleteOptions, type Expected, mediaTypes, tokenRequest } from '../decode.ts'
import { definition, definitionNames, definitionOfKind } from '../schema.ts'
import { ProtobufError, readMessage } from './read.ts'

interface Recorded {
  command: string
  /** Base64, as kubectl 1.36 sent it. */
  body: string
  /** What the same command prints with `--dry-run=client -o json`. */
  json: { apiVersion: string; kind: string } | null
}

const recorded: Recorded[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/kubectl-bodies.json'), 'utf8'),
)

function expectation(apiVersion: string, kind: string): Expected {
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  const schema = definitionOfKind({ group, version, kind })
  assert.ok(schema, `${apiVersion} ${kind}`)
  return { group, version, kind, schema }
}

const protobuf = (bytes: Buffer, expected: Expected) => decode(bytes, mediaTypes.protobuf, expected)

/** A message by hand: numbers with bytes, text, nested messages or varints. */
function message(...fields: [number: number, value: bigint | string | Buffer][]): Buffer {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === 'bigint')
        return Buffer.concat([varint(BigInt(number << 3)), varint(BigInt.asUintN(64, value))])
      const bytes = Buffer.from(value)
      return Buffer.concat([varint(BigInt((number << 3) | 2)), varint(BigInt(bytes.length)), bytes])
    }),
  )
}

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(rest)])
}

const envelope = (apiVersion: string, kind: string, raw: Buffer) =>
  Buffer.concat([
    Buffer.from([0x6b, 0x38, 0x73, 0]),
    message([1, message([1, apiVersion], [2, kind])], [2, raw], [3, ''], [4, '']),
  ])

describe('protobuf bodies', () => {
  for (const { command, body, json } of recorded.filter(({ json }) => json))
    it(`reads what \`${command}\` sends as the JSON that it prints`, () => {
      const expected = expectation(json!.apiVersion, json!.kind)
      const fromProtobuf = protobuf(Buffer.from(body, 'base64'), expected)
      const fromJson = decode(Buffer.from(JSON.stringify(json)), mediaTypes.json, expected)
      assert.deepEqual(fromProtobuf, fromJson)
      assert.deepEqual(fromProtobuf.problems, [])
    })

  it('keeps the zero of a pointer', () => {
    const deployment = recorded.find(({ command }) => command.includes('--replicas=0'))!
    const { object } = protobuf(
      Buffer.from(deployment.body, 'base64'),
      expectation('apps/v1', 'Deployment'),
    )
    assert.equal((object.spec as { replicas: number }).replicas, 0)
  })

  it('reads a token request and an access review', () => {
    const token = recorded.find(({ command }) => command.includes('create token'))!
    assert.deepEqual(protobuf(Buffer.from(token.body, 'base64'), tokenRequest).object.spec, {
      expirationSeconds: 3600,
    })
    const review = recorded.find(({ command }) => command.includes('can-i'))!
    assert.deepEqual(
      protobuf(
        Buffer.from(review.body, 'base64'),
        expectation('authorization.k8s.io/v1', 'SelfSubjectAccessReview'),
      ).object.spec,
      {
        resourceAttributes: {
          namespace: 'default',
          verb: 'get',
          resource: 'pods',
          name: 'log',
        },
      },
    )
  })

  it('reads times, to whole seconds or to six digits', () => {
    const time = message([1, 1_767_225_600n], [2, 123_456_789n])
    const { object } = protobuf(
      envelope(
        'coordination.k8s.io/v1',
        'Lease',
        message(
          [1, message([1, 'l'], [8, Buffer.alloc(0)], [9, time])],
          [2, message([1, 'holder'], [4, time])],
        ),
      ),
      expectation('coordination.k8s.io/v1', 'Lease'),
    )
    assert.deepEqual(object.metadata, { name: 'l', deletionTimestamp: '2026-01-01T00:00:00Z' })
    assert.deepEqual(object.spec, {
      holderIdentity: 'holder',
      renewTime: '2026-01-01T00:00:00.123456Z',
    })
  })

  it('reads quantities, int-or-strings, maps, and what JSON flattens', () => {
    const quantity = message([1, '1024Mi'])
    const container = message(
      [1, 'c'],
      [8, message([1, message([1, 'memory'], [2, quantity])])],
      [
        10,
        message(
          [1, message([2, message([1, '/'], [2, message([1, 1n], [2, 0n], [3, 'http'])])])],
          [2, 5n],
        ),
      ],
    )
    const volume = message([1, 'v'], [2, message([2, message([1, 'Memory'])])])
    const { object } = protobuf(
      envelope(
        'v1',
        'Pod',
        message([2, message([1, volume], [2, container], [7, message([1, 'disk'], [2, 'ssd'])])]),
      ),
      expectation('v1', 'Pod'),
    )
    assert.deepEqual(object.spec, {
      volumes: [{ name: 'v', emptyDir: { medium: 'Memory' } }],
      containers: [
        {
          name: 'c',
          resources: { limits: { memory: '1Gi' } },
          livenessProbe: { httpGet: { path: '/', port: 'http' }, initialDelaySeconds: 5 },
        },
      ],
      nodeSelector: { disk: 'ssd' },
    })
  })

  it('reads JSON that stands inside as bytes, and unions of JSON schemas', () => {
    const revision = protobuf(
      envelope(
        'apps/v1',
        'ControllerRevision',
        message([2, message([1, '{"spec":{"x":[1]}}'])], [3, -1n]),
      ),
      expectation('apps/v1', 'ControllerRevision'),
    ).object
    assert.deepEqual([revision.data, revision.revision], [{ spec: { x: [1] } }, -1])
    const schema = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'
    const string = message([5, 'string'])
    assert.deepEqual(
      readMessage(
        message(
          [8, message([1, '{"a":1}'])],
          [24, message([1, string])],
          [30, message([1, 1n])],
          [32, message([1, 'x'], [2, message([2, 'y'], [2, 'z'])])],
          [33, message([1, 0n], [2, string])],
        ),
        definition(schema),
      ),
      {
        default: { a: 1 },
        items: { type: 'string' },
        additionalProperties: true,
        dependencies: { x: ['y', 'z'] },
        additionalItems: { type: 'string' },
      },
    )
  })

  it('keeps integers beyond 2^53 exact', () => {
    const { object } = protobuf(
      envelope('apps/v1', 'ControllerRevision', message([3, 9_223_372_036_854_775_807n])),
      expectation('apps/v1', 'ControllerRevision'),
    )
    assert.match(JSON.stringify(object), /"revision":9223372036854775807/)
  })

  it('takes DeleteOptions under the version of what is deleted', () => {
    const body = envelope('apps/v1', 'DeleteOptions', message([1, 0n], [4, 'Foreground']))
    assert.deepEqual(protobuf(body, deleteOptions).object, {
      apiVersion: 'meta.k8s.io/v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      propagationPolicy: 'Foreground',
    })
  })

  it('refuses another kind, another version and what has no envelope with 400', () => {
    const pod = expectation('v1', 'Pod')
    for (const body of [
      envelope('v1', 'Service', Buffer.alloc(0)),
      envelope('v2', 'Pod', Buffer.alloc(0)),
      Buffer.from('{"kind":"Pod"}'),
      Buffer.alloc(0),
      envelope('v1', 'Pod', message([1, message([1, Buffer.from([0xff])])])),
    ])
      assert.throws(
        () => protobuf(body, pod),
        (error: unknown) => error instanceof StatusError && error.code === 400,
      )
  })

  it('answers any bytes with an object or a 400, never otherwise', () => {
    const bodies = recorded.map(({ body }) => Buffer.from(body, 'base64'))
    const pod = expectation('v1', 'Pod')
    const deployment = expectation('apps/v1', 'Deployment')
    const total = (bytes: Buffer, expected: Expected) => {
      try {
        decode(bytes, mediaTypes.protobuf, expected)
      } catch (error) {
        assert.ok(error instanceof StatusError && error.code === 400, String(error))
      }
    }
    fc.assert(
      fc.property(
        fc.constantFrom(...bodies),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(400),
        (body, flips, cut) => {
          const bytes = Buffer.from(body)
          for (const [at, byte] of flips) if (at < bytes.length) bytes[at] = byte
          total(bytes, deployment)
          total(bytes.subarray(0, cut), deployment)
        },
      ),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        total(envelope('v1', 'Pod', Buffer.from(noise)), pod)
      }),
      { numRuns: 500 },
    )
  })

  it('reads noise as any message there is, or refuses it', () => {
    for (const name of definitionNames())
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
          try {
            readMessage(Buffer.from(noise), definition(name))
          } catch (error) {
            assert.ok(error instanceof ProtobufError, String(error))
          }
        }),
        { numRuns: 5 },
      )
  })

  it('bounds how many values a small body may make and how deep it nests', () => {
    const many = Buffer.concat(Array(400_000).fill(message([2, Buffer.alloc(0)])))
    let deep: Buffer = Buffer.alloc(0)
    for (let level = 0; level < 5000; level++) deep = message([16, message([1, deep])])
    for (const [kind, raw] of [
      ['Pod', message([2, many])],
      ['CustomResourceDefinition', message([2, deep])],
    ] as const)
      assert.throws(
        () =>
          kind === 'Pod'
            ? protobuf(envelope('v1', kind, raw), expectation('v1', 'Pod'))
            : readMessage(
                deep,
                definition(
                  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps',
                ),
              ),
        (error: unknown) =>
          error instanceof ProtobufError || (error instanceof StatusError && error.code === 400),
      )
  })
})
