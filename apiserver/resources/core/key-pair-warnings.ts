/** Whether what a Secret holds for TLS is a certificate and its key. It is kept in any case: it may be completed later. */

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { Secret } from '../../../api/types.ts'
import type { Warnings } from './node-label-warnings.ts'

const blocks = /-----BEGIN ([^-]+)-----/g

const typesIn = (pem: string): string[] => [...pem.matchAll(blocks)].map(([, type = '']) => type)

export function* keyPairWarnings({ type, data = {} }: Secret): Warnings {
  if (type !== 'kubernetes.io/tls') return
  const text = (name: string) => Buffer.from(data[name] ?? '', 'base64').toString()
  const problem = problemOf(text('tls.crt'), text('tls.key'))
  if (problem !== undefined) yield problem
}

function problemOf(certificate: string, key: string): string | undefined {
  const found = typesIn(certificate)
  if (found.length === 0) return 'tls: failed to find any PEM data in certificate input'
  if (!found.includes('CERTIFICATE'))
    return found.some((type) => type.endsWith('PRIVATE KEY'))
      ? 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'
      : `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${found.join(' ')}]`
  const keys = typesIn(key)
  if (keys.length === 0) return 'tls: failed to find any PEM data in key input'
  if (!keys.some((type) => type.endsWith('PRIVATE KEY')))
    return keys.join() === 'CERTIFICATE'
      ? 'tls: found a certificate rather than a key in the PEM for the private key'
      : `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${keys.join(' ')}]`
  return mismatch(certificate, key)
}

function mismatch(certificate: string, key: string): string | undefined {
  const parsed = parse(() => new X509Certificate(certificate))
  if (!parsed) return 'x509: malformed certificate'
  const secret: KeyObject | undefined = parse(() => createPrivateKey(key))
  if (!secret) return 'tls: failed to parse private key'
  if (parsed.checkPrivateKey(secret)) return undefined
  return parsed.publicKey.asymmetricKeyType === secret.asymmetricKeyType
    ? 'tls: private key does not match public key'
    : 'tls: private key type does not match public key type'
}

/** What cannot be read is told of in our own words. */
function parse<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
