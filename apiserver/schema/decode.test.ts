import assert from 'node:assert/strict'
import { StatusError } from '../http/status.ts'
import {
  binding,
  decode,
  decodeObject,
  decodePatch,
  deleteOptions,
  type Expected,
  eviction,
  maximumBodyBytes,
  mediaTypes,
  partialObjectMetadata,
  scale,
  strictDecodingError,
} from './decode.ts'

const deployment: Expected = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  schema: 'io.k8s.api.apps.v1.Deployment',
}
const pod: Expected = { group: '', version: 'v1', kind: 'Pod', schema: 'io.k8s.api.core.v1.Pod' }
const event: Expected = {
  group: '',
  version: 'v1',
  kind: 'Event',
  schema: 'io.k8s.api.core.v1.Event',
}
const custom: Expected = { group: 'example.com', version: 'v1', kind: 'Foo' }

const json = (text: string, expected = deployment) => decode(Buffer.from(text), '', expected)
const yaml = (text: string, expected = deployment) =>
  decode(Buffer.from(text), mediaTypes.yaml, expected)

function refusal(action: () => unknown): { code: number; message: string } {
  try {
    action()
  } catch (error) {
    assert.ok(error instanceof StatusError, String(error))
    return { code: error.code, message: error.message }
  }
  throw new assert.AssertionError({ message: 'was accepted' })
}

