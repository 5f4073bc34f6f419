import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { findCluster } from './find-cluster.ts'
import { loadKubeconfig } from './kubeconfig.ts'
import { inClusterConfig } from './service-account.ts'

describe('kubeconfig', () => {
  let directory: string
  const clock = new VirtualClock()
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  const write = async (user: object, cluster: object = { server: 'https://h:1' }) => {
    const path = join(directory, 'config')
    await writeFile(
      path,
      JSON.stringify({
        'current-context': 'one',
        contexts: [{ name: 'one', context: { cluster: 'c', user: 'u', namespace: 'n' } }],
        clusters: [{ name: 'c', cluster }],
        users: [{ name: 'u', user }],
      }),
    )
    return path
  }

  it('finds certificates in the file and beside it', async () => {
    await writeFile(join(directory, 'client.key'), 'KEY')
    const data = Buffer.from('CERT').toString('base64')
    const path = await write({ 'client-certificate-data': data, 'client-key': 'client.key' })
    const { server, certificate, key, namespace } = await loadKubeconfig(path, { clock })
    assert.deepEqual([server, certificate, key, namespace], ['https://h:1', 'CERT', 'KEY', 'n'])
  })

  it('reads a token file again after a minute', async () => {
    const file = join(directory, 'token')
    await writeFile(file, 'first\n')
    const { token } = await loadKubeconfig(await write({ tokenFile: 'token' }), { clock })
    assert.equal(await token?.(), 'first')
    await writeFile(file, 'second')
    assert.equal(await token?.(), 'first')
    await clock.advance(60_000)
    assert.equal(await token?.(), 'second')
  })

  it('says what is missing or not supported', async () => {
    const load = (path: string, context?: string) =>
      loadKubeconfig(path, { clock, ...(context ? { context } : {}) })
    await assert.rejects(load(join(directory, 'absent')), /cannot read the kubeconfig/)
    await assert.rejects(load(await write({}), 'two'), /has no context "two"/)
    await assert.rejects(
      load(await write({ 'auth-provider': {} })),
      /auth-provider is not supported/,
    )
    const proxied = { server: 'https://h:1', 'proxy-url': 'http://p' }
    await assert.rejects(load(await write({}, proxied)), /proxy-url is not supported/)
    await assert.rejects(load(await write({}, {})), /the cluster "c" has no server/)
    await assert.rejects(load(await write({ 'client-key': 'absent' })), /cannot be read/)
  })

  it('is made of a service account inside a cluster', async () => {
    for (const [name, text] of [
      ['token', 'T'],
      ['ca.crt', 'CA'],
      ['namespace', 'ns'],
    ] as const)
      await writeFile(join(directory, name), text)
    const config = await inClusterConfig({ clock, host: 'fd00::1', port: '443', directory })
    assert.deepEqual(
      [config.server, config.ca, config.namespace],
      ['https://[fd00::1]:443', 'CA', 'ns'],
    )
    assert.equal(await config.token?.(), 'T')
  })

  it('keeps a token whose file is being replaced, and reads it at once when it was refused', async () => {
    const file = join(directory, 'token')
    await writeFile(file, 'first')
    const { token } = await loadKubeconfig(await write({ tokenFile: 'token' }), { clock })
    await token?.()
    await rm(file)
    assert.equal(await token?.(true), 'first')
    await writeFile(file, 'second')
    assert.equal(await token?.(true), 'second')
  })

  it('knows servers whose certificates are not looked at, or bear another name, and whom to act as', async () => {
    const user = { token: 't', as: 'jane', 'as-groups': ['g'], 'as-uid': 'u' }
    const cluster = {
      server: 'https://h:1',
      'insecure-skip-tls-verify': true,
      'tls-server-name': 'other',
    }
    const { token, ...config } = await loadKubeconfig(await write(user, cluster), { clock })
    assert.equal(await token?.(), 't')
    assert.deepEqual(config, {
      server: 'https://h:1',
      insecureSkipTlsVerify: true,
      tlsServerName: 'other',
      namespace: 'n',
      impersonate: { user: 'jane', groups: ['g'], uid: 'u' },
    })
  })

  it('is made of several files, of which the first counts and the absent do not', async () => {
    const first = await write({ 'client-key': 'key' })
    await mkdir(join(directory, 'more'))
    const second = join(directory, 'more', 'config')
    const cluster = (name: string, server: string) => ({ name, cluster: { server } })
    await writeFile(
      second,
      JSON.stringify({
        'current-context': 'two',
        contexts: [{ name: 'two', context: { cluster: 'd', user: 'v' } }],
        clusters: [cluster('c', 'https://never'), cluster('d', 'https://d')],
        users: [{ name: 'v', user: { 'client-key': 'key' } }],
      }),
    )
    await writeFile(join(directory, 'key'), 'FIRST')
    await writeFile(join(directory, 'more', 'key'), 'SECOND')
    const KUBECONFIG = [join(directory, 'absent'), first, second].join(':')
    const one = await findCluster({ clock, env: { KUBECONFIG } })
    assert.deepEqual([one.server, one.key], ['https://h:1', 'FIRST'])
    const two = await findCluster({ clock, env: { KUBECONFIG }, context: 'two' })
    assert.deepEqual([two.server, two.key], ['https://d', 'SECOND'])
    const flag = await findCluster({ clock, env: { KUBECONFIG }, kubeconfig: second })
    assert.equal(flag.server, 'https://d')
    await assert.rejects(findCluster({ clock, env: {} }), /give --kubeconfig/)
    const home = { HOME: directory }
    await assert.rejects(findCluster({ clock, env: home }), /\.kube\/config/)
  })

  describe('with a credential plugin', () => {
    const v1 = 'client.authentication.k8s.io/v1'
    /** Prints what `status` is, and counts how often it was run. */
    const plugin = async (status: string, exec: object = {}) => {
      await writeFile(
        join(directory, 'plugin.mjs'),
        `import { appendFileSync, readFileSync } from 'node:fs'
        const file = ${JSON.stringify(join(directory, 'runs'))}
        appendFileSync(file, '.')
        const runs = readFileSync(file, 'utf8').length
        const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
        console.log(JSON.stringify({ apiVersion: info.apiVersion, kind: info.kind, status: ${status} }))`,
      )
      const args = [join(directory, 'plugin.mjs')]
      return write({ exec: { apiVersion: v1, command: process.execPath, args, ...exec } })
    }
    const expires = (ms: number) => new Date(clock.now() + ms).toISOString()

    it('runs it once for all who wait, and again when it has expired or was refused', async () => {
      const at = JSON.stringify(expires(60_000))
      const path = await plugin(
        `{ token: 'run ' + runs, expirationTimestamp: runs > 1 ? undefined : ${at} }`,
      )
      const { token } = await loadKubeconfig(path, { clock })
      assert.deepEqual(await Promise.all([token?.(), token?.()]), ['run 1', 'run 1'])
      await clock.advance(59_999)
      assert.equal(await token?.(), 'run 1')
      await clock.advance(1)
      assert.equal(await token?.(), 'run 2')
      assert.equal(await token?.(), 'run 2')
      assert.equal(await token?.(true), 'run 3')
    })

    it('tells it of the cluster, adds to its environment, and takes certificates', async () => {
      const status = `{ clientCertificateData: info.spec.cluster.server, clientKeyData: process.env.A + process.env.B }`
      const more = { provideClusterInfo: true, env: [{ name: 'A', value: 'a' }] }
      const config = await loadKubeconfig(await plugin(status, more), { clock, env: { B: 'b' } })
      assert.equal(await config.token?.(), '')
      assert.deepEqual(await config.clientCertificate?.(), {
        certificate: 'https://h:1',
        key: 'ab',
      })
    })

    it('says why one is of no use', async () => {
      const load = async (exec: object) =>
        (await loadKubeconfig(await plugin('{}', exec), { clock })).token?.()
      await assert.rejects(load({}), /printed neither a token nor a certificate/)
      await assert.rejects(load({ apiVersion: 'client.authentication.k8s.io/v1alpha1' }), /speaks/)
      await assert.rejects(load({ interactiveMode: 'Always' }), /needs a terminal/)
      await assert.rejects(load({ args: ['-e', 'console.log(1); process.exit(3)'] }), /has failed/)
      await assert.rejects(load({ args: ['-e', 'console.log("x")'] }), /printed what is not JSON/)
      const absent = { command: './absent', installHint: 'install it' }
      await assert.rejects(load(absent), /absent has failed: [\s\S]*install it/)
    })

    it('gives up on one that does not end', async () => {
      const path = await plugin('{}', { args: ['-e', 'setInterval(() => {}, 1000)'] })
      const { token } = await loadKubeconfig(path, { clock })
      const asked = token?.()
      assert.ok(clock.next())
      const failed = assert.rejects(asked!, /took longer than 60000 ms/)
      await clock.advance(60_000)
      await failed
    })
  })
})
