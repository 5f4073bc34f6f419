import assert from 'node:assert/strict'
import type { Pod } from '../../api/types.ts'
import { testSettings } from '../test-node.ts'
import { fullNameOf, parseResolvConf, sandboxConfig } from './sandbox-config.ts'

const config = (spec: Partial<NonNullable<Pod['spec']>>, name = 'web') =>
  sandboxConfig({
    ...testSettings(),
    pod: { metadata: { name, namespace: 'shop', uid: 'u' }, spec: { containers: [], ...spec } },
    attempt: 0,
  })

describe('the sandbox of a pod', () => {
  it('is called as the pod, or as the pod says', () => {
    assert.equal(config({}).hostname, 'web')
    assert.equal(config({ hostname: 'db-0' }).hostname, 'db-0')
    assert.equal(config({ hostname: 'db-0', hostnameOverride: 'a.b' }).hostname, 'a.b')
    assert.equal(config({ hostNetwork: true }).hostname, '')
  })

  it('has a name that the kernel takes', () => {
    assert.equal(config({}, `${'a'.repeat(62)}-b`).hostname, 'a'.repeat(62))
  })

  it('is called by its full name only when asked and in a subdomain', () => {
    const full = { subdomain: 'db', setHostnameAsFQDN: true }
    assert.equal(config(full).hostname, 'web.db.shop.svc.cluster.local')
    assert.equal(config({ setHostnameAsFQDN: true }).hostname, 'web')
    assert.throws(() => config(full, 'a'.repeat(40)), /has 66 characters of at most 64/)
    const spec = { containers: [], subdomain: 'db', hostnameOverride: 'x' }
    assert.equal(fullNameOf({ metadata: { name: 'web' }, spec }, 'cluster.local'), undefined)
  })

  it('asks cluster DNS, with the search path of its namespace before the node’s own', () => {
    const host = parseResolvConf('nameserver 10.0.0.1\nsearch lan\noptions ndots:1 rotate\n')
    const dns = { ...testSettings().dns, host }
    const settings = { ...testSettings({ dns }), attempt: 0 }
    const pod = (spec: object): Pod => ({
      metadata: { name: 'web', namespace: 'shop', uid: 'u' },
      spec: { containers: [], ...spec },
    })
    assert.deepEqual(sandboxConfig({ ...settings, pod: pod({}) }).dns, {
      servers: ['10.96.0.10'],
      searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'lan'],
      options: ['ndots:5'],
    })
    assert.deepEqual(sandboxConfig({ ...settings, pod: pod({ hostNetwork: true }) }).dns, host)
    const dnsConfig = { nameservers: ['1.1.1.1'], options: [{ name: 'ndots', value: '2' }] }
    const own = sandboxConfig({ ...settings, pod: pod({ dnsConfig }) }).dns
    assert.deepEqual([own?.servers, own?.options], [['10.96.0.10', '1.1.1.1'], ['ndots:2']])
    assert.deepEqual(
      sandboxConfig({ ...settings, pod: pod({ dnsPolicy: 'None', dnsConfig }) }).dns,
      { servers: ['1.1.1.1'], searches: [], options: ['ndots:2'] },
    )
  })
})
