/** Tokens by which a node joins: each a Secret in `kube-system`, looked up at every use, so that deleting it ends it. */

import { timingSafeEqual } from 'node:crypto'
import type { Secret } from '../../../api/types.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Lister } from '../../registry/lister.ts'
import { InvalidTokenError, type TokenAuthenticator } from './token-authenticator.ts'

const form = /^([a-z0-9]{6})\.([a-z0-9]{16})$/
const groupForm = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/

export function bootstrapTokens(lister: Lister, clock: Clock): TokenAuthenticator {
  return (token) => {
    const [, id, secret = ''] = form.exec(token) ?? []
    if (id === undefined) return undefined
    return lister
      .live<Secret>('secrets', 'kube-system', `bootstrap-token-${id}`)
      .then((found) => holderOf(found, id, secret, clock.now()))
  }
}

function holderOf(found: Secret | undefined, id: string, secret: string, now: number) {
  if (!found || found.metadata.deletionTimestamp) return undefined
  if (found.type !== 'bootstrap.kubernetes.io/token') return undefined
  const value = (key: string) => {
    const data = found.data ?? {}
    return Object.hasOwn(data, key) ? Buffer.from(data[key] ?? '', 'base64').toString() : ''
  }
  if (!same(value('token-secret'), secret) || value('token-id') !== id) return undefined
  const expiration = value('expiration')
  if (expiration !== '' && !(Date.parse(expiration) > now))
    throw new InvalidTokenError('the bootstrap token has expired')
  if (value('usage-bootstrap-authentication') !== 'true') return undefined
  const extra = value('auth-extra-groups')
    .split(',')
    .filter((group) => group !== '')
  if (extra.some((group) => !groupForm.test(group)))
    throw new InvalidTokenError('the bootstrap token names groups that no bootstrapper can be in')
  const groups = ['system:bootstrappers', ...extra, 'system:authenticated']
  return { user: { name: `system:bootstrap:${id}`, groups: [...new Set(groups)] } }
}

function same(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
