/**
 * The keys that service account tokens are signed with and checked against. A key decides by its type which one algorithm
 * it may be used with: a public key is never a shared secret, and an unsigned token is no token.
 */

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'

export interface VerificationKey {
  /** The digest of the public key, by which tokens name it. */
  id: string
  algorithm: string
  key: KeyObject
}

export interface SigningKey extends VerificationKey {
  privateKey: KeyObject
}

/** A file holds no key that can be used. */
export class KeyError extends Error {
  override name = 'KeyError'
}

const curves: Record<string, string> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  if (asymmetricKeyType === 'rsa') return 'RS256'
  const curve = asymmetricKeyDetails?.namedCurve ?? ''
  const algorithm = asymmetricKeyType === 'ec' ? curves[curve] : undefined
  if (!algorithm)
    throw new KeyError(
      `keys of type ${asymmetricKeyType} ${curve} cannot sign tokens: use RSA or EC`,
    )
  return algorithm
}

function describe(key: KeyObject): VerificationKey {
  const der = key.export({ type: 'spki', format: 'der' })
  const id = createHash('sha256').update(der).digest('base64url')
  return { id, algorithm: algorithmOf(key), key }
}

/** @param pem a private key. @throws KeyError */
export function signingKey(pem: string): SigningKey {
  try {
    const privateKey = createPrivateKey(pem)
    return { ...describe(createPublicKey(privateKey)), privateKey }
  } catch (error) {
    if (error instanceof KeyError) throw error
    throw new KeyError(`not a private key in PEM: ${(error as Error).message}`)
  }
}

/** A new one, for whoever needs none that outlives the process. */
export const freshSigningKey = (): SigningKey =>
  signingKey(
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  )

const block = /-----BEGIN ([A-Z ]+)-----[\s\S]+?-----END \1-----/g

/** All keys of a file: public ones, certificates, or the private ones they belong to. @throws KeyError */
export function verificationKeys(pem: string): VerificationKey[] {
  const blocks = pem.match(block) ?? []
  if (blocks.length === 0) throw new KeyError('there is no key in PEM')
  return blocks.map((text) => {
    try {
      return describe(createPublicKey(text))
    } catch (error) {
      if (error instanceof KeyError) throw error
      throw new KeyError(`not a key: ${(error as Error).message}`)
    }
  })
}

/** As `/openid/v1/jwks` publishes it. */
export function publicJwk({ id, algorithm, key }: VerificationKey): Record<string, unknown> {
  return { use: 'sig', ...key.export({ format: 'jwk' }), kid: id, alg: algorithm }
}
