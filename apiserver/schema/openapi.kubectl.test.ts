/** Stock kubectl against these documents and the least discovery it takes; skipped where there is no kubectl. */

import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resources } from '../resources/index.ts'
import { apiVersionOf, type Resource } from '../resources/resource.ts'
import { decode } from './decode.ts'
import type { Descriptions } from './descriptions.ts'
import { OpenApi } from './openapi.ts'

const descriptions: Descriptions = new Map([
  ['io.k8s.api.apps.v1.DeploymentStrategy', new Map([['type', 'How pods are replaced.']])],
  ['io.k8s.api.apps.v1.DeploymentSpec', new Map([['strategy', 'What to do with old pods.']])],
])

const verbs = ['create', 'get', 'list', 'patch', 'update']

function discovery(core: boolean): object {
  const groups = Map.groupBy(
    resources.filter(({ group }) => (group === '') === core),
    ({ group }) => group,
  )
  const entry = ({ plural, singular, namespaced, group, version, kind }: Resource) => ({
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
  })
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: [...groups].map(([name, own]) => ({
      metadata: { name },
      versions: [{ version: 'v1', freshness: 'Current', resources: own.map(entry) }],
    })),
  }
}

interface Request {
  method: string
  url: URL
  body: Buffer
}

/** Answers documents and discovery, keeps what is written, and has nothing stored but what `stored` says. */
function serve(openApi: OpenApi, requests: Request[], stored: Map<string, object>): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://localhost')
      const method = request.method ?? ''
      const body = Buffer.concat(chunks)
      requests.push({ method, url, body })
      const answer = (code: number, bytes: Buffer | object, type = 'application/json') => {
        response.writeHead(code, { 'content-type': type })
        response.end(Buffer.isBuffer(bytes) ? bytes : JSON.stringify(bytes))
      }
      const { pathname } = url
      if (pathname === '/api' || pathname === '/apis')
        return answer(
          200,
          discovery(pathname === '/api'),
          'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
        )
      if (pathname === '/openapi/v3') return answer(200, openApi.index())
      const document = pathname.startsWith('/openapi/v3/')
        ? openApi.document(pathname.slice('/openapi/v3/'.length))
        : undefined
      if (document) return answer(200, document.bytes)
      if (pathname === '/openapi/v2') return answer(200, openApi.v2Protobuf().bytes)
      if (method === 'POST') return answer(201, JSON.parse(body.toString()))
      const found = stored.get(pathname)
      if (found) return answer(200, found)
      answer(404, {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason: 'NotFound',
        message: 'not found',
        code: 404,
      })
    })
  })
}

const kubectl = process.env.KUBECTL ?? 'kubectl'
const missing = spawnSync(kubectl, ['version', '--client']).error !== undefined