describe('decoding', () => {
  it('gives the object that the API would store: nulls and omitted zeros away, fixed structs there', () => {
    const { object, problems } = json(
      JSON.stringify({
        metadata: { name: 'web', creationTimestamp: null, labels: { a: 'b' }, annotations: {} },
        spec: {
          replicas: 0,
          paused: false,
          template: {
            metadata: { creationTimestamp: null },
            spec: {
              hostNetwork: false,
              terminationGracePeriodSeconds: 0,
              containers: [
                { name: 'c', args: [], resources: { limits: { cpu: 0.5, memory: '1024Mi' } } },
              ],
              volumes: [{ name: 'v', emptyDir: {} }],
            },
          },
        },
      }),
    )
    assert.deepEqual(problems, [])
    assert.deepEqual(object, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', labels: { a: 'b' } },
      spec: {
        replicas: 0,
        strategy: {},
        template: {
          metadata: {},
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [{ name: 'c', resources: { limits: { cpu: '500m', memory: '1Gi' } } }],
            volumes: [{ name: 'v', emptyDir: {} }],
          },
        },
      },
      status: {},
    })
  })

  it('reports unknown and duplicate fields by path, in the order of the text', () => {
    const { object, problems } = json(
      '{"spec":{"unknown1":"v","unknownDupe":1,"unknownDupe":2,"paused":true,"paused":false,"template":{"metadata":{"labels":{"a":"1","a":"2"}},"spec":{"containers":[{"name":"x","unknownNested":"v","imagePullPolicy":"Always","imagePullPolicy":"Never"}]}}},"metadata":{"unknownMeta":{}}}',
    )
    assert.deepEqual(problems, [
      'unknown field "spec.unknown1"',
      'unknown field "spec.unknownDupe"',
      'duplicate field "spec.paused"',
      'duplicate field "spec.template.metadata.labels.a"',
      'unknown field "spec.template.spec.containers[0].unknownNested"',
      'duplicate field "spec.template.spec.containers[0].imagePullPolicy"',
      'unknown field "metadata.unknownMeta"',
    ])
    assert.deepEqual(object.metadata, {})
    assert.equal(
      strictDecodingError(['unknown field "spec.x"', 'duplicate field "spec.y"'], deployment)
        .message,
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.x", duplicate field "spec.y"',
    )
  })

  it('is case-sensitive, and stops at a hundred problems', () => {
    assert.deepEqual(json('{"spec":{"Replicas":1}}').problems, ['unknown field "spec.Replicas"'])
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`u${at}`, 1]))
    assert.equal(json(JSON.stringify({ spec: many })).problems.length, 100)
  })

  it('refuses wrong types in the words of the API', () => {
    const prefix = 'Deployment in version "v1" cannot be handled as a Deployment: '
    const field = 'into Go struct field'
    const cases: Record<string, string> = {
      '{"spec":{"replicas":"3"}}': `json: cannot unmarshal string ${field} DeploymentSpec.spec.replicas of type int32`,
      '{"spec":{"replicas":1.5}}': `json: cannot unmarshal number 1.5 ${field} DeploymentSpec.spec.replicas of type int32`,
      '{"spec":{"replicas":1.0}}': `json: cannot unmarshal number 1.0 ${field} DeploymentSpec.spec.replicas of type int32`,
      '{"spec":{"replicas":3000000000}}': `json: cannot unmarshal number 3000000000 ${field} DeploymentSpec.spec.replicas of type int32`,
      '{"spec":{"paused":"true"}}': `json: cannot unmarshal string ${field} DeploymentSpec.spec.paused of type bool`,
      '{"spec":{"template":{"spec":{"containers":{}}}}}': `json: cannot unmarshal object ${field} PodSpec.spec.template.spec.containers of type []v1.Container`,
      '{"spec":{"template":{"spec":{"containers":[{"env":[{"value":1}]}]}}}}': `json: cannot unmarshal number ${field} EnvVar.spec.template.spec.containers.env.value of type string`,
      '{"metadata":{"labels":["a"]}}': `json: cannot unmarshal array ${field} ObjectMeta.metadata.labels of type map[string]string`,
      '{"metadata":{"labels":{"a":true}}}': `json: cannot unmarshal bool ${field} ObjectMeta.metadata.labels of type string`,
      '{"spec":"x"}': `json: cannot unmarshal string ${field} Deployment.spec of type v1.DeploymentSpec`,
      '{"metadata":{"generation":9223372036854775808}}': `json: cannot unmarshal number 9223372036854775808 ${field} ObjectMeta.metadata.generation of type int64`,
    }
    for (const [text, why] of Object.entries(cases))
      assert.deepEqual(
        refusal(() => json(text)),
        { code: 400, message: prefix + why },
      )
    for (const text of [
      '{"metadata":{"creationTimestamp":"yesterday"}}',
      '{"spec":{"template":{"spec":{"containers":[{"resources":{"limits":{"cpu":"x"}}}]}}}}',
      '{"spec":{"template":{"spec":{"containers":[{"ports":[{"containerPort":"http"}]}]}}}}',
    ])
      assert.equal(refusal(() => json(text)).code, 400)
  })

  it('takes null in lists and maps for the zero of its type', () => {
    const { object } = json(
      '{"metadata":{"labels":{"a":null},"finalizers":[null]},"spec":{"template":{"spec":{"containers":[null]}}}}',
    )
    assert.deepEqual(object.metadata, { labels: { a: '' }, finalizers: [''] })
    assert.deepEqual((object.spec as { template: { spec: object } }).template.spec, {
      containers: [{ name: '', resources: {} }],
    })
  })

  it('keeps an int64 exact', () => {
    const { object } = json('{"metadata":{"generation":9007199254740993}}')
    assert.match(JSON.stringify(object), /"generation":9007199254740993/)
    const again = decodeObject(object, deployment).object
    assert.match(JSON.stringify(again), /"generation":9007199254740993/)
  })

  it('takes events as Python sends them: no kind, times with fraction and offset', () => {
    const { object } = json(
      '{"metadata":{"generateName":"e-","namespace":"x"},"firstTimestamp":"2026-01-01T00:00:00.123456+00:00","eventTime":"2026-01-01T01:00:00.123+01:00"}',
      event,
    )
    assert.equal(object.kind, 'Event')
    assert.equal(object.firstTimestamp, '2026-01-01T00:00:00Z')
    assert.equal(object.eventTime, '2026-01-01T00:00:00.123000Z')
  })

  it('says so when the body is of another version or kind', () => {
    assert.deepEqual(
      refusal(() => json('{"apiVersion":"v1","kind":"Deployment"}')),
      {
        code: 400,
        message:
          'the API version in the data (v1) does not match the expected API version (apps/v1)',
      },
    )
    const { code, message } = refusal(() => json('{"apiVersion":"apps/v1","kind":"Pod"}'))
    assert.equal(code, 400)
    assert.match(message, /^Pod in version "v1" cannot be handled as a Deployment: no kind "Pod"/)
  })

  it('asks custom resources for both, and leaves the rest of them alone', () => {
    assert.match(
      refusal(() => json('{"kind":"Foo"}', custom)).message,
      /Object 'apiVersion' is missing/,
    )
    assert.match(
      refusal(() => json('{"apiVersion":"example.com/v1"}', custom)).message,
      /Object 'Kind' is missing/,
    )
    const { object, problems } = json(
      '{"apiVersion":"example.com/v1","kind":"Foo","spec":{"a":1.0,"a":null,"big":9007199254740993}}',
      custom,
    )
    assert.deepEqual(problems, ['duplicate field "spec.a"'])
    assert.equal(JSON.stringify(object.spec), '{"a":null,"big":9007199254740993}')
  })

  it('tells what is no object, and what is no JSON', () => {
    for (const text of ['', '[]', 'null', '"x"', '1', '{"a":', '{]', '['.repeat(600)])
      assert.match(
        refusal(() => json(text)).message,
        /^the object provided is unrecognized \(must be of type Deployment\): couldn't get version\/kind; json parse error: /,
      )
    assert.match(refusal(() => json('{"apiVersion":1}')).message, /cannot unmarshal number/)
  })

  it('reads the small kinds of subresources and verbs', () => {
    for (const apiVersion of ['v1', 'apps/v1', 'meta.k8s.io/v1'])
      assert.deepEqual(
        json(
          `{"apiVersion":"${apiVersion}","kind":"DeleteOptions","gracePeriodSeconds":0}`,
          deleteOptions,
        ).object,
        { apiVersion: 'meta.k8s.io/v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 },
      )
    assert.deepEqual(json('{"propagationPolicy":"Background"}', deleteOptions).problems, [])
    assert.deepEqual(json('{"metadata":{"name":"x"},"spec":{"replicas":2}}', scale).object.spec, {
      replicas: 2,
    })
    assert.deepEqual(json('{"target":{"kind":"Node","name":"n"}}', binding).object.target, {
      kind: 'Node',
      name: 'n',
    })
    assert.deepEqual(
      json('{"deleteOptions":{"gracePeriodSeconds":0}}', eviction).object.deleteOptions,
      {
        gracePeriodSeconds: 0,
      },
    )
    assert.deepEqual(
      json('{"metadata":{"labels":{"a":"b"}}}', partialObjectMetadata).object.metadata,
      {
        labels: { a: 'b' },
      },
    )
  })

  it('refuses media types it does not know, and bodies that are too large', () => {
    assert.equal(refusal(() => decode(Buffer.from('{}'), 'application/cbor', pod)).code, 415)
    assert.equal(refusal(() => decode(Buffer.alloc(10), mediaTypes.protobuf, custom)).code, 415)
    assert.equal(refusal(() => decode(Buffer.alloc(maximumBodyBytes + 1), '', pod)).code, 413)
  })

  it('copies an object from inside, and changes nothing in it', () => {
    const given = { metadata: { name: 'a', labels: { x: 'y' } }, spec: { replicas: 1, nope: 1 } }
    const before = JSON.stringify(given)
    const { object, problems } = decodeObject(given, deployment)
    object.metadata.labels!.x = 'changed'
    assert.deepEqual(problems, ['unknown field "spec.nope"'])
    assert.equal(JSON.stringify(given), before)
  })

  it('changes no prototype, whatever keys are called', () => {
    const body =
      '{"metadata":{"annotations":{"__proto__":"x","constructor":"y"},"__proto__":{"polluted":1}},"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
    for (const read of [json, yaml]) {
      const { object, problems } = read(body)
      assert.deepEqual(problems, [
        'unknown field "metadata.__proto__"',
        'unknown field "__proto__"',
        'unknown field "constructor"',
      ])
      assert.equal(Object.getPrototypeOf(object), Object.prototype)
      assert.deepEqual(Object.entries(object.metadata.annotations!), [
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ])
      assert.equal(({} as { polluted?: number }).polluted, undefined)
    }
  })
})

