import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { createAuthority } from '../auth/certificates.ts'
import { startWireServer, type WireServer } from './wire.ts'

const group = 'tides.example.com'
const apis = `/apis/${group}/v1`
const services = '/apis/apiregistration.k8s.io/v1/apiservices'

const resourceList = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: `${group}/v1`,
  resources: [
    {
      name: 'tides',
      singularName: 'tide',
      namespaced: true,
      kind: 'Tide',
      verbs: ['get', 'list'],
      shortNames: ['td'],
    },
    { name: 'tides/status', namespaced: true, kind: 'Tide', verbs: ['get'] },
  ],
}

describe('an aggregated API server', () => {
  let extension: Server
  let server: WireServer
  let caBundle: string
  let heard: { url: string; headers: IncomingHttpHeaders; subject: string }[]
  let healthy: boolean

  before(async () => {
    healthy = true
    heard = []
    const own = await createAuthority({ commonName: 'extension-ca' })
    const front = await createAuthority({ commonName: 'front-proxy-ca' })
    const serving = await own.issue({
      commonName: 'tides',
      dnsNames: ['tides.default.svc'],
      server: true,
    })
    const client = await front.issue({ commonName: 'front-proxy-client', client: true })
    caBundle = Buffer.from(own.certificate).toString('base64')
    extension = createServer(
      {
        cert: serving.certificate,
        key: serving.key,
        ca: front.certificate,
        requestCert: true,
        rejectUnauthorized: true,
      },
      (request, response) => {
        const { url = '', headers } = request
        const { CN } = (request.socket as TLSSocket).getPeerCertificate().subject
        heard.push({ url, headers, subject: String(CN) })
        const json = (body: object, code = 200) =>
          response.writeHead(code, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
        if (!healthy) json({ kind: 'Status', code: 500 }, 500)
        else if (url === apis) json(resourceList)
        else if (url === '/openapi/v3')
          json({
            paths: { [`apis/${group}/v1`]: { serverRelativeURL: `/openapi/v3${apis}?hash=X` } },
          })
        else if (url.startsWith(`/openapi/v3${apis}`)) json({ openapi: '3.0.0', of: 'tides' })
        else if (url.startsWith(`${apis}/namespaces/default/tides/high`))
          json({ kind: 'Tide', apiVersion: `${group}/v1`, metadata: { name: 'high' } })
        else if (url.endsWith('/tides/moved'))
          response.writeHead(302, { Location: `${server.server.url}/api/v1/secrets` }).end()
        else json({ kind: 'Status', status: 'Failure', code: 404 }, 404)
      },
    )
    extension.on('upgrade', (_request, socket) => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
      )
      socket.pipe(socket)
    })
    extension.listen(0, '127.0.0.1')
    await once(extension, 'listening')
    const { port } = extension.address() as AddressInfo
    const frontProxy = { ...client, authority: front.certificate }
    server = await startWireServer({ frontProxy })
    const spec = { selector: { app: 'tides' }, ports: [{ name: 'https', port: 443 }] }
    const made = await server.ask('POST', '/api/v1/namespaces/default/services', {
      body: { metadata: { name: 'tides' }, spec },
    })
    assert.equal(made.code, 201, made.text)
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: 'tides-1',
        namespace: 'default',
        uid: 'u',
        labels: { 'kubernetes.io/service-name': 'tides' },
      },
      addressType: 'IPv4',
      ports: [{ name: 'https', port, protocol: 'TCP' }],
      endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
    }
    // Straight into the store: no client may say that an endpoint is on loopback.
    const key = '/registry/discovery.k8s.io/endpointslices/default/tides-1'
    await server.storage.write({ key, value: Buffer.from(JSON.stringify(slice)), expect: 0 })
  })
  after(async () => {
    await server?.close()
    extension?.close()
    extension?.closeAllConnections()
  })

  const becomes = async (status: string) => {
    const path = `${services}?watch=true&fieldSelector=metadata.name%3Dv1.${group}`
    const stream = await server.watch(path)
    for (;;) {
      const [event] = await stream.take(1)
      const found = event?.object.status?.conditions?.find(
        ({ type }: { type: string }) => type === 'Available',
      )
      if (found?.status !== status) continue
      stream.close()
      return found
    }
  }

  it('is not there before somebody registers it', async () => {
    assert.equal((await server.ask('GET', apis)).code, 404)
  })

  it('becomes available once it has answered', async () => {
    const body = {
      metadata: { name: `v1.${group}` },
      spec: {
        group,
        version: 'v1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        caBundle,
        service: { namespace: 'default', name: 'tides' },
      },
    }
    const { code, text } = await server.ask('POST', services, { body })
    assert.equal(code, 201, text)
    const condition = await becomes('True')
    assert.equal(condition.reason, 'Passed')
  })

  it('stands in both forms of discovery', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    const { json } = await server.ask('GET', '/apis', { headers: { Accept: accept } })
    const found = json.items.find(
      ({ metadata }: { metadata: { name: string } }) => metadata.name === group,
    )
    assert.equal(found.versions[0].freshness, 'Current')
    const [tides] = found.versions[0].resources
    assert.deepEqual(
      [tides.resource, tides.scope, tides.shortNames],
      ['tides', 'Namespaced', ['td']],
    )
    assert.equal(tides.subresources[0].subresource, 'status')
    const groups = await server.ask('GET', '/apis')
    assert.ok(groups.json.groups.some(({ name }: { name: string }) => name === group))
    assert.deepEqual((await server.ask('GET', apis)).json, resourceList)
    assert.equal((await server.ask('GET', `/apis/${group}`)).json.preferredVersion.version, 'v1')
  })

  it('is asked in the name of the user, by somebody it can check', async () => {
    heard = []
    const as = await server.authority.issue({
      commonName: 'jane',
      organizations: ['system:masters', 'crew'],
      client: true,
    })
    const path = `${apis}/namespaces/default/tides/high?pretty=1`
    const headers = { 'X-Remote-User': 'somebody-else' }
    const { code, json } = await server.ask('GET', path, { as, headers })
    assert.deepEqual([code, json.kind], [200, 'Tide'])
    const [request] = heard
    assert.equal(request?.url, path)
    assert.equal(request?.subject, 'front-proxy-client')
    assert.equal(request?.headers['x-remote-user'], 'jane')
    assert.match(String(request?.headers['x-remote-group']), /crew/)
  })

  it("sends nobody elsewhere, and sees nobody's credentials", async () => {
    heard = []
    const headers = {
      'X-Remote-Group': 'system:masters',
      'X-Remote-Extra-Scopes': 'all',
      'Proxy-Authorization': 'Basic c2VjcmV0',
      Connection: 'keep-alive, X-Remote-User',
    }
    const as = await server.authority.issue({
      commonName: 'jane',
      organizations: ['system:masters'],
      client: true,
    })
    const path = `${apis}/namespaces/default/tides/moved`
    const answer = await server.ask('GET', path, { as, headers })
    assert.equal(answer.code, 502)
    assert.equal(answer.headers.location, undefined)
    assert.match(answer.text, /attempted to redirect this request, which is not permitted/)
    assert.equal(heard.length, 1)
    const [request] = heard
    assert.equal(request?.headers['x-remote-user'], 'jane')
    assert.equal(request?.headers['x-remote-extra-scopes'], undefined)
    for (const name of ['authorization', 'proxy-authorization'])
      assert.equal(request?.headers[name], undefined, name)
  })

  it('brings its OpenAPI document', async () => {
    const index = await server.ask('GET', '/openapi/v3')
    assert.equal(
      index.json.paths[`apis/${group}/v1`].serverRelativeURL,
      `/openapi/v3${apis}?hash=X`,
    )
    assert.equal((await server.ask('GET', `/openapi/v3${apis}?hash=X`)).json.of, 'tides')
  })

  it('is not asked for what the user may not do', async () => {
    heard = []
    const as = await server.authority.issue({ commonName: 'nobody-special', client: true })
    const { code } = await server.ask('GET', `${apis}/namespaces/default/tides`, { as })
    assert.equal(code, 403)
    assert.equal(heard.length, 0)
  })

  it('tells extension servers whom to believe', async () => {
    const path = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication'
    const { json } = await server.ask('GET', path)
    assert.match(json.data['requestheader-client-ca-file'], /BEGIN CERTIFICATE/)
    assert.equal(json.data['requestheader-allowed-names'], '["front-proxy-client"]')
  })

  it('leaves what is served here alone, and stands beside its registrations', async () => {
    const { json } = await server.ask('GET', services)
    const names = json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)
    for (const name of ['v1.', 'v1.apps', `v1.${group}`]) assert.ok(names.includes(name), name)
    const local = await server.ask('GET', `${services}/v1.apps`)
    assert.equal(local.json.status.conditions[0].reason, 'Local')
  })

  it('answers 503 while it fails, and discovery says that it is stale', async () => {
    healthy = false
    // A changed registration is checked at once.
    await server.ask('PATCH', `${services}/v1.${group}`, {
      body: { spec: { versionPriority: 99 } },
    })
    const condition = await becomes('False')
    assert.equal(condition.reason, 'FailedDiscoveryCheck')
    const { code, json } = await server.ask('GET', `${apis}/namespaces/default/tides/high`)
    assert.deepEqual([code, json.reason], [503, 'ServiceUnavailable'])
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    const found = (await server.ask('GET', '/apis', { headers: { Accept: accept } })).json.items
    const { versions } = found.find(
      ({ metadata }: { metadata: { name: string } }) => metadata.name === group,
    )
    assert.equal(versions[0].freshness, 'Stale')
  })

  it('is gone with its registration', async () => {
    assert.equal((await server.ask('DELETE', `${services}/v1.${group}`)).code, 200)
    assert.equal((await server.ask('GET', `${apis}/namespaces/default/tides/high`)).code, 404)
    assert.deepEqual(server.reported, [])
  })
})
