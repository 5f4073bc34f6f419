import assert from 'node:assert/strict'
import { badRequest } from '../http/status.ts'
import type { SubresourceHandler } from '../http/subresource-handler.ts'
import { pods } from '../resources/core/pod.ts'
import { configMap, deployment, pod, startWireServer, type WireServer } from '../wire/wire.ts'
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts'

/** `mutate UPDATE deployments.apps/scale Scale web` */
function told(step: string, { operation, resource, subresource, kind, name }: AdmissionRequest) {
  const part = subresource && `/${subresource}`
  const qualified = resource.group && `.${resource.group}`
  return `${step} ${operation} ${resource.plural}${qualified}${part} ${kind.kind} ${name}`
}

describe('admission on every path that writes', () => {
  let wire: WireServer
  let seen: string[]
  let requests: AdmissionRequest[]
  let during: ((request: AdmissionRequest) => Promise<void>) | undefined
  const mine = ({ user }: AdmissionRequest) => user.name === 'admin'
  const recorder: AdmissionPlugin = {
    name: 'Recorder',
    mutate(request) {
      if (mine(request)) seen.push(told('mutate', request))
    },
    async validate(request) {
      if (!mine(request)) return
      seen.push(told('validate', request))
      requests.push({ ...request, object: structuredClone(request.object) })
      await during?.(request)
    },
  }
  const serving: SubresourceHandler = {
    async serve() {
      throw badRequest('reached')
    },
  }
  const base = '/api/v1/namespaces/default'
  const apps = '/apis/apps/v1/namespaces/default/deployments'

  before(async () => {
    seen = []
    requests = []
    const handlers = new Map([
      ['pods/exec', serving],
      ['pods/proxy', serving],
      ['pods/log', serving],
    ])
    wire = await startWireServer({ admission: [recorder], handlers })
    await wire.ask('POST', `${base}/pods`, { body: pod('p') })
    await wire.ask('POST', `${base}/pods`, { body: pod('leaves') })
    await wire.ask('POST', apps, { body: deployment('web') })
    await wire.ask('POST', `${base}/serviceaccounts`, {
      body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sa' } },
    })
  })
  after(() => wire.close())
  beforeEach(() => {
    seen = []
    requests = []
    during = undefined
  })

  const json = (type: string) => ({ 'Content-Type': `application/${type}` })
  const get = async (path: string) => (await wire.ask('GET', path)).json

  type Path = [
    what: string,
    expected: string,
    act: () => Promise<{ code: number; text: string }>,
    code?: number,
  ]
  const paths: Path[] = [
    [
      'POST',
      'CREATE configmaps ConfigMap a',
      () => wire.ask('POST', `${base}/configmaps`, { body: configMap('a') }),
      201,
    ],
    [
      'PUT',
      'UPDATE configmaps ConfigMap a',
      () => wire.ask('PUT', `${base}/configmaps/a`, { body: configMap('a', { k: 'v' }) }),
    ],
    [
      'a merge patch',
      'UPDATE configmaps ConfigMap a',
      () => wire.ask('PATCH', `${base}/configmaps/a`, { body: { data: { k: 'merge' } } }),
    ],
    [
      'a JSON patch',
      'UPDATE configmaps ConfigMap a',
      () =>
        wire.ask('PATCH', `${base}/configmaps/a`, {
          headers: json('json-patch+json'),
          body: [{ op: 'add', path: '/data/k', value: 'json' }],
        }),
    ],
    [
      'a strategic merge patch',
      'UPDATE configmaps ConfigMap a',
      () =>
        wire.ask('PATCH', `${base}/configmaps/a`, {
          headers: json('strategic-merge-patch+json'),
          body: { data: { k: 'strategic' } },
        }),
    ],
    [
      'an apply',
      'UPDATE configmaps ConfigMap a',
      () =>
        wire.ask('PATCH', `${base}/configmaps/a?fieldManager=m&force=true`, {
          headers: json('apply-patch+yaml'),
          body: configMap('a', { k: 'apply' }),
        }),
    ],
    [
      'an apply that creates',
      'CREATE configmaps ConfigMap applied',
      () =>
        wire.ask('PATCH', `${base}/configmaps/applied?fieldManager=m`, {
          headers: json('apply-patch+yaml'),
          body: configMap('applied'),
        }),
      201,
    ],
    [
      'a status',
      'UPDATE deployments.apps/status Deployment web',
      () => wire.ask('PATCH', `${apps}/web/status`, { body: { status: { replicas: 1 } } }),
    ],
    [
      'a scale, as a Scale',
      'UPDATE deployments.apps/scale Scale web',
      () => wire.ask('PATCH', `${apps}/web/scale`, { body: { spec: { replicas: 3 } } }),
    ],
    [
      'ephemeral containers',
      'UPDATE pods/ephemeralcontainers Pod p',
      () =>
        wire.ask('PATCH', `${base}/pods/p/ephemeralcontainers`, {
          headers: json('strategic-merge-patch+json'),
          body: { spec: { ephemeralContainers: [{ name: 'debug', image: 'i' }] } },
        }),
    ],
    [
      'a resize',
      'UPDATE pods/resize Pod p',
      async () => wire.ask('PUT', `${base}/pods/p/resize`, { body: await get(`${base}/pods/p`) }),
    ],
    [
      'a binding',
      'CREATE pods/binding Binding p',
      () =>
        wire.ask('POST', `${base}/pods/p/binding`, {
          body: {
            apiVersion: 'v1',
            kind: 'Binding',
            metadata: { name: 'p' },
            target: { kind: 'Node', name: 'n' },
          },
        }),
      201,
    ],
    [
      'an eviction, and not the deletion that follows',
      'CREATE pods/eviction Eviction leaves',
      () =>
        wire.ask('POST', `${base}/pods/leaves/eviction`, {
          body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'leaves' } },
        }),
      201,
    ],
    [
      'a token request',
      'CREATE serviceaccounts/token TokenRequest sa',
      () =>
        wire.ask('POST', `${base}/serviceaccounts/sa/token`, {
          body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
        }),
      201,
    ],
    [
      'a finalization',
      'UPDATE namespaces/finalize Namespace kube-public',
      async () =>
        wire.ask('PUT', '/api/v1/namespaces/kube-public/finalize', {
          body: await get('/api/v1/namespaces/kube-public'),
        }),
    ],
    [
      'a connection, with its options',
      'CONNECT pods/exec PodExecOptions p',
      () => wire.ask('POST', `${base}/pods/p/exec?command=ls&stdout=true`),
      400,
    ],
    [
      'a proxied request',
      'CONNECT pods/proxy PodProxyOptions p',
      () => wire.ask('GET', `${base}/pods/p/proxy/path`),
      400,
    ],
    ['DELETE', 'DELETE configmaps ConfigMap a', () => wire.ask('DELETE', `${base}/configmaps/a`)],
  ]
  const isServed = (expected: string) => {
    const [, part] = /pods\/(\w+)/.exec(expected) ?? []
    return part === undefined || pods.subresources.some(({ name }) => name === part)
  }
  for (const [what, expected, act, code = 200] of paths.filter((path) => isServed(path[1])))
    it(`sees ${what} once`, async () => {
      const answer = await act()
      assert.equal(answer.code, code, answer.text)
      assert.deepEqual(seen, [`mutate ${expected}`, `validate ${expected}`])
    })

  it('sees no reading', async () => {
    await get(`${base}/configmaps`)
    await wire.ask('GET', `${base}/pods/p/log`)
    assert.deepEqual(seen, [])
  })

  it('sees each object of a collection once as it is deleted', async () => {
    const label = { labels: { of: 'many' } }
    for (const name of ['x', 'y'])
      await wire.ask('POST', `${base}/configmaps`, { body: configMap(name, {}, label) })
    seen = []
    await wire.ask('DELETE', `${base}/configmaps?labelSelector=of%3Dmany`)
    assert.deepEqual(seen.sort(), [
      'mutate DELETE configmaps ConfigMap x',
      'mutate DELETE configmaps ConfigMap y',
      'validate DELETE configmaps ConfigMap x',
      'validate DELETE configmaps ConfigMap y',
    ])
  })

  it('knows who, how and whether at all', async () => {
    const path = `${base}/configmaps?dryRun=All&fieldManager=me&fieldValidation=Strict`
    await wire.ask('POST', path, { body: configMap('dry') })
    const [{ dryRun, options, user, old } = assert.fail('nothing was admitted')] = requests
    assert.deepEqual(options, {
      kind: 'CreateOptions',
      apiVersion: 'meta.k8s.io/v1',
      dryRun: ['All'],
      fieldManager: 'me',
      fieldValidation: 'Strict',
    })
    assert.deepEqual([dryRun, user.name, old], [true, 'admin', undefined])
  })

  it('sees a write again that somebody else overtook, with what is stored by then', async () => {
    await wire.ask('POST', `${base}/configmaps`, { body: configMap('contended') })
    seen = []
    let other: Promise<unknown> | undefined
    during = async () => {
      if (other) return
      other = wire.server
        .cluster()
        .patch(
          { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
          { namespace: 'default', name: 'contended' },
          { type: 'merge', body: { data: { theirs: 'yes' } } },
        )
      await other
    }
    const body = { data: { ours: 'yes' } }
    const { json: stored } = await wire.ask('PATCH', `${base}/configmaps/contended`, { body })
    assert.deepEqual(stored.data, { ours: 'yes', theirs: 'yes' })
    const once = [
      'mutate UPDATE configmaps ConfigMap contended',
      'validate UPDATE configmaps ConfigMap contended',
    ]
    assert.deepEqual(seen, [...once, ...once])
    assert.deepEqual((requests.at(-1)?.old as { data?: object } | undefined)?.data, {
      theirs: 'yes',
    })
  })
})
