/** Signs certificate requests with the cluster's own authority. What may be signed has been decided before. */

import 'reflect-metadata/lite'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { Clock } from '../../ports/clock.ts'
import type { RequestedCertificate } from './certificate-request.ts'

export interface SigningAuthority {
  /** PEM; good for `seconds`, never longer than the authority. */
  sign(requested: RequestedCertificate, usages: readonly string[], seconds: number): Promise<string>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
/** Certificates begin a little in the past, for clocks that are a little behind. */
const backdate = 5 * 60_000

/** @param pair PEM; an ECDSA P-256 key */
export async function signingAuthority(
  pair: { certificate: string; key: string },
  clock: Clock,
): Promise<SigningAuthority> {
  const root = new x509.X509Certificate(pair.certificate)
  const der = x509.PemConverter.decodeFirst(pair.key)
  const key = await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
  return {
    async sign({ request, names }, usages, seconds) {
      const now = clock.now()
      const certificate = await x509.X509CertificateGenerator.create(
        {
          serialNumber: serialNumber(),
          subject: request.subjectName,
          issuer: root.subjectName,
          notBefore: new Date(Math.max(now - backdate, root.notBefore.getTime())),
          notAfter: new Date(Math.min(now + seconds * 1000, root.notAfter.getTime())),
          signingAlgorithm: algorithm,
          publicKey: request.publicKey,
          signingKey: key as CryptoKey,
          extensions: [
            new x509.BasicConstraintsExtension(false, undefined, true),
            ...keyUsages(usages),
            new x509.ExtendedKeyUsageExtension(extendedUsages(usages)),
            await x509.AuthorityKeyIdentifierExtension.create(root.publicKey),
            ...(names ? [new x509.SubjectAlternativeNameExtension(names.names.toJSON())] : []),
          ],
        },
        webcrypto as Crypto,
      )
      return `${certificate.toString('pem')}\n`
    },
  }
}

/** None at all where none was asked for: an empty list forbids everything. */
function keyUsages(usages: readonly string[]): x509.Extension[] {
  const flags =
    (usages.includes('digital signature') ? x509.KeyUsageFlags.digitalSignature : 0) |
    (usages.includes('key encipherment') ? x509.KeyUsageFlags.keyEncipherment : 0)
  return flags === 0 ? [] : [new x509.KeyUsagesExtension(flags, true)]
}

const extendedUsages = (usages: readonly string[]): string[] => [
  ...(usages.includes('client auth') ? [x509.ExtendedKeyUsage.clientAuth] : []),
  ...(usages.includes('server auth') ? [x509.ExtendedKeyUsage.serverAuth] : []),
]

/** 127 random bits, positive: what RFC 5280 asks of serial numbers. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return Buffer.from(bytes).toString('hex')
}
