import assert from 'node:assert/strict'
import { connect } from 'node:tls'
import { configMap, pod, startWireServer, type WireServer } from './wire.ts'

const maps = '/api/v1/namespaces/default/configmaps'

/** Whatever is sent, the server lives on, says what is wrong, and nothing has changed. */
describe('wire: hostile input', () => {
  let wire: WireServer
  let untouched: string
  before(async () => {
    wire = await startWireServer()
    await wire.ask('POST', maps, { body: configMap('victim', { a: 'b' }) })
    untouched = await state()
  })
  afterEach(async () => {
    assert.equal(await state(), untouched)
    assert.deepEqual(wire.reported, [])
    assert.equal(({} as Record<string, unknown>).polluted, undefined)
  })
  after(() => wire.close())

  const state = async () => String(await wire.storage.revision())
  const refused = async (
    method: string,
    path: string,
    ask: Parameters<WireServer['ask']>[2] = {},
  ) => {
    const start = performance.now()
    const answer = await wire.ask(method, path, ask)
    const label = `${method} ${path.slice(0, 80)} -> ${answer.code} ${answer.text.slice(0, 200)}`
    assert.ok(answer.code >= 400 && answer.code < 500, label)
    assert.ok(performance.now() - start < 2000, `${label} took too long`)
    return answer
  }
  const nested = (depth: number, open: string, close: string) =>
    open.repeat(depth) + close.repeat(depth)

  describe('bodies', () => {
    const bodies: [string, string | Buffer][] = [
      ['nothing', ''],
      ['half an object', '{"metadata":{"name":"x"'],
      ['no object', '[]'],
      ['null', 'null'],
      ['a number', '7'],
      ['two objects', '{"metadata":{"name":"x"}}{"metadata":{"name":"y"}}'],
      ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x7b])],
      ['metadata that is no object', '{"metadata":7}'],
      ['a name that is a number', '{"metadata":{"name":7}}'],
      ['labels that are a list', '{"metadata":{"name":"x","labels":[]}}'],
      ['labels that are objects', '{"metadata":{"name":"x","labels":{"a":{}}}}'],
      ['data that is deep', `{"metadata":{"name":"x"},"data":${nested(2000, '{"a":', '}')}}`],
      ['a list that is deep', nested(100_000, '[', ']')],
      ['an object that is deep', `${nested(100_000, '{"a":', '}')}`],
      ['a name on the way out', '{"metadata":{"name":"../../etc/passwd"}}'],
      ['a name with a slash', '{"metadata":{"name":"a/b"}}'],
      ['a name of nothing', '{"metadata":{"name":""}}'],
      ['a namespace on the way out', '{"metadata":{"name":"x","namespace":"../kube-system"}}'],
      ['a bad label', '{"metadata":{"name":"x","labels":{"a b":"c"}}}'],
      ['a bad finalizer', '{"metadata":{"name":"x","finalizers":["a b"]}}'],
      ['a bad time', '{"metadata":{"name":"x","creationTimestamp":"yesterday"}}'],
      ['too many keys', `{${Array.from({ length: 300_000 }, (_, at) => `"k${at}":0`).join(',')},`],
    ]
    for (const [what, body] of bodies)
      it(`${what} as JSON`, async () => {
        const headers = { 'content-type': 'application/json' }
        await refused('POST', maps, { body, headers })
        await refused('PUT', `${maps}/victim`, { body, headers })
      })

    it('YAML bombs and nonsense', async () => {
      const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]']
      for (const [at, letter] of [...'bcdefghi'].entries()) {
        const last = 'abcdefgh'[at]
        bomb.push(`${letter}: &${letter} [${Array(9).fill(`*${last}`).join(',')}]`)
      }
      const headers = { 'content-type': 'application/yaml' }
      for (const body of [
        bomb.join('\n'),
        'a: b: c: [',
        '--- 1\n--- 2',
        '!!js/function x',
        '\t- a',
      ])
        await refused('POST', maps, { body, headers })
    })

    it('protobuf that is none', async () => {
      const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' }
      const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00])
      for (const body of [
        Buffer.from('x'),
        magic,
        Buffer.concat([magic, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])]),
        Buffer.concat([magic, Buffer.alloc(100_000, 0x0a)]),
      ])
        await refused('POST', maps, { body, headers })
    })

    it('of four megabytes are too large, announced or not', async () => {
      const body = Buffer.alloc(4 << 20, 0x20)
      const { code, json } = await refused('POST', maps, { body })
      assert.equal(code, 413)
      assert.equal(json.reason, 'RequestEntityTooLarge')
      assert.equal((await wire.ask('GET', `${maps}/victim`)).code, 200)
    })

    it('larger than the store takes', async () => {
      const body = configMap('large', { a: 'x'.repeat(2_000_000) })
      await refused('POST', maps, { body })
    })
  })

  describe('prototypes', () => {
    it('are not reached by bodies', async () => {
      for (const body of [
        '{"metadata":{"name":"x"},"data":{"__proto__":{"polluted":"y"}}}',
        '{"metadata":{"name":"x"},"__proto__":{"polluted":true},"kind":7}',
        '{"metadata":{"name":"x","labels":{"constructor":{"prototype":{"polluted":1}}}}}',
      ])
        await refused('POST', maps, { body })
    })

    it('are not reached by patches', async () => {
      const patch = (type: string, body: object | string) =>
        wire.ask('PATCH', `${maps}/victim?dryRun=All`, {
          headers: { 'content-type': `application/${type}` },
          body,
        })
      for (const path of ['/__proto__/polluted', '/constructor/prototype/polluted']) {
        await patch('json-patch+json', [{ op: 'add', path, value: 'y' }])
        await patch('json-patch+json', [{ op: 'add', path: `/metadata${path}`, value: 'y' }])
        await patch('json-patch+json', [{ op: 'add', path: `/data${path}`, value: 'y' }])
      }
      for (const type of ['merge-patch+json', 'strategic-merge-patch+json'])
        for (const body of [
          '{"__proto__":{"polluted":"y"}}',
          '{"data":{"__proto__":{"polluted":"y"}}}',
          '{"metadata":{"labels":{"__proto__":"y"}}}',
          '{"constructor":{"prototype":{"polluted":"y"}}}',
        ])
          await patch(type, body)
    })

    it('are no names of anything', async () => {
      for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
        await refused('GET', `/api/v1/${name}`)
        await refused('GET', `/apis/${name}/v1/pods`)
        await refused('GET', `/apis/${name}`)
        await refused('GET', `${maps}/${name}`)
        await refused('GET', `/api/v1/namespaces/default/pods/x/${name}`)
        await refused('GET', `${maps}?fieldSelector=${name}%3Dx`)
        await refused('GET', `/openapi/v3/${name}`)
      }
    })
  })

  describe('patches', () => {
    const patch = (type: string, body: object | string) =>
      refused('PATCH', `${maps}/victim`, {
        headers: { 'content-type': `application/${type}` },
        body,
      })

    it('that are malformed, too many, or grow without end', async () => {
      await patch('json-patch+json', '{}')
      await patch('json-patch+json', [{ op: 'explode', path: '/data' }])
      await patch('json-patch+json', [{ op: 'add', path: 'data' }])
      await patch('json-patch+json', [{ op: 'remove', path: '/data/none' }])
      const many = Array.from({ length: 10_001 }, () => ({
        op: 'add',
        path: '/data/a',
        value: 'b',
      }))
      await patch('json-patch+json', many)
      const doubling = [
        { op: 'add', path: '/data/a', value: 'x'.repeat(1000) },
        ...Array.from({ length: 200 }, (_, at) => ({
          op: 'copy',
          from: '/data',
          path: `/data/b${at}`,
        })),
      ]
      await patch('json-patch+json', doubling)
      await patch('merge-patch+json', '[')
      await patch('merge-patch+json', '7')
      await patch('merge-patch+json', { metadata: { name: 'other' } })
      await patch('merge-patch+json', { kind: 'Secret' })
      await patch('strategic-merge-patch+json', { $patch: 'explode' })
      await patch('merge-patch+json', nested(5000, '{"a":', '}'))
    })
  })

  describe('urls', () => {
    it('that lead elsewhere', async () => {
      for (const path of [
        '/api/v1/namespaces/default/configmaps/..%2f..%2fkube-system%2fsecrets%2fx',
        '/api/v1/namespaces/..%2fdefault/configmaps/victim',
        '/api/v1/namespaces/default/../default/configmaps',
        '/api/v1/namespaces//configmaps',
        '/api/v1/namespaces/default%00/configmaps',
        '/api/v1/namespaces/default/configmaps/%',
        '/api/v1/namespaces/default/configmaps/.',
        '/api/v1/namespaces/default/nodes',
        '/API/v1/pods',
        '/api/v1/Pods',
        `/api/v1/pods/${'a'.repeat(5000)}`,
        `/${'a/'.repeat(3000)}`,
        '/api/v1/namespaces/default/configmaps/victim/status/x/y',
      ])
        await refused('GET', path)
    })

    it('with methods that mean nothing', async () => {
      for (const method of ['OPTIONS', 'PROPFIND', 'LOCK']) await refused(method, `${maps}/victim`)
      await refused('POST', '/api/v1/namespaces/default/configmaps/victim', { body: {} })
      await refused('PUT', maps, { body: {} })
      await refused('PATCH', maps, { body: {} })
      await refused('DELETE', '/version')
      await refused('POST', '/api/v1/namespaces/default/pods/x/log')
    })

    it('with selectors and options that are none', async () => {
      for (const query of [
        'labelSelector=((((',
        'labelSelector=a in (',
        `labelSelector=${'a'.repeat(4000)}`,
        'labelSelector=%F0%9F%92%A9',
        'fieldSelector==',
        'fieldSelector=__proto__=x',
        'limit=1e9',
        'limit=9999999999999999999',
        'resourceVersion=-1',
        'resourceVersion=1.5',
        'resourceVersion=99999999999999999999999',
        'continue=AAAA',
        'watch=true&timeoutSeconds=x',
        'watch=true&resourceVersion=x',
      ])
        await refused('GET', `${maps}?${encodeURI(query)}`)
      await refused('DELETE', `${maps}/victim?propagationPolicy=Never`)
      await refused('DELETE', `${maps}/victim?gracePeriodSeconds=soon`)
      await refused('DELETE', `${maps}/victim`, { body: '{"kind":"Pod","apiVersion":"v1"}' })
      await refused('DELETE', `${maps}/victim`, { body: '{"preconditions":7}' })
    })
  })

  it('fields of pods that are of another type', async () => {
    const pods = '/api/v1/namespaces/default/pods'
    for (const spec of [
      { containers: {} },
      { containers: [7] },
      { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 'x' }] }] },
      { containers: [{ name: 'c', image: 'i', resources: { limits: { cpu: 'much' } } }] },
      { containers: [] },
      { containers: [{ name: 'c', image: 'i' }], terminationGracePeriodSeconds: 1e30 },
      { containers: [{ name: 'c', image: 'i' }], nodeSelector: [] },
    ])
      await refused('POST', pods, { body: pod('x', spec) })
  })

  it('requests that are no HTTP, or two in one', async () => {
    const raw = (bytes: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({
          host: '127.0.0.1',
          port: wire.server.port,
          ca: wire.authority.certificate,
          cert: wire.admin.certificate,
          key: wire.admin.key,
          ALPNProtocols: ['http/1.1'],
        })
        let text = ''
        socket.on('data', (chunk) => {
          text += chunk
        })
        socket.once('error', reject)
        socket.once('close', () => resolve(text))
        socket.write(bytes)
      })
    const smuggled = `DELETE ${maps}/victim HTTP/1.1\r\nHost: a\r\n\r\n`
    for (const bytes of [
      'what?\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
      `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n${smuggled}`,
      `GET / HTTP/1.1\r\nHost : a\r\n\r\n${smuggled}`,
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`,
    ])
      assert.match(await raw(bytes), /^(HTTP\/1\.1 4\d\d |$)/)
    assert.equal((await wire.ask('GET', `${maps}/victim`)).code, 200)
  })

  it('upgrades of what does not upgrade are ordinary requests', async () => {
    const headers = { connection: 'Upgrade', upgrade: 'websocket' }
    assert.equal((await wire.ask('GET', `${maps}/victim`, { headers })).code, 200)
    await refused('GET', '/api/v1/namespaces/default/pods/none/exec?command=x', { headers }).catch(
      (error: Error) => assert.match(error.message, /501/),
    )
  })
})
