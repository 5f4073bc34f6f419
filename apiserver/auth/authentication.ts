/**
 * Who is asking: the names in a client certificate that our authority has signed. Anything else that is shown
 * as proof is refused, never taken for an anonymous request.
 */

import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '../../ports/clock.ts'
import { unauthorized } from '../http/status.ts'
import type { User } from '../registry/registry.ts'

export const anonymous: User = {
  name: 'system:anonymous',
  groups: ['system:unauthenticated'],
}

export interface Credentials {
  socket: TLSSocket
  /** The `Authorization` header. */
  authorization: string | undefined
}

/** @throws StatusError 401 for a proof that does not hold. */
export type Authenticator = (credentials: Credentials) => User

interface Shown {
  user: User
  /** Milliseconds since the epoch. */
  notAfter: number
}

/** One certificate is read once a connection; its end of life is looked at on every request. */
export function certificateAuthenticator(clock: Clock): Authenticator {
  const shown = new WeakMap<TLSSocket, Shown | 'nothing'>()
  return ({ socket, authorization }) => {
    if (authorization !== undefined) throw unauthorized()
    let proof = shown.get(socket)
    if (!proof) {
      proof = readCertificate(socket)
      shown.set(socket, proof)
    }
    if (proof === 'nothing') return anonymous
    if (clock.now() > proof.notAfter) throw unauthorized()
    return proof.user
  }
}

function readCertificate(socket: TLSSocket): Shown | 'nothing' {
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) return 'nothing'
  if (!socket.authorized) throw unauthorized()
  const user = userOf(certificate)
  if (user.name === '') throw unauthorized()
  return { user, notAfter: certificate.validToDate.getTime() }
}

/** The common name is the user, every organization a group. */
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
