/**
 * Fills Secrets of type `kubernetes.io/service-account-token` with a token that does not expire, for those who asked for one by
 * making the Secret; and removes them with their account. It makes no Secret by itself.
 */

import { SignJWT } from 'jose'
import { accountUser, legacyIssuer } from '../../api/token-claims.ts'
import { type SigningKey, signingKey } from '../../api/token-keys.ts'
import type { ServiceAccount as Account, Secret as SecretObject } from '../../api/types.ts'
import { type Controller, controller, Secret, ServiceAccount } from '../framework/index.ts'

export interface TokenSecretOptions {
  /** What tokens are signed with, PEM. */
  privateKey: string
  /** The API server's authority, PEM; without it secrets have none. */
  rootCa: string | undefined
}

const type = 'kubernetes.io/service-account-token'
const nameAnnotation = 'kubernetes.io/service-account.name'
const uidAnnotation = 'kubernetes.io/service-account.uid'

/** @throws KeyError where the key cannot be used */
export function tokenSecretController(options: TokenSecretOptions): Controller {
  const key = signingKey(options.privateKey)
  return controller(Secret)
    .named('serviceaccount-token')
    .watches(ServiceAccount, ({ metadata }, read) =>
      read(Secret)
        .list({ namespace: metadata.namespace ?? '' })
        .filter((secret) => accountOf(secret) === metadata.name)
        .map((secret) => ({
          namespace: metadata.namespace ?? '',
          name: secret.metadata.name ?? '',
        })),
    )
    .reconcile(async (secret, { live, update, remove }) => {
      const name = accountOf(secret)
      const { metadata } = secret
      if (!name) return undefined
      const account = await live(ServiceAccount, { namespace: metadata.namespace, name })
      if (!account || !isFor(secret, account)) {
        const because = (now: SecretObject | undefined) =>
          now !== undefined && accountOf(now) === name
        await remove(Secret, secret, { because })
        return undefined
      }
      const next = await filled(secret, account, key, options.rootCa)
      if (next) await update(Secret, next)
      return undefined
    })
}

/** The account whose token a Secret is to hold; `undefined` for Secrets of other types. */
const accountOf = (secret: SecretObject): string | undefined =>
  secret.type === type ? secret.metadata.annotations?.[nameAnnotation] : undefined

/** A Secret that names a uid is for that account alone, not for the next of its name. */
function isFor({ metadata }: SecretObject, account: Account): boolean {
  const uid = metadata.annotations?.[uidAnnotation]
  return !uid || uid === account.metadata.uid
}

/** `undefined`: nothing is missing. */
async function filled(
  secret: SecretObject,
  account: Account,
  key: SigningKey,
  rootCa: string | undefined,
): Promise<SecretObject | undefined> {
  const { namespace = '' } = secret.metadata
  const data = { ...secret.data }
  if (rootCa !== undefined) data['ca.crt'] = base64(rootCa)
  data.namespace = base64(namespace)
  data.token ||= base64(await tokenFor(secret, account, key))
  const annotations = {
    ...secret.metadata.annotations,
    [uidAnnotation]: account.metadata.uid ?? '',
  }
  const same =
    secret.metadata.annotations?.[uidAnnotation] === annotations[uidAnnotation] &&
    Object.entries(data).every(([name, value]) => secret.data?.[name] === value)
  return same ? undefined : { ...secret, metadata: { ...secret.metadata, annotations }, data }
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

function tokenFor({ metadata }: SecretObject, account: Account, key: SigningKey): Promise<string> {
  const { namespace = '', name = '' } = metadata
  const owner = account.metadata.name ?? ''
  return new SignJWT({
    iss: legacyIssuer,
    'kubernetes.io/serviceaccount/namespace': namespace,
    'kubernetes.io/serviceaccount/secret.name': name,
    'kubernetes.io/serviceaccount/service-account.name': owner,
    'kubernetes.io/serviceaccount/service-account.uid': account.metadata.uid ?? '',
    sub: accountUser(namespace, owner),
  })
    .setProtectedHeader({ alg: key.algorithm, kid: key.id })
    .sign(key.privateKey)
}
