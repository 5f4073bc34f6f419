import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError, type Context } from './context.ts'
import { normalizeReference } from './images.ts'
import {
  addressesOf,
  decideSettings,
  type Flags,
  kubeconfigPath,
  locate,
  saveSettings,
} from './settings.ts'

const context = (fields: Partial<Context> = {}) =>
  ({ env: { HOME: '/home/ann' }, uid: 0, hostname: 'Box.local', ...fields }) as Context

const defaults = {
  storage: 'etcd',
  runtime: 'containerd',
  kubeconfig: '/home/ann/.kube/config',
} as const

describe('settings', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'settings-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const decide = (flags: Flags = {}) =>
    decideSettings(
      context(),
      { dataDir: directory, runDir: `${directory}/run`, ...flags },
      defaults,
    )

  it('place an instance by its name, for root and for others', () => {
    assert.deepEqual(locate(context(), {}), {
      name: 'tiphys',
      dataDir: '/var/lib/tiphys',
      runDir: '/run/tiphys',
    })
    assert.deepEqual(locate(context({ uid: 1000 }), { name: 'two' }), {
      name: 'two',
      dataDir: '/home/ann/.local/state/two',
      runDir: '/home/ann/.local/state/two/run',
    })
  })

  it('refuse names that cannot name a network link', () => {
    for (const name of ['Two', 'a-b', '1st', 'longerthanthirteen', ''])
      assert.throws(() => locate(context(), { name }), CommandError, name)
  })

  it('derive the well-known addresses from the ranges', () => {
    const addresses = addressesOf(decide({ podCidr: '10.20.0.0/16', serviceCidr: '10.30.0.0/16' }))
    assert.equal(addresses.nodeCidr, '10.20.0.0/24')
    assert.equal(addresses.nodeAddress, '10.20.0.1')
    assert.deepEqual(addresses.apiAddresses, ['127.0.0.1', '10.20.0.1'])
    assert.equal(addresses.kubernetesService, '10.30.0.1')
    assert.equal(addresses.dnsService, '10.30.0.10')
  })

  it('keep a simulated node on loopback', () => {
    const addresses = addressesOf(decide({ runtime: 'simulated' }))
    assert.equal(addresses.nodeAddress, '127.0.0.1')
    assert.deepEqual(addresses.apiAddresses, ['127.0.0.1'])
  })

  it('make a node name of any host name', () => {
    assert.equal(decide().nodeName, 'box.local')
  })

  it('stay as they were made unless a flag says otherwise', () => {
    saveSettings(decide({ apiPort: 7443 }))
    assert.equal(decide().apiPort, 7443)
    assert.equal(decide({ apiPort: 8443 }).apiPort, 8443)
  })

  it('refuse to change what the data depends on', () => {
    saveSettings(decide())
    assert.throws(() => decide({ storage: 'sqlite' }), /made with storage etcd/)
    assert.throws(() => decide({ podCidr: '10.9.0.0/16' }), /made with podCidr 10.244.0.0/)
  })

  const wrong: [string, Flags, RegExp][] = [
    ['ranges that overlap', { podCidr: '10.96.0.0/12' }, /overlap/],
    ['ranges too small', { podCidr: '10.244.0.0/25' }, /takes a \/24/],
    ['what is no range', { serviceCidr: '10.96.0.0' }, /not an IPv4 range/],
    ['what is no port range', { nodePortRange: '32767-30000' }, /node-port-range/],
    ['socket paths the kernel cannot hold', { runDir: `/${'x'.repeat(80)}` }, /too long/],
  ]
  for (const [what, flags, message] of wrong)
    it(`refuse ${what}`, () => {
      assert.throws(() => decide(flags), { name: 'CommandError', message })
    })
})

describe('the kubeconfig that is written', () => {
  it("is the first of $KUBECONFIG, else the caller's own", () => {
    const env = { KUBECONFIG: ':/a/one:/a/two' }
    assert.equal(kubeconfigPath(context({ env }), '/home/ann'), '/a/one')
    assert.equal(kubeconfigPath(context(), '/home/ann'), '/home/ann/.kube/config')
  })
})

describe('image names', () => {
  const names: [string, string][] = [
    ['hello', 'docker.io/library/hello:latest'],
    ['hello:v1', 'docker.io/library/hello:v1'],
    ['ann/hello:v1', 'docker.io/ann/hello:v1'],
    ['localhost/hello', 'localhost/hello:latest'],
    ['localhost:5000/a/b:c', 'localhost:5000/a/b:c'],
    ['ghcr.io/a/b', 'ghcr.io/a/b:latest'],
  ]
  for (const [name, reference] of names)
    it(`${name} is ${reference}`, () => {
      assert.equal(normalizeReference(name), reference)
    })

  it('are refused when no container runtime would take them', () => {
    for (const name of ['Hello', 'hello:', 'a//b', 'hello world', '-x'])
      assert.throws(() => normalizeReference(name), CommandError, name)
  })
})
