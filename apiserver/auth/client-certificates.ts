/** Who a client certificate names: its common name is the user, every organization a group. */

import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '../../ports/clock.ts'
import type { User } from '../registry/registry.ts'

interface Shown {
  user: User
  /** Milliseconds since the epoch. */
  notAfter: number
}

/** `nothing` was shown, or something `invalid`. */
export type Proof = User | 'nothing' | 'invalid'

/** One certificate is read once a connection; its end of life is looked at on every request. */
export function clientCertificates(clock: Clock): (socket: TLSSocket) => Proof {
  const shown = new WeakMap<TLSSocket, Shown | 'nothing' | 'invalid'>()
  return (socket) => {
    let proof = shown.get(socket)
    if (!proof) {
      proof = readCertificate(socket)
      shown.set(socket, proof)
    }
    if (typeof proof === 'string') return proof
    return clock.now() > proof.notAfter ? 'invalid' : proof.user
  }
}

function readCertificate(socket: TLSSocket): Shown | 'nothing' | 'invalid' {
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) return 'nothing'
  if (!socket.authorized) return 'invalid'
  const user = userOf(certificate)
  return user.name === '' ? 'invalid' : { user, notAfter: certificate.validToDate.getTime() }
}

export function userOf(certificate: X509Certificate): User {
  const subject = certificate.toLegacyObject().subject as unknown as Record<string, unknown>
  const all = (value: unknown) => (Array.isArray(value) ? value : [value ?? []]).flat().map(String)
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase()
  return {
    name: all(subject.CN).at(-1) ?? '',
    groups: [...all(subject.O), 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] },
  }
}
