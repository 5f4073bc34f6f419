import assert from 'node:assert/strict'
import { aggregatedDiscovery, negotiate, wantsOpenApiProtobuf } from './negotiation.ts'

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

  it('knows who asks for aggregated discovery', () => {
    assert.equal(
      aggregatedDiscovery(
        'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList;profile=nopeer,application/json',
      ),
      'v2',
    )
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