const describeWhere = missing ? describe.skip : describe
describeWhere('OpenAPI as kubectl reads it', function () {
  this.timeout(30_000)
  const requests: Request[] = []
  const stored = new Map<string, object>()
  const openApi = new OpenApi({ all: resources }, { descriptions })
  const server = serve(openApi, requests, stored)
  const home = mkdtempSync(join(tmpdir(), 'tiphys-openapi-'))
  let address = ''

  before((done) => {
    server.listen(0, '127.0.0.1', () => {
      address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      done()
    })
  })
  after((done) => {
    rmSync(home, { recursive: true })
    server.closeAllConnections()
    server.close(() => done())
  })
  beforeEach(() => {
    requests.length = 0
    stored.clear()
  })

  const run = (args: string[], input?: string) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const child = execFile(
        kubectl,
        ['--server', address, '--cache-dir', join(home, 'cache'), ...args],
        { env: { PATH: process.env.PATH, HOME: home, KUBECONFIG: '/dev/null' } },
        (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      )
      child.stdin?.end(input)
    })

  it('explains a field, with its text, type, values and what is inside', async () => {
    const { code, stdout, stderr } = await run(['explain', 'deployment.spec.strategy'])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /GROUP:\s+apps\nKIND:\s+Deployment\nVERSION:\s+v1/)
    assert.match(stdout, /FIELD: strategy <DeploymentStrategy>/)
    assert.match(stdout, /What to do with old pods\./)
    assert.match(
      stdout,
      /type\s+<string>\s+enum: Recreate, RollingUpdate\s+How pods are replaced\./,
    )
    assert.match(stdout, /rollingUpdate\s+<RollingUpdateDeployment>/)
  })

  it('explains a kind recursively', async () => {
    const { code, stdout, stderr } = await run(['explain', 'pod', '--recursive'])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /containers\s+<\[\]Container> -required-/)
    assert.match(stdout, /limits\s+<map\[string\]Quantity>/)
    assert.match(stdout, /port\s+<IntOrString> -required-/)
    assert.match(stdout, /creationTimestamp\s+<string>/)
  })

  it('explains a kind of every group and version that is served', async () => {
    const kinds = new Map(resources.map((one) => [apiVersionOf(one), one.plural]))
    const answers = await Promise.all(
      [...kinds].map(([apiVersion, plural]) =>
        run(['explain', plural, `--api-version=${apiVersion}`]),
      ),
    )
    for (const [at, { code, stderr }] of answers.entries())
      assert.equal(code, 0, `${[...kinds][at]}: ${stderr}`)
  })

  it('trusts the server with validation, as the patch operation names fieldValidation', async () => {
    const manifest = JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { nope: 1 },
    })
    const { code, stderr } = await run(['create', '--dry-run=server', '-f', '-'], manifest)
    assert.equal(code, 0, stderr)
    const post = requests.find(({ method }) => method === 'POST')!
    assert.equal(post.url.searchParams.get('fieldValidation'), 'Strict')
    assert.equal(post.url.searchParams.get('dryRun'), 'All')
    assert.ok(!requests.some(({ url }) => url.pathname === '/openapi/v2'))
    const deployments = resources.find(({ plural }) => plural === 'deployments')!
    assert.deepEqual(decode(post.body, '', deployments).problems, ['unknown field "spec.nope"'])
  })

  it('checks what is in a List by itself, by the binary document', async () => {
    const manifest = (spec: object) =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { key: 'value' } },
          { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'b' }, spec },
        ],
      })
    const create = ['create', '--dry-run=server', '-f', '-']
    const good = await run(
      create,
      manifest({ containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }] }),
    )
    assert.equal(good.code, 0, good.stderr)
    assert.match(good.stdout, /configmap\/a created.*\npod\/b created/)
    const bad = await run(create, manifest({ containers: 'none', nope: 1 }))
    assert.equal(bad.code, 1)
    assert.match(bad.stderr, /unknown field "nope" in io\.k8s\.api\.core\.v1\.PodSpec/)
    assert.match(bad.stderr, /containers\): invalid type .* got "string", expected "array"/)
  })

  it('gives apply the merge keys of its lists', async () => {
    const container = (name: string) => ({ name, image: 'i' })
    const manifest = (...names: string[]) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'default' },
      spec: { containers: names.map(container) },
    })
    stored.set('/api/v1/namespaces/default/pods/p', {
      ...manifest('a', 'b'),
      metadata: {
        name: 'p',
        namespace: 'default',
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(manifest('a', 'b')),
        },
      },
    })
    const { code, stderr } = await run(['apply', '-f', '-'], JSON.stringify(manifest('a')))
    assert.equal(code, 0, stderr)
    const { body, url } = requests.find(({ method }) => method === 'PATCH')!
    assert.equal(url.searchParams.get('fieldValidation'), 'Strict')
    assert.deepEqual(JSON.parse(body.toString()).spec, {
      '$setElementOrder/containers': [{ name: 'a' }],
      containers: [{ $patch: 'delete', name: 'b' }],
    })
  })
})
