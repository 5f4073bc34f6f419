/** The user that a token's claims describe. */

import {
  accountGroups,
  accountUser,
  type BoundClaims,
  type Claims,
} from '../../../api/token-claims.ts'
import type { User } from '../../registry/registry.ts'

const extraKey = (name: string) => `authentication.kubernetes.io/${name}`

export function boundUser({ jti }: Claims, bound: BoundClaims): User {
  const { namespace, serviceaccount, pod, node } = bound
  const extra: [string, string | undefined][] = [
    ['credential-id', jti && `JTI=${jti}`],
    ['node-name', node?.name],
    ['node-uid', node?.uid],
    ['pod-name', pod?.name],
    ['pod-uid', pod?.uid],
  ]
  return {
    name: accountUser(namespace, serviceaccount.name),
    uid: serviceaccount.uid,
    groups: [...accountGroups(namespace), 'system:authenticated'],
    extra: Object.fromEntries(
      extra.flatMap(([name, value]) => (value ? [[extraKey(name), [value]]] : [])),
    ),
  }
}

/** `undefined` where the claims name no account. */
export function legacyUser(claims: Claims): User | undefined {
  const namespace = claims['kubernetes.io/serviceaccount/namespace']
  const name = claims['kubernetes.io/serviceaccount/service-account.name']
  const uid = claims['kubernetes.io/serviceaccount/service-account.uid']
  if (!namespace || !name || !uid || claims.sub !== accountUser(namespace, name)) return undefined
  return {
    name: accountUser(namespace, name),
    uid,
    groups: [...accountGroups(namespace), 'system:authenticated'],
  }
}
