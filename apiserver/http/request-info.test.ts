import assert from 'node:assert/strict'
import { booleanParameter, requestInfo } from './request-info.ts'

const read = (method: string, url: string) => {
  const { query: _, ...info } = requestInfo(method, url)
  return info
}
const base = {
  type: 'resource',
  group: '',
  version: 'v1',
  namespace: '',
  name: '',
  subresource: '',
  rest: '',
}

describe('request info', () => {
  const cases: [string, string, object][] = [
    ['GET', '/api/v1/pods', { ...base, verb: 'list', plural: 'pods' }],
    [
      'GET',
      '/api/v1/namespaces/ns/pods?watch=1',
      { ...base, verb: 'watch', plural: 'pods', namespace: 'ns' },
    ],
    [
      'GET',
      '/api/v1/watch/namespaces/ns/pods',
      { ...base, verb: 'watch', plural: 'pods', namespace: 'ns' },
    ],
    [
      'HEAD',
      '/api/v1/namespaces/ns/pods/p',
      { ...base, verb: 'get', plural: 'pods', namespace: 'ns', name: 'p' },
    ],
    [
      'PUT',
      '/apis/apps/v1/namespaces/ns/deployments/d/scale',
      {
        ...base,
        verb: 'update',
        group: 'apps',
        plural: 'deployments',
        namespace: 'ns',
        name: 'd',
        subresource: 'scale',
      },
    ],
    [
      'PUT',
      '/api/v1/namespaces/ns/finalize',
      {
        ...base,
        verb: 'update',
        plural: 'namespaces',
        namespace: 'ns',
        name: 'ns',
        subresource: 'finalize',
      },
    ],
    [
      'DELETE',
      '/api/v1/namespaces/ns',
      { ...base, verb: 'delete', plural: 'namespaces', namespace: 'ns', name: 'ns' },
    ],
    ['DELETE', '/api/v1/nodes', { ...base, verb: 'deletecollection', plural: 'nodes' }],
    [
      'POST',
      '/api/v1/namespaces/ns/services/https:s:8443/proxy/a%2fb//c/?q=1',
      {
        ...base,
        verb: 'create',
        plural: 'services',
        namespace: 'ns',
        name: 'https:s:8443',
        subresource: 'proxy',
        rest: '/a%2fb//c/',
      },
    ],
    ['GET', '/apis/apps/v1', { type: 'path', verb: 'get', path: '/apis/apps/v1' }],
    ['GET', '/healthz?verbose', { type: 'path', verb: 'get', path: '/healthz' }],
  ]
  for (const [method, url, expected] of cases)
    it(`reads ${method} ${url}`, () => assert.deepEqual(read(method, url), expected))

  for (const url of [
    '/api/v1/namespaces/../pods',
    '/api/v1/namespaces/%2e%2e/pods',
    '/api/v1/namespaces/a%2fb/pods',
    '/api/v1/namespaces//pods',
    '/api/v1/namespaces/ns/pods/a%00b',
    '/api/v1/namespaces/ns/pods/%zz',
    '/api/v1/namespaces/ns/pods/..',
  ])
    it(`refuses ${url}`, () => assert.throws(() => requestInfo('GET', url), { code: 404 }))

  it('takes a flag as true unless it says 0 or false', () => {
    const flag = (query: string) => booleanParameter(new URLSearchParams(query), 'watch')
    assert.deepEqual(['watch=True', 'watch=1', 'watch', 'watch=0', 'watch=FALSE', ''].map(flag), [
      true,
      true,
      true,
      false,
      false,
      false,
    ])
  })
})
