import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { hasContext, kubeconfigOf, mergeKubeconfig, unmergeKubeconfig } from './kubeconfig.ts'

const access = {
  name: 'tiphys',
  server: 'https://127.0.0.1:6443',
  authority: 'CA',
  certificate: 'CERT',
  key: 'KEY',
}

const somebodys = `# mine, do not touch
apiVersion: v1
kind: Config
clusters:
  - name: prod
    cluster: {server: "https://prod"} # careful
users:
  - name: me
    user: {token: t}
contexts:
  - name: prod
    context: {cluster: prod, user: me}
current-context: prod
`

describe('kubeconfig', () => {
  let directory: string
  let path: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
    path = join(directory, 'kube', 'config')
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('is made where there is none, readable by its owner alone, and is current', () => {
    mergeKubeconfig(path, access)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    const config = parse(readFileSync(path, 'utf8'))
    assert.equal(config['current-context'], 'tiphys')
    assert.equal(config.clusters[0].cluster.server, 'https://127.0.0.1:6443')
    assert.equal(atob(config.users[0].user['client-key-data']), 'KEY')
  })

  it('keeps other clusters, their comments and the current context', () => {
    const file = join(directory, 'config')
    writeFileSync(file, somebodys, { mode: 0o640 })
    mergeKubeconfig(file, access)
    const text = readFileSync(file, 'utf8')
    assert.match(text, /# mine, do not touch/)
    assert.match(text, /# careful/)
    const config = parse(text)
    assert.equal(config['current-context'], 'prod')
    assert.deepEqual(
      config.contexts.map((context: { name: string }) => context.name),
      ['prod', 'tiphys'],
    )
    assert.equal(statSync(file).mode & 0o777, 0o640)
  })

  it('is as before once the context is taken out again', () => {
    const file = join(directory, 'config')
    writeFileSync(file, somebodys)
    mergeKubeconfig(file, access)
    mergeKubeconfig(file, { ...access, server: 'https://127.0.0.1:7443' })
    assert.equal(parse(readFileSync(file, 'utf8')).clusters.length, 2)
    unmergeKubeconfig(file, 'tiphys', true)
    assert.deepEqual(parse(readFileSync(file, 'utf8')), parse(somebodys))
    assert.equal(hasContext(file, 'tiphys'), false)
  })

  it('disappears with its last context if we made it', () => {
    mergeKubeconfig(path, access)
    assert.equal(hasContext(path, 'tiphys'), true)
    unmergeKubeconfig(path, 'tiphys', true)
    assert.equal(existsSync(path), false)
    unmergeKubeconfig(path, 'tiphys', true)
  })

  it('is not written over when it is something else', () => {
    const file = join(directory, 'config')
    writeFileSync(file, 'clusters: [a: b: c')
    assert.throws(() => mergeKubeconfig(file, access), /is not a kubeconfig/)
    assert.equal(readFileSync(file, 'utf8'), 'clusters: [a: b: c')
  })

  it('can be a file of its own', () => {
    const config = parse(kubeconfigOf(access))
    assert.equal(config['current-context'], 'tiphys')
    assert.equal(config.contexts[0].context.user, 'tiphys')
  })
})