describe('decoding YAML', () => {
  it('reads it as the API does: octal numbers, yes, and timestamps as text', () => {
    const { object, problems } = yaml(
      'metadata:\n  name: web\n  annotations:\n    when: 2026-01-01\nspec:\n  replicas: 010\n  paused: yes\n',
    )
    assert.deepEqual(problems, [])
    assert.equal((object.metadata.annotations as { when: string }).when, '2026-01-01')
    assert.equal((object.spec as { replicas: number }).replicas, 8)
    assert.equal((object.spec as { paused: boolean }).paused, true)
  })

  it('reports repeated keys by line, and unknown fields by path', () => {
    const { problems } = yaml(
      '\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: x\nspec:\n  foo: 1\n  paused: true\n  "paused": false\n',
    )
    assert.deepEqual(problems, [
      'line 9: key "paused" already set in map',
      'unknown field "spec.foo"',
    ])
  })

  it('reads JSON as such, unless a key stands twice', () => {
    assert.deepEqual(decodePatch(Buffer.from('{"a":1}'), mediaTypes.yaml), {
      value: { a: 1 },
      problems: [],
    })
    assert.deepEqual(decodePatch(Buffer.from('{"a":1,\n"a":2}'), mediaTypes.yaml), {
      value: { a: 2 },
      problems: ['line 2: key "a" already set in map'],
    })
    assert.deepEqual(decodePatch(Buffer.from('{"a":1,"a":2}'), 'application/merge-patch+json'), {
      value: { a: 2 },
      problems: ['duplicate field "a"'],
    })
  })

  it('refuses bombs quickly', () => {
    const letters = 'abcdefghij'
    const aliases = [...letters].map((letter, at) => {
      const items = at === 0 ? 'x' : `*${letters[at - 1]}`
      return `${letter}: &${letter} [${Array(9).fill(items).join(',')}]`
    })
    const bombs = [
      aliases.join('\n'),
      '['.repeat(500_000),
      '{"k1":0'.repeat(60_000),
      '- '.repeat(200_000),
      'a: b: c',
      'a: *b',
      'x'.repeat(600_000),
    ]
    for (const bomb of bombs) {
      const start = process.hrtime.bigint()
      assert.equal(refusal(() => yaml(bomb)).code, 400, bomb.slice(0, 20))
      assert.equal(refusal(() => decodePatch(Buffer.from(bomb), mediaTypes.yaml)).code, 400)
      const ms = Number(process.hrtime.bigint() - start) / 1e6
      assert.ok(ms < 1000, `${bomb.slice(0, 20)} took ${ms} ms`)
    }
  })
})
