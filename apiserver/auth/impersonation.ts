/**
 * Acting as somebody else: `Impersonate-User` and its kin. Each name, group, uid and extra value needs the verb
 * `impersonate` on itself; the request then goes on as if that user had sent it, and as nobody else.
 */

import { accountGroups, accountOf } from '../../api/token-claims.ts'
import { StatusError } from '../http/status.ts'
import type { User } from '../registry/registry.ts'
import { type Authorizer, denied, type ResourceAttributes } from './authorization.ts'

/** Who the headers ask to be. */
interface Wanted {
  user: string
  uid: string
  groups: string[]
  extra: Map<string, string[]>
}

const authenticationGroup = 'authentication.k8s.io'
const prefix = 'impersonate-'
const extraPrefix = 'impersonate-extra-'

/**
 * `undefined`: the request asks to be nobody else.
 * @param rawHeaders names and values in turn, as they were sent
 * @throws StatusError 403, 500
 */
export function impersonate(
  rawHeaders: readonly string[],
  user: User,
  authorize: Authorizer,
): Promise<User> | undefined {
  const wanted = wantedOf(rawHeaders)
  return wanted && become(wanted, user, authorize)
}

function wantedOf(rawHeaders: readonly string[]): Wanted | undefined {
  let wanted: Wanted | undefined
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!
    // Nearly every request ends here for every header.
    if (name.length <= prefix.length || (name[0] !== 'I' && name[0] !== 'i')) continue
    const lower = name.toLowerCase()
    if (!lower.startsWith(prefix)) continue
    wanted ??= { user: '', uid: '', groups: [], extra: new Map() }
    take(wanted, lower, rawHeaders[at + 1]!)
  }
  return wanted
}

function take(wanted: Wanted, header: string, value: string): void {
  switch (header) {
    case 'impersonate-user':
      wanted.user ||= value
      return
    case 'impersonate-uid':
      wanted.uid ||= value
      return
    case 'impersonate-group':
      wanted.groups.push(value)
      return
  }
  if (!header.startsWith(extraPrefix)) return
  const key = unescaped(header.slice(extraPrefix.length))
  wanted.extra.set(key, [...(wanted.extra.get(key) ?? []), value])
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return text
    throw error
  }
}

async function become(wanted: Wanted, user: User, authorize: Authorizer): Promise<User> {
  const { uid, groups, extra } = wanted
  if (wanted.user === '') {
    if (uid === '' && groups.length === 0 && extra.size === 0) return user
    throw new StatusError(
      500,
      'InternalError',
      'Internal error occurred: requested groups, a uid or extra values without impersonating a user',
    )
  }
  for (const attributes of asked(wanted, user)) {
    const decision = await authorize(attributes)
    if (!decision.allowed) throw denied(attributes, decision.reason)
  }
  return {
    name: wanted.user,
    ...(uid !== '' && { uid }),
    groups: groupsOf(wanted),
    ...(extra.size > 0 && { extra: Object.fromEntries(extra) }),
  }
}

/** What the one who asks must be allowed, one after another. */
function* asked(wanted: Wanted, user: User): Generator<ResourceAttributes> {
  const one = (group: string, resource: string, name: string) => ({
    user,
    verb: 'impersonate',
    group,
    resource,
    namespace: '',
    name,
  })
  const account = accountOf(wanted.user)
  if (account) yield { ...one('', 'serviceaccounts', account.name), namespace: account.namespace }
  else yield one('', 'users', wanted.user)
  for (const group of wanted.groups) yield one('', 'groups', group)
  for (const [key, values] of wanted.extra)
    for (const value of values)
      yield { ...one(authenticationGroup, 'userextras', value), subresource: key }
  if (wanted.uid !== '') yield one(authenticationGroup, 'uids', wanted.uid)
}

/** Everybody is in one of the two groups that say whether somebody is known. */
function groupsOf({ user, groups }: Wanted): string[] {
  const account = accountOf(user)
  const all = groups.length === 0 && account ? accountGroups(account.namespace) : [...groups]
  const anonymous = user === 'system:anonymous'
  const marks = ['system:authenticated', 'system:unauthenticated']
  if (!all.some((group) => marks.includes(group)))
    all.push(anonymous ? 'system:unauthenticated' : 'system:authenticated')
  return all
}
