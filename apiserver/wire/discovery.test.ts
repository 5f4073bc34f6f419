import assert from 'node:assert/strict'
import { startWireServer, type WireServer } from './wire.ts'

const aggregated =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json'

describe('wire: discovery', () => {
  let wire: WireServer
  before(async () => {
    wire = await startWireServer()
  })
  after(async () => {
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  it('says all at once to those who ask so, with the parameters in its type', async () => {
    const { headers, json } = await wire.ask('GET', '/apis', { headers: { accept: aggregated } })
    assert.equal(
      headers['content-type'],
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    )
    assert.equal(headers.vary, 'Accept')
    assert.equal(json.kind, 'APIGroupDiscoveryList')
    assert.equal(json.apiVersion, 'apidiscovery.k8s.io/v2')
    const apps = json.items.find(
      ({ metadata }: { metadata: { name: string } }) => metadata.name === 'apps',
    )
    const [{ version, freshness, resources }] = apps.versions
    assert.equal(version, 'v1')
    assert.equal(freshness, 'Current')
    const deployments = resources.find(
      ({ resource }: { resource: string }) => resource === 'deployments',
    )
    assert.equal(deployments.scope, 'Namespaced')
    assert.equal(deployments.singularResource, 'deployment')
    assert.deepEqual(deployments.responseKind, { group: 'apps', version: 'v1', kind: 'Deployment' })
    assert.deepEqual(deployments.shortNames, ['deploy'])
    assert.deepEqual(deployments.categories, ['all'])
    assert.partialDeepStrictEqual(deployments.subresources, [
      {
        subresource: 'scale',
        responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      },
    ])
  })

  it('has the core group under its own root, without a name', async () => {
    const { json } = await wire.ask('GET', '/api', { headers: { accept: aggregated } })
    assert.deepEqual(
      json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
      [''],
    )
  })

  it('says it piece by piece to all others', async () => {
    const read = async (path: string) => (await wire.ask('GET', path)).json
    assert.deepEqual((await read('/api')).versions, ['v1'])
    const groups = await read('/apis')
    assert.equal(groups.kind, 'APIGroupList')
    const named = groups.groups.map(({ name }: { name: string }) => name)
    assert.deepEqual(named.slice(0, 3), ['apiregistration.k8s.io', 'apps', 'events.k8s.io'])
    assert.equal(named.at(-1), 'resource.k8s.io')
    const apps = await read('/apis/apps')
    assert.equal(apps.kind, 'APIGroup')
    assert.equal(apps.preferredVersion.groupVersion, 'apps/v1')
    const core = await read('/api/v1')
    assert.equal(core.kind, 'APIResourceList')
    assert.equal(core.groupVersion, 'v1')
    const eviction = core.resources.find(({ name }: { name: string }) => name === 'pods/eviction')
    assert.deepEqual(eviction, {
      name: 'pods/eviction',
      singularName: '',
      namespaced: true,
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
      verbs: ['create'],
    })
    const pods = core.resources.find(({ name }: { name: string }) => name === 'pods')
    assert.equal(pods.singularName, 'pod')
    assert.deepEqual(pods.shortNames, ['po'])
    assert.equal(pods.storageVersionHash, 'xPOwRZ+Yhw8=')
    const kinds = core.resources.map(({ name }: { name: string }) => name)
    assert.deepEqual(kinds.slice(0, 3), ['bindings', 'componentstatuses', 'configmaps'])
    assert.equal(core.resources[0].storageVersionHash, undefined)
    const hash = async (version: string) =>
      (await read(`/apis/autoscaling/${version}`)).resources[0].storageVersionHash
    assert.equal(await hash('v1'), await hash('v2'))
    for (const path of [
      '/apis/nope',
      '/apis/apps/v2',
      '/apis//',
      '/api/v2',
      '/nope',
      '/apis/apps/v1/x/y/z/w',
    ])
      assert.equal((await wire.ask('GET', path)).code, 404, path)
  })

  it('sends nothing to those who know it already', async () => {
    for (const accept of [aggregated, 'application/json']) {
      const first = await wire.ask('GET', '/apis', { headers: { accept } })
      const headers = { accept, 'if-none-match': String(first.headers.etag) }
      const again = await wire.ask('GET', '/apis', { headers })
      assert.equal(again.code, 304)
      assert.equal(again.text, '')
      assert.equal(again.headers.etag, first.headers.etag)
    }
  })

  it('publishes OpenAPI by hash: for ever when it is right, elsewhere when it is not', async () => {
    const { json: index } = await wire.ask('GET', '/openapi/v3')
    const url = index.paths['apis/apps/v1'].serverRelativeURL
    assert.match(url, /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]+$/)
    const right = await wire.ask('GET', url)
    assert.equal(right.code, 200)
    assert.equal(right.headers['cache-control'], 'public, immutable')
    assert.ok(right.headers.expires)
    const wrong = await wire.ask('GET', '/openapi/v3/apis/apps/v1?hash=AB')
    assert.equal(wrong.code, 301)
    assert.equal(wrong.headers.location, url)
    const plain = await wire.ask('GET', '/openapi/v3/apis/apps/v1')
    const headers = { 'if-none-match': String(plain.headers.etag) }
    assert.equal((await wire.ask('GET', '/openapi/v3/apis/apps/v1', { headers })).code, 304)
    const patch = Object.values<{ patch?: { parameters: { name: string }[] } }>(
      right.json.paths,
    ).flatMap((path) => path.patch ?? [])
    assert.ok(patch.length > 0)
    assert.ok(right.json.components.schemas['io.k8s.api.apps.v1.Deployment'])
    assert.equal((await wire.ask('GET', '/openapi/v3/apis/nope/v1')).code, 404)
  })

  it('has OpenAPI v2 in JSON and in binary, and in nothing else', async () => {
    const { json } = await wire.ask('GET', '/openapi/v2')
    assert.equal(json.swagger, '2.0')
    const ask = (accept: string) => wire.ask('GET', '/openapi/v2', { headers: { accept } })
    const binary = await ask('application/com.github.proto-openapi.spec.v2@v1.0+protobuf')
    assert.equal(binary.code, 200)
    assert.match(String(binary.headers['content-type']), /\+protobuf$/)
    assert.equal((await ask('text/html')).code, 406)
  })

  it('tells its health to anybody, single checks to those who may ask', async () => {
    for (const path of ['/healthz', '/livez', '/readyz', '/readyz/ping']) {
      const single = path.endsWith('/ping')
      const anybody = await wire.ask('GET', path, { as: null })
      assert.equal(anybody.code, single ? 403 : 200)
      const { code, text, headers } = single ? await wire.ask('GET', path) : anybody
      assert.equal(code, 200)
      assert.equal(text, 'ok')
      assert.match(String(headers['content-type']), /^text\/plain/)
    }
    const { text } = await wire.ask('GET', '/readyz?verbose', { as: null })
    assert.match(text, /^\[\+\]ping ok\n(.*\n)*readyz check passed\n$/)
    assert.equal((await wire.ask('GET', '/readyz/nope')).code, 404)
  })

  it('has a version, metrics and a list of paths', async () => {
    const { json } = await wire.ask('GET', '/version', { as: null })
    assert.deepEqual([json.major, json.minor], ['1', '36'])
    assert.match(json.gitVersion, /^v1\.36\.\d+$/)
    await wire.ask('GET', '/api/v1/pods')
    await wire.ask('GET', '/api/v1/made-up-by-a-client')
    const { text, headers } = await wire.ask('GET', '/metrics')
    assert.match(String(headers['content-type']), /^text\/plain/)
    assert.match(
      text,
      /apiserver_request_total\{verb="list",group="",resource="pods",subresource="",code="200"\} 1/,
    )
    assert.ok(!text.includes('made-up'))
    const { paths } = (await wire.ask('GET', '/')).json
    for (const path of ['/api/v1', '/apis/apps', '/readyz/ping', '/openapi/v3/apis/apps/v1'])
      assert.ok(paths.includes(path), path)
  })
})
