import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type RequestOptions, request } from 'node:https'
import { parse } from 'yaml'
import { startCluster, type TestCluster } from './cluster.ts'

interface Answer {
  code: number
  body: {
    kind?: string
    reason?: string
    message?: string
    details?: { causes?: { field?: string }[] }
  }
}

/** Bodies and paths that must be refused with a word about what is wrong and where. */
const bad: [
  what: string,
  RequestOptions & { body?: string | Buffer },
  code: number,
  says: RegExp,
][] = [
  ['broken JSON', { body: '{"kind":"ConfigMap",' }, 400, /json|JSON/],
  [
    'broken YAML',
    { body: 'a: [b', headers: { 'content-type': 'application/yaml' } },
    400,
    /yaml|YAML/i,
  ],
  ['a text where a map must be', { body: config({ data: 'text' }) }, 400, /data/],
  ['a number where a text must be', { body: config({ data: { a: 1 } }) }, 400, /data/],
  [
    'an unknown field',
    { path: '?fieldValidation=Strict', body: config({ dta: {} }) },
    400,
    /unknown field "dta"/,
  ],
  [
    'a repeated field',
    {
      path: '?fieldValidation=Strict',
      body: '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"data":{"a":"1","a":"2"}}',
    },
    400,
    /duplicate field "data.a"/,
  ],
  [
    'another kind',
    { body: '{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a"}}' },
    400,
    /Secret/,
  ],
  [
    'a bad name',
    { body: config({ metadata: { name: 'No_Good' } }) },
    422,
    /metadata.name: Invalid value: "No_Good"/,
  ],
  ['no name at all', { body: config({ metadata: {} }) }, 422, /name or generateName is required/],
  [
    'a bad label',
    { body: config({ metadata: { name: 'a', labels: { 'b c': 'd' } } }) },
    422,
    /metadata.labels/,
  ],
  [
    'a deep body',
    { body: `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}` },
    400,
    /depth|deep/i,
  ],
  ['a body of 4 MiB', { body: config({ data: { a: 'x'.repeat(4 << 20) } }) }, 413, /limit/],
  [
    'garbage in protobuf',
    {
      body: Buffer.from('6b387300ffffffffff', 'hex'),
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
    },
    400,
    /./,
  ],
  [
    'an unknown media type',
    { body: 'x', headers: { 'content-type': 'text/plain' } },
    415,
    /application\/json/,
  ],
  [
    'a bad label selector',
    { method: 'GET', path: '?labelSelector=a%20b%20c' },
    400,
    /selector|requirement/,
  ],
  [
    'an unknown field selector',
    { method: 'GET', path: '?fieldSelector=spec.nothing%3Da' },
    400,
    /field label not supported: spec.nothing/,
  ],
  ['a continue token that is none', { method: 'GET', path: '?continue=!!' }, 400, /continue/],
  ['a limit that is no number', { method: 'GET', path: '?limit=many' }, 400, /limit/],
  ['an encoded way out of the path', { method: 'GET', path: '/..%2f..%2fsecrets' }, 404, /./],
  ['a method that is not there', { method: 'PUT', body: config({}) }, 405, /./],
]

function config(change: object): string {
  return JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' }, ...change })
}

for (const storage of ['sqlite', 'etcd'] as const)
  describe(`bad input on ${storage}`, () => {
    let cluster: TestCluster
    before(async () => {
      cluster = await startCluster({ storage, runtime: 'simulated' })
    })
    after(() => cluster?.reset())

    const ask = (options: RequestOptions & { body?: string | Buffer }): Promise<Answer> => {
      const { users, clusters } = parse(readFileSync(cluster.kubeconfig, 'utf8'))
      const file = (data: string) => Buffer.from(data, 'base64')
      const { body, path = '', headers } = options
      return new Promise((resolve, reject) => {
        const outgoing = request(
          {
            host: '127.0.0.1',
            port: cluster.apiPort,
            method: options.method ?? 'POST',
            path: `/api/v1/namespaces/default/configmaps${path}`,
            headers: { 'content-type': 'application/json', ...headers },
            cert: file(users[0].user['client-certificate-data']),
            key: file(users[0].user['client-key-data']),
            ca: file(clusters[0].cluster['certificate-authority-data']),
            agent: false,
          },
          (response) => {
            const chunks: Buffer[] = []
            response.on('data', (chunk) => chunks.push(chunk))
            response.on('end', () => {
              const text = Buffer.concat(chunks).toString()
              const json = text.startsWith('{') ? JSON.parse(text) : { message: text }
              resolve({ code: response.statusCode ?? 0, body: json })
            })
          },
        )
        // The server may close while a body that it refuses is still on its way.
        outgoing.on('error', (error: NodeJS.ErrnoException) =>
          error.code === 'EPIPE' || error.code === 'ECONNRESET' ? undefined : reject(error),
        )
        outgoing.end(body)
      })
    }

    for (const [what, options, code, says] of bad)
      it(`refuses ${what} and says so`, async () => {
        const answer = await ask(options)
        assert.equal(answer.code, code, JSON.stringify(answer.body))
        if (code !== 404) assert.equal(answer.body.kind, 'Status')
        assert.match(answer.body.message ?? '', says)
      })

    it('takes no harm from keys that JavaScript knows', async () => {
      const body = `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"proto","labels":{"constructor":"a"}},"data":{"__proto__":"b","constructor":"c"}}`
      const answer = await ask({ body })
      assert.ok([201, 422].includes(answer.code), JSON.stringify(answer.body))
      const again = await ask({ method: 'GET', path: '/proto' })
      assert.ok([200, 404].includes(again.code))
    })

    it('has stored nothing of all that, and lives on', async () => {
      const names = await cluster.kubectl(['get', 'configmaps', '-o', 'name'])
      assert.deepEqual(
        names
          .trim()
          .split('\n')
          .filter((name) => name !== 'configmap/proto'),
        ['configmap/kube-root-ca.crt'],
      )
      assert.equal(await cluster.kubectl(['get', '--raw', '/readyz']), 'ok')
    })
  })
