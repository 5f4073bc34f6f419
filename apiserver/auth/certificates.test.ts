import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { createAuthority, loadAuthority } from './certificates.ts'

describe('certificate authority', () => {
  it('issues certificates that its root has signed, names and purposes included', async () => {
    const authority = await createAuthority()
    const { certificate, key } = await authority.issue({
      commonName: 'system:node:a, b+c',
      organizations: ['system:nodes', 'others'],
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1'],
      client: true,
      server: true,
    })
    const issued = new X509Certificate(certificate)
    const root = new X509Certificate(authority.certificate)
    assert.ok(root.ca)
    assert.ok(issued.verify(root.publicKey))
    assert.ok(issued.checkIssued(root))
    const subject = issued.toLegacyObject().subject as unknown as Record<string, unknown>
    assert.equal(subject.CN, 'system:node:a, b+c')
    assert.deepEqual(subject.O, ['system:nodes', 'others'])
    assert.equal(issued.subjectAltName, 'DNS:localhost, IP Address:127.0.0.1')
    assert.deepEqual(issued.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
    assert.match(key, /^-----BEGIN PRIVATE KEY-----/)
  })

  it('goes on issuing after it was kept as PEM and loaded', async () => {
    const first = await createAuthority({ commonName: 'root' })
    const again = await loadAuthority({ certificate: first.certificate, key: first.key })
    const { certificate } = await again.issue({ commonName: 'x', client: true })
    assert.ok(
      new X509Certificate(certificate).verify(new X509Certificate(first.certificate).publicKey),
    )
  })

  it('lets no certificate outlive its root', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1))
    const authority = await createAuthority({ clock })
    const { certificate } = await authority.issue({ commonName: 'x', days: 36_500 })
    const issued = new X509Certificate(certificate)
    assert.equal(issued.validTo, new X509Certificate(authority.certificate).validTo)
    assert.equal(issued.validFromDate.toISOString(), '2025-12-31T23:00:00.000Z')
  })
})
