/** Requests that would be somebody else's, reach elsewhere, or cost more than they should; and what must stay secret. */

import assert from 'node:assert/strict'
import { connect } from 'node:http2'
import { definition, definitions, established, version } from '../crds/examples.ts'
import { configMap, startWireServer, type WireServer } from './wire.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const secrets = '/api/v1/namespaces/default/secrets'

describe('wire: hostile requests', () => {
  let wire: WireServer
  before(async () => {
    wire = await startWireServer()
    await wire.ask('POST', maps, { body: configMap('victim', { a: 'b' }) })
  })
  afterEach(() => {
    assert.equal(({} as Record<string, unknown>).polluted, undefined)
    assert.equal(Object.hasOwn(Object.prototype, 'f:polluted'), false)
  })
  after(() => wire.close())

  const apply = 'application/apply-patch+yaml'
  const made = async (path: string, body: object | string) => {
    const { code, text } = await wire.ask('POST', path, { body })
    assert.equal(code, 201, text)
  }

  describe('that claim to be of somebody', () => {
    const claims: [string, Record<string, string | string[]>][] = [
      [
        'by the headers of a front proxy',
        { 'X-Remote-User': 'admin', 'X-Remote-Group': 'system:masters' },
      ],
      ['in another case', { 'x-rEMOTE-uSER': 'admin', 'X-REMOTE-GROUP': 'system:masters' }],
      ['with underscores', { X_Remote_User: 'admin', X_Remote_Group: 'system:masters' }],
      ['twice', { 'X-Remote-User': ['jane', 'admin'], 'X-Remote-Group': ['a', 'system:masters'] }],
      ['by extras', { 'X-Remote-Extra-Scopes': 'all', 'X-Remote-Uid': '0' }],
      ['hop by hop', { 'X-Remote-User': 'admin', Connection: 'keep-alive, X-Remote-User' }],
      ['by a forwarded address', { 'X-Forwarded-For': '127.0.0.1', Forwarded: 'for=127.0.0.1' }],
    ]
    for (const [how, headers] of claims)
      it(`${how} are of whom the certificate names`, async () => {
        const as = await wire.authority.issue({ commonName: 'jane', client: true })
        for (const who of [as, null]) {
          const ask = { as: who, headers: headers as Record<string, string> }
          assert.equal((await wire.ask('GET', secrets, ask)).code, 403)
        }
      })

    it('lose no restriction hop by hop', async () => {
      // Who acts for another is not himself again because a header is said to end here.
      const headers = { 'Impersonate-User': 'jane', Connection: 'keep-alive, Impersonate-User' }
      assert.equal((await wire.ask('GET', secrets, { headers })).code, 403)
      const more = { ...headers, 'impersonate-group': 'system:unauthenticated' }
      assert.equal((await wire.ask('GET', secrets, { headers: more })).code, 403)
    })
  })

  describe('that explode', () => {
    /** Processor milliseconds until the refusal. */
    const cost = async (body: string | Buffer, contentType: string) => {
      const before = process.threadCpuUsage()
      const { code } = await wire.ask('POST', maps, {
        body,
        headers: { 'Content-Type': contentType },
      })
      const { user, system } = process.threadCpuUsage(before)
      assert.ok(code >= 400 && code < 500, `${code}`)
      return (user + system) / 1000
    }
    const aliases = (levels: number) => {
      const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
      for (let at = 1; at <= levels; at++)
        lines.push(
          `a${at}: &a${at} [${Array(10)
            .fill(`*a${at - 1}`)
            .join(',')}]`,
        )
      return lines.join('\n')
    }
    const open = (text: string, bytes: number) => text.repeat(Math.floor(bytes / text.length))
    const megabyte = 1 << 20
    const bombs: [string, string, string][] = [
      ['aliases of aliases', aliases(9), 'application/yaml'],
      ['nested lists of YAML', open('[', megabyte), 'application/yaml'],
      ['nested maps of YAML', open('{a: ', megabyte), 'application/yaml'],
      ['indented lists of YAML', open('- ', megabyte), 'application/yaml'],
      ['tags and anchors', open('!!a &b ', 300_000), 'application/yaml'],
      ['nested objects of JSON', open('{"k":', megabyte), 'application/json'],
      ['nested lists of JSON', open('[', megabyte), 'application/json'],
      ['many keys without end', open('{"k1":0,', megabyte), 'application/json'],
      ['a number without end', `{"a":${open('9', megabyte)}}`, 'application/json'],
      ['escapes without end', `{"a":"${open('\\u0061', megabyte)}`, 'application/json'],
    ]
    for (const [what, body, contentType] of bombs)
      it(`by ${what} are refused at once`, async () => {
        await cost('{', contentType)
        const taken = await cost(body, contentType)
        // Client and server share this thread, and its processors may be busy with others.
        assert.ok(taken < 1_000, `${taken} ms`)
      })

    it('by copying what was copied are refused before they have grown', async () => {
      const operations = [{ op: 'add', path: '/data', value: { a: 'x'.repeat(1_000) } }]
      for (let at = 0; at < 60; at++)
        operations.push({ op: 'copy', from: '/data', path: `/data/b${at}` } as never)
      const memory = process.memoryUsage().rss
      const { code, json } = await wire.ask('PATCH', `${maps}/victim`, {
        body: operations,
        headers: { 'Content-Type': 'application/json-patch+json' },
      })
      assert.equal(code, 413, json.message)
      assert.ok(process.memoryUsage().rss - memory < 100 << 20)
    })
  })

  describe('that reach for prototypes', () => {
    const paths = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']

    it('by applied fields and by whose they are', async () => {
      for (const name of paths) {
        const body = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"applied"},"data":{"${name}":"polluted"}}`
        const headers = { 'Content-Type': apply }
        await wire.ask('PATCH', `${maps}/applied?fieldManager=m`, { body, headers })
        const fields = `{"f:data":{"f:${name}":{"f:polluted":{}}},"f:${name}":{"f:polluted":{}}}`
        const managed = `{"manager":"${name}","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":${fields}}`
        const owned = `{"metadata":{"managedFields":[${managed}]}}`
        const put = await wire.ask('PATCH', `${maps}/victim`, { body: owned })
        assert.ok(put.code < 500, put.text)
        const again = await wire.ask('PATCH', `${maps}/victim?fieldManager=${name}&force=true`, {
          body: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"victim"},"data":{"a":"c"}}',
          headers,
        })
        assert.ok(again.code < 500, again.text)
      }
    })

    it('by the names of properties', async () => {
      const field = { type: 'object', properties: { polluted: { type: 'string', default: 'yes' } } }
      const properties = JSON.parse(
        `{${paths.map((name) => `"${name}":${JSON.stringify(field)}`)}}`,
      ) as object
      const schema = {
        openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } },
      }
      const body = definition({
        plural: 'traps',
        kind: 'Trap',
        versions: [version('v1', { schema })],
      })
      const answer = await wire.ask('POST', definitions, { body })
      if (answer.code !== 201) return assert.equal(answer.code, 422, answer.text)
      await established(wire, 'traps.example.com')
      const traps = '/apis/example.com/v1/namespaces/default/traps'
      const spec = `{${paths.map((name) => `"${name}":{"polluted":"no"}`)}}`
      const trap = `{"apiVersion":"example.com/v1","kind":"Trap","metadata":{"name":"t"},"spec":${spec}}`
      await made(traps, trap)
      for (const type of ['application/merge-patch+json', apply]) {
        const patched = await wire.ask('PATCH', `${traps}/t?fieldManager=m&force=true`, {
          body: trap.replaceAll('no', 'maybe'),
          headers: { 'Content-Type': type },
        })
        assert.ok(patched.code < 500, patched.text)
      }
      // Defaults of what is named so are set in objects, nowhere else.
      await made(traps, trap.replace('"t"', '"u"').replaceAll('{"polluted":"no"}', '{}'))
      const { text } = await wire.ask('GET', `${traps}/u`)
      assert.ok(text.includes('"__proto__":{"polluted":"yes"}'), text)
    })
  })

  it('of one scope do not pass for the other', async () => {
    const body = definition({ plural: 'moons', kind: 'Moon', scope: 'Cluster' })
    await made(definitions, body)
    await established(wire, 'moons.example.com')
    const moon = { apiVersion: 'example.com/v1', kind: 'Moon', metadata: { name: 'm' }, spec: {} }
    await made('/apis/example.com/v1/moons', moon)
    const inside = '/apis/example.com/v1/namespaces/default/moons'
    const as = await wire.authority.issue({ commonName: 'tenant', client: true })
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default'
    await made(`${rbac}/roles`, {
      metadata: { name: 'all' },
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    })
    await made(`${rbac}/rolebindings`, {
      metadata: { name: 'all' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'all' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'tenant' }],
    })
    for (const [method, path] of [
      ['GET', `${inside}/m`],
      ['GET', inside],
      ['GET', `${inside}?watch=true`],
      ['DELETE', `${inside}/m`],
      ['DELETE', inside],
      ['PATCH', `${inside}/m`],
      ['GET', '/api/v1/namespaces/default/nodes'],
    ] as const) {
      const answer = await wire.ask(method, path, { as, body: method === 'PATCH' ? {} : undefined })
      assert.equal(answer.code, 404, `${method} ${path}: ${answer.text}`)
    }
    // Nor does one kind lead to another whose name begins with its own.
    const namesake = definition({ plural: 'moonsx', kind: 'Moonsx', scope: 'Cluster' })
    await made(definitions, namesake)
    await established(wire, 'moonsx.example.com')
    assert.deepEqual((await wire.ask('GET', '/apis/example.com/v1/moonsx')).json.items, [])
    assert.equal((await wire.ask('GET', '/apis/example.com/v1/moons/m')).code, 200)
  })

  it('of a node do not hide it behind an owner, whichever way it is written', async () => {
    const as = await wire.authority.issue({
      commonName: 'system:node:n1',
      organizations: ['system:nodes'],
      client: true,
    })
    const path = '/api/v1/nodes/n1'
    const node = await wire.ask('POST', '/api/v1/nodes', { as, body: { metadata: { name: 'n1' } } })
    assert.equal(node.code, 201, node.text)
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'none', uid: 'u' }]
    const owned = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { ...node.json.metadata, ownerReferences },
    }
    const { managedFields: _, ...plain } = owned.metadata
    const patch = { metadata: { ownerReferences } }
    for (const [method, to, body, contentType] of [
      ['PUT', path, { ...owned, metadata: plain }, 'application/json'],
      ['PUT', `${path}/status`, { ...owned, metadata: plain }, 'application/json'],
      ['PATCH', path, patch, 'application/merge-patch+json'],
      ['PATCH', path, patch, 'application/strategic-merge-patch+json'],
      ['PATCH', `${path}/status`, patch, 'application/strategic-merge-patch+json'],
      [
        'PATCH',
        path,
        [{ op: 'add', path: '/metadata/ownerReferences', value: ownerReferences }],
        'application/json-patch+json',
      ],
      [
        'PATCH',
        `${path}?fieldManager=n`,
        { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', ownerReferences } },
        apply,
      ],
    ] as const) {
      const headers = { 'Content-Type': contentType }
      const { code } = await wire.ask(method, to, { as, body, headers })
      const stored = (await wire.ask('GET', path)).json.metadata.ownerReferences
      assert.equal(stored, undefined, `${method} ${to} ${contentType}`)
      assert.ok(code === 403 || to.endsWith('/status'), `${method} ${to} ${contentType}: ${code}`)
    }
  })

  it('find no debugging, no profiles, and no door for tokens in the URL', async () => {
    for (const path of [
      '/debug/pprof/',
      '/debug/pprof/heap',
      '/debug/flags/v',
      '/debug/requests',
      '/logs/',
      '/swagger-ui/',
      '/ui',
      '/configz',
      '/../etc/passwd',
    ])
      assert.equal((await wire.ask('GET', path)).code, 404, path)
    for (const query of ['token=x', 'access_token=x', 'as=admin&as-group=system%3Amasters'])
      assert.equal((await wire.ask('GET', `${secrets}?${query}`, { as: null })).code, 403, query)
  })

  it('of any kind make no new metrics', async () => {
    const session = connect(wire.server.url, {
      ca: wire.authority.certificate,
      cert: wire.admin.certificate,
      key: wire.admin.key,
    })
    const ask = (headers: Record<string, string>) =>
      new Promise<void>((resolve, reject) => {
        const stream = session.request(headers)
        stream.once('error', reject)
        stream.once('close', resolve)
        stream.resume()
        stream.end()
      })
    const round = async (from: number) => {
      for (let at = from; at < from + 100; at++) {
        await ask({ ':method': `M${at}`, ':path': `${maps}/victim` })
        await ask({ ':path': `/x${at}/y`, 'user-agent': `agent-${at}` })
        await ask({ ':path': `/api/v1/things${at}/x` })
        await ask({ ':path': `/apis/g${at}/v${at}/pods` })
        await ask({ ':path': `/api/v1/namespaces/n${at}/pods/p${at}/s${at}` })
        await ask({ ':path': `${maps}?labelSelector=a%3D${at}` })
      }
    }
    const series = async () => {
      const { text } = await wire.ask('GET', '/metrics')
      return text.split('\n').filter((line) => line.startsWith('apiserver_')).length
    }
    await round(0)
    // The first look at them is one of them.
    await series()
    const before = await series()
    await round(100)
    assert.equal(await series(), before)
    session.destroy()
  }).timeout(20_000)

  it('say nothing of secrets to those who may not read them, nor to whoever reads the reports', async () => {
    const canary = 'c4n4ry'
    const encoded = Buffer.from(canary).toString('base64')
    const secret = (name: string, more: object = {}) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      data: { key: encoded },
      ...more,
    })
    await made(secrets, secret('kept', { immutable: true }))
    const as = await wire.authority.issue({ commonName: 'stranger', client: true })
    const answers = [
      // What nobody may see, and what is wrong with what somebody sends.
      await wire.ask('GET', `${secrets}/kept`, { as }),
      await wire.ask('POST', secrets, { as, body: secret('other') }),
      await wire.ask('POST', secrets, { body: secret('kept') }),
      await wire.ask('POST', secrets, { body: secret('x', { type: 'kubernetes.io/tls' }) }),
      await wire.ask('POST', secrets, { body: secret('x', { data: { key: `!${canary}` } }) }),
      await wire.ask('POST', secrets, { body: secret('x', { data: { 'a/b': encoded } }) }),
      await wire.ask('POST', secrets, { body: JSON.stringify(secret('x')).slice(0, -4) }),
      await wire.ask('PUT', `${secrets}/kept`, {
        body: secret('kept', { immutable: true, data: { key: `${encoded}${encoded}` } }),
      }),
      await wire.ask('PATCH', `${secrets}/kept`, { body: { data: { key: encoded, b: encoded } } }),
      await wire.ask('PATCH', `${secrets}/kept`, {
        body: [{ op: 'test', path: '/data/key', value: canary }],
        headers: { 'Content-Type': 'application/json-patch+json' },
      }),
      await wire.ask('GET', `${maps}?continue=${encoded}`, { as }),
      await wire.ask('GET', '/metrics'),
    ]
    for (const { code, text } of answers.slice(0, -1)) assert.ok(code >= 400, text)
    for (const { text } of answers)
      assert.ok(!text.includes(canary) && !text.includes(encoded), text)
    // Nor does the server itself tell, where the store is damaged.
    const value = Buffer.from(`{"kind":"Secret","data":{"key":"${canary}"`)
    await wire.storage.write({ key: '/registry/core/secrets/default/broken', value, expect: 0 })
    const whole = Buffer.from(`{"kind":"Secret","data":{"key":"${canary}"}}`)
    await wire.storage.write({ key: '/registry/core/secrets/default/odd', value: whole, expect: 0 })
    assert.equal((await wire.ask('GET', `${secrets}/broken`)).code, 404)
    assert.ok(wire.reported.length > 0)
    for (const error of wire.reported) {
      const { message, stack = '' } = error as Error
      assert.ok(!`${message}${stack}${JSON.stringify(error)}`.includes(canary), message)
    }
  })
})
