/** For tests: what somebody who wants a certificate sends. */

import 'reflect-metadata/lite'
import { webcrypto } from 'node:crypto'
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** A request under a common name, signed with a key that nobody keeps: PEM in base64, as `spec.request` has it. */
export async function certificateRequest(commonName: string): Promise<string> {
  const uses: webcrypto.KeyUsage[] = ['sign', 'verify']
  const keys = (await webcrypto.subtle.generateKey(
    algorithm,
    true,
    uses,
  )) as webcrypto.CryptoKeyPair
  const request = await Pkcs10CertificateRequestGenerator.create(
    { name: [{ CN: [commonName] }], keys, signingAlgorithm: algorithm },
    webcrypto as Crypto,
  )
  return Buffer.from(`${request.toString('pem')}\n`).toString('base64')
}
