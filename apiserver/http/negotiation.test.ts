import assert from 'node:assert/strict'
import {
  type Accepted,
  aggregatedDiscovery,
  type Endpoint,
  negotiate,
  wantsErrorsInProtobuf,
  wantsOpenApiProtobuf,
} from './negotiation.ts'

const kubectl =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json'

describe('content negotiation', () => {
  it('answers JSON to whoever does not care', () => {
    for (const accept of [undefined, '', '*/*', 'application/json', 'application/*;q=0.5'])
      assert.deepEqual(negotiate(accept, 'object'), { version: 'v1' })
  })

  it('takes the first clause it can honour, whatever the order of the parameters', () => {
    assert.deepEqual(negotiate(kubectl, 'list'), { shape: 'Table', version: 'v1' })
    assert.deepEqual(
      negotiate('application/json;g=meta.k8s.io;x=y;v=v1beta1;as=PartialObjectMetadata', 'object'),
      { shape: 'PartialObjectMetadata', version: 'v1beta1' },
    )
    assert.deepEqual(negotiate('application/vnd.kubernetes.protobuf,application/json', 'object'), {
      version: 'v1',
    })
    assert.deepEqual(
      negotiate('application/json;q=0.1, application/json;as=Table;g=meta.k8s.io;v=v1', 'list'),
      { shape: 'Table', version: 'v1' },
    )
  })

  it('refuses what it cannot give rather than giving something else', () => {
    for (const [accept, endpoint] of [
      ['application/vnd.kubernetes.protobuf', 'object'],
      ['application/json;as=Table;v=v1;g=meta.k8s.io', 'plain'],
      ['application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io', 'list'],
      ['application/json;as=Table;v=v2;g=meta.k8s.io', 'list'],
      ['text/html', 'list'],
    ] as const)
      assert.throws(() => negotiate(accept, endpoint), {
        code: 406,
        reason: 'NotAcceptable',
        message: 'only the following media types are accepted: application/json',
      })
  })

  const protobuf = 'application/vnd.kubernetes.protobuf'
  const meta = (shape: string, type = protobuf) => `${type};as=${shape};g=meta.k8s.io;v=v1`
  const inProtobuf: Accepted = { version: 'v1', encoding: 'protobuf' }
  const partial = (shape: 'PartialObjectMetadata' | 'PartialObjectMetadataList') => ({
    ...inProtobuf,
    shape,
  })
  const table: [accept: string, endpoint: Endpoint, binary: boolean, Accepted][] = [
    [protobuf, 'object', true, inProtobuf],
    [`${protobuf},application/json`, 'list', true, inProtobuf],
    [`application/json,${protobuf}`, 'list', true, { version: 'v1' }],
    [`application/json;q=0.9,${protobuf}`, 'list', true, inProtobuf],
    [`*/*,${protobuf}`, 'list', true, { version: 'v1' }],
    [`${protobuf};stream=watch`, 'watch', true, inProtobuf],
    [`${protobuf};stream=watch,application/json`, 'list', true, { version: 'v1' }],
    [`${protobuf},application/json`, 'plain', false, { version: 'v1' }],
    [
      `${meta('Table')},${meta('Table', 'application/json')}`,
      'list',
      true,
      {
        shape: 'Table',
        version: 'v1',
      },
    ],
    [meta('PartialObjectMetadataList'), 'list', false, partial('PartialObjectMetadataList')],
    [
      `${meta('PartialObjectMetadata')},application/json`,
      'watch',
      true,
      partial('PartialObjectMetadata'),
    ],
    [`${meta('PartialObjectMetadata')},${protobuf}`, 'list', true, inProtobuf],
  ]
  for (const [accept, endpoint, binary, accepted] of table)
    it(`answers ${endpoint} for ${accept}${binary ? '' : ', without a form in protobuf'}`, () =>
      assert.deepEqual(negotiate(accept, endpoint, binary), accepted))

  it('names protobuf where it has it', () => {
    const message = `only the following media types are accepted: application/json, ${protobuf}`
    assert.throws(() => negotiate('text/html', 'object', true), { code: 406, message })
    assert.throws(() => negotiate(protobuf, 'object', false), { code: 406 })
  })

  it('tells errors in protobuf to whoever takes that before JSON, whatever else', () => {
    assert.ok(wantsErrorsInProtobuf(protobuf))
    assert.ok(wantsErrorsInProtobuf(`${meta('Table')},${protobuf};stream=watch`))
    assert.ok(!wantsErrorsInProtobuf(`application/json,${protobuf}`))
    assert.ok(!wantsErrorsInProtobuf(`${meta('PartialObjectMetadata')},application/json`))
    assert.ok(!wantsErrorsInProtobuf(`${meta('PartialObjectMetadata')}`))
    assert.ok(!wantsErrorsInProtobuf(undefined))
  })

  it('knows who asks for aggregated discovery', () => {
    const list = 'g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    assert.deepEqual(
      aggregatedDiscovery(`application/json;${list};profile=nopeer,application/json`),
      { version: 'v2' },
    )
    assert.deepEqual(aggregatedDiscovery(`${protobuf};${list},application/json`), {
      version: 'v2',
      encoding: 'protobuf',
    })
    assert.equal(aggregatedDiscovery(`${protobuf},application/json;${list}`), undefined)
    assert.equal(aggregatedDiscovery('application/json'), undefined)
    assert.equal(aggregatedDiscovery(undefined), undefined)
  })

  it('knows who wants OpenAPI in its binary form', () => {
    const binary = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
    assert.ok(wantsOpenApiProtobuf(binary))
    assert.ok(wantsOpenApiProtobuf(`${binary}, application/json;q=0.5`))
    assert.ok(!wantsOpenApiProtobuf(`application/json, ${binary}`))
    assert.ok(!wantsOpenApiProtobuf(undefined))
  })
})
