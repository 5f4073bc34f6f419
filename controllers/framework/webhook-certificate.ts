/**
 * A certificate for a webhook that needs nobody to sign it: it is its own authority, which stands in the definitions as
 * the only one that is trusted there. Whoever has a certificate manager replaces both.
 */

import 'reflect-metadata/lite'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { Clock } from '../../ports/clock.ts'
import type { WebhookCertificate } from './manifests.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const day = 86_400_000
/** It is renewed by printing the manifests again; nobody should have to in a hurry. */
const days = 3_650

/** A new pair of keys with each call. */
export async function selfSigned(host: string, clock: Clock): Promise<WebhookCertificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const now = clock.now()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [host] }],
      notBefore: new Date(now - day),
      notAfter: new Date(now + days * day),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign,
          true,
        ),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
      ],
    },
    webcrypto as Crypto,
  )
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  const text = `${certificate.toString('pem')}\n`
  return {
    certificate: text,
    key: `${x509.PemConverter.encode(exported, 'PRIVATE KEY')}\n`,
    authority: text,
  }
}
