import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { WebSocket } from 'ws'
import { createAuthority } from '../auth/certificates.ts'
import { configMap, startWireServer, type WireServer } from './wire.ts'

describe('wire: access', () => {
  let wire: WireServer
  before(async () => {
    wire = await startWireServer()
  })
  after(() => wire.close())

  it('is by certificate: its names are the user and the groups', async () => {
    const nobody = await wire.authority.issue({
      commonName: 'jane',
      organizations: ['dev', '<b>'],
      client: true,
    })
    const { code, json, headers } = await wire.ask('GET', '/api/v1/namespaces/default/pods/x', {
      as: nobody,
    })
    assert.equal(code, 403)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.deepEqual(json, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message:
        'pods "x" is forbidden: User "jane" cannot get resource "pods" in API group "" in the namespace "default"',
      reason: 'Forbidden',
      details: { name: 'x', kind: 'pods' },
      code: 403,
    })
    const ask = async (method: string, path: string) =>
      (await wire.ask(method, path, { as: nobody })).json.message
    assert.equal(
      await ask('GET', '/apis/apps/v1/deployments?watch=1'),
      'deployments.apps is forbidden: User "jane" cannot watch resource "deployments" in API group "apps" at the cluster scope',
    )
    assert.equal(
      await ask('POST', '/api/v1/namespaces/a/pods/p/eviction'),
      'pods "p" is forbidden: User "jane" cannot create resource "pods/eviction" in API group "" in the namespace "a"',
    )
    assert.equal(await ask('GET', '/metrics'), 'forbidden: User "jane" cannot get path "/metrics"')
  })

  it('is for components and administrators', async () => {
    for (const [commonName, organizations] of [
      ['system:kube-controller-manager', []],
      ['system:kube-scheduler', []],
      ['system:node:a', ['system:nodes']],
      ['root', ['system:masters']],
    ] as [string, string[]][]) {
      const as = await wire.authority.issue({ commonName, organizations, client: true })
      const own = '/api/v1/pods?fieldSelector=spec.nodeName%3Da'
      assert.equal((await wire.ask('GET', own, { as })).code, 200, commonName)
    }
  })

  it('without a name is to health and version only', async () => {
    const { code, json } = await wire.ask('GET', '/api/v1/pods', { as: null })
    assert.equal(code, 403)
    assert.equal(
      json.message,
      'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
    )
    for (const path of ['/', '/metrics', '/openapi/v2', '/healthzz', '/version/../metrics'])
      assert.notEqual((await wire.ask('GET', path, { as: null })).code, 200, path)
    for (const path of ['/healthz', '/livez', '/readyz', '/version'])
      assert.equal((await wire.ask('GET', path, { as: null })).code, 200)
    assert.notEqual((await wire.ask('POST', '/healthz', { as: null })).code, 200)
  })

  it('without a name is to nothing else that is served, whatever is asked of it', async () => {
    const index = await wire.ask('GET', '/openapi/v3')
    const served = new Set<string>()
    for (const group of Object.keys(index.json.paths)) {
      const { paths } = (await wire.ask('GET', `/openapi/v3/${group}`)).json
      for (const path of Object.keys(paths)) served.add(path.replaceAll(/\{\w+\}/g, 'default'))
    }
    assert.ok(served.size > 300)
    for (const [at, path] of [...served].entries()) {
      if (path === '/version/') continue
      const method = at % 2 === 0 ? 'GET' : 'DELETE'
      const { code } = await wire.ask(method, path, { as: null })
      assert.equal(code, 403, `${method} ${path}`)
    }
  })

  it('is refused to proofs that do not hold: never taken for nobody', async () => {
    const other = await createAuthority()
    const forged = await other.issue({
      commonName: 'root',
      organizations: ['system:masters'],
      client: true,
    })
    const server = await wire.authority.issue({
      commonName: 'root',
      organizations: ['system:masters'],
      server: true,
    })
    const expired = await wire.authority.issue({
      commonName: 'root',
      organizations: ['system:masters'],
      client: true,
      days: -1,
    })
    for (const as of [forged, server, expired]) {
      const { code, json } = await wire.ask('GET', '/healthz', { as })
      assert.equal(code, 401)
      assert.equal(json.reason, 'Unauthorized')
      assert.equal(json.message, 'Unauthorized')
    }
    const headers = { authorization: 'Bearer x' }
    assert.equal((await wire.ask('GET', '/api/v1/pods', { as: null, headers })).code, 401)
  })

  it('is not had by headers that say who one is', async () => {
    const headers = {
      'x-remote-user': 'root',
      'x-remote-group': 'system:masters',
      'impersonate-user': 'root',
      'impersonate-group': 'system:masters',
    }
    assert.equal((await wire.ask('GET', '/api/v1/pods', { as: null, headers })).code, 403)
  })

  it('has no plain port and no old TLS', async () => {
    const options = {
      host: '127.0.0.1',
      port: wire.server.port,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      rejectUnauthorized: false,
    } as const
    await new Promise<void>((resolve, reject) => {
      const socket = connect(options, () => reject(new Error('TLS 1.1 was accepted')))
      socket.once('error', () => resolve())
    })
  })

  it('is the same over HTTP/2, where one connection has many requests', async () => {
    const session = wire.http2()
    const ask = (headers: Record<string, string>, body?: string) =>
      new Promise<{ code: number; text: string }>((resolve, reject) => {
        const stream = session.request(headers)
        let code = 0
        let text = ''
        stream.on('response', (answer) => {
          code = Number(answer[':status'])
        })
        stream.on('data', (chunk) => {
          text += chunk
        })
        stream.once('error', reject)
        stream.once('end', () => resolve({ code, text }))
        stream.end(body)
      })
    const path = '/api/v1/namespaces/default/configmaps'
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        ask(
          { ':method': 'POST', ':path': path, 'content-type': 'application/json' },
          JSON.stringify(configMap(`h2-${index}`)),
        ),
      ),
    )
    assert.deepEqual([...new Set(made.map(({ code }) => code))], [201])
    const list = await ask({ ':path': path })
    assert.equal(JSON.parse(list.text).items.length, 20)
    const head = await ask({ ':method': 'HEAD', ':path': path })
    assert.deepEqual(head, { code: 200, text: '' })
    const missing = await ask({ ':path': `${path}/none` })
    assert.equal(missing.code, 404)
    const watch = session.request({
      ':path': `${path}?watch=true&fieldSelector=metadata.name%3Dlate`,
    })
    await new Promise((resolve) => watch.once('response', resolve))
    const line = new Promise<string>((resolve) => watch.once('data', (data) => resolve(`${data}`)))
    await ask(
      { ':method': 'POST', ':path': path, 'content-type': 'application/json' },
      JSON.stringify(configMap('late')),
    )
    assert.equal(JSON.parse(await line).object.metadata.name, 'late')
    watch.close()
    session.close()
  })

  it('is refused with 429 beyond what its priority level has room for, others are not', async () => {
    const group = '/apis/flowcontrol.apiserver.k8s.io/v1'
    const server = await startWireServer()
    const as = await server.authority.issue({ commonName: 'system:kube-scheduler', client: true })
    const none = { nominalConcurrencyShares: 0, borrowingLimitPercent: 0 }
    const level = { type: 'Limited', limited: { ...none, limitResponse: { type: 'Reject' } } }
    const pods = { verbs: ['*'], apiGroups: [''], resources: ['pods'], namespaces: ['*'] }
    const schema = {
      matchingPrecedence: 50,
      priorityLevelConfiguration: { name: 'none' },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: 'system:kube-scheduler' } }],
          resourceRules: [{ ...pods, clusterScope: true }],
        },
      ],
    }
    const post = async (plural: string, spec: object) => {
      const body = { metadata: { name: 'none' }, spec }
      assert.equal((await server.ask('POST', `${group}/${plural}`, { body })).code, 201)
    }
    await post('flowschemas', schema)
    const told = await server.watch(`${group}/flowschemas/none?watch=1`)
    const dangling = async () => (await told.take(1))[0].object.status.conditions?.[0]?.status
    while ((await dangling()) !== 'True');
    await post('prioritylevelconfigurations', level)
    while ((await dangling()) !== 'False');
    told.close()
    const first = await server.ask('GET', `${group}/flowschemas/exempt`)
    assert.equal(first.json.status.conditions[0].status, 'False')
    const { code, headers, json } = await server.ask('GET', '/api/v1/pods', { as })
    assert.equal(code, 429)
    assert.equal(headers['retry-after'], '1')
    assert.equal(json.reason, 'TooManyRequests')
    const socket = new WebSocket(
      `${server.server.url.replace('https', 'wss')}/api/v1/pods?watch=1`,
      {
        ca: server.authority.certificate,
        cert: as.certificate,
        key: as.key,
      },
    )
    const [refusal] = (await once(socket, 'error')) as [Error]
    assert.match(refusal.message, /429/)
    for (const path of ['/apis/apps/v1/replicasets', '/healthz', '/api/v1/nodes']) {
      const answer = await server.ask('GET', path, { as })
      assert.equal(answer.code, 200, path)
      assert.ok(answer.headers['x-kubernetes-pf-flowschema-uid'], path)
    }
    assert.equal((await server.ask('GET', '/api/v1/pods')).code, 200)
    // A watch that has told what there was takes no seat any more.
    const watch = await server.watch(
      '/api/v1/nodes?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1',
    )
    await watch.take(1)
    const { text } = await server.ask('GET', '/metrics')
    watch.close()
    const counted = (name: string, labels: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`apiserver_${name}{${labels}`))
          ?.split(' ')[1],
      )
    const refused = 'flow_schema="none",priority_level="none",reason="concurrency-limit"'
    assert.equal(counted('flowcontrol_rejected_requests_total', refused), 2)
    assert.equal(counted('longrunning_requests', 'verb="watch",group="",resource="nodes"'), 1)
    const exempt = 'flow_schema="exempt",priority_level="exempt"'
    assert.equal(counted('flowcontrol_current_executing_seats', exempt), 1)
    await server.close()
  })
})
