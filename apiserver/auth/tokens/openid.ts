/** What others need in order to check this server's tokens by themselves: OpenID discovery and the public keys. */

import { publicJwk, type VerificationKey } from '../../../api/token-keys.ts'

export interface OpenIdDocuments {
  /** `/.well-known/openid-configuration` */
  configuration: Buffer
  /** `/openid/v1/jwks` */
  keys: Buffer
}

/** @param jwksUri where the keys are found from outside; below the issuer unless told */
export function openIdDocuments(
  issuer: string,
  keys: readonly VerificationKey[],
  jwksUri = `${issuer.replace(/\/$/, '')}/openid/v1/jwks`,
): OpenIdDocuments {
  return {
    configuration: Buffer.from(
      JSON.stringify({
        issuer,
        jwks_uri: jwksUri,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: [...new Set(keys.map(({ algorithm }) => algorithm))],
      }),
    ),
    keys: Buffer.from(JSON.stringify({ keys: keys.map(publicJwk) })),
  }
}
