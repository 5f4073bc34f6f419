/** Tokens from a file, read once: `token,user,uid,"group1,group2"` a line. They hold until the server restarts. */

import { createHash } from 'node:crypto'
import type { User } from '../../registry/registry.ts'
import type { TokenAuthenticator } from './token-authenticator.ts'

export class TokenFileError extends Error {
  override name = 'TokenFileError'
}

const digest = (token: string) => createHash('sha256').update(token).digest('base64')

/** @throws TokenFileError */
export function staticTokens(csv: string): TokenAuthenticator {
  const users = new Map<string, User>()
  for (const [index, line] of csv.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    const [token = '', name = '', uid = '', groups = ''] = fieldsOf(line)
    if (token === '' || name === '')
      throw new TokenFileError(
        `line ${index + 1}: there must be a token, a user and a uid, separated by commas`,
      )
    users.set(digest(token), {
      name,
      ...(uid !== '' && { uid }),
      groups: [...groups.split(',').filter((group) => group !== ''), 'system:authenticated'],
    })
  }
  // Looked up by digest: how long it takes says nothing about the tokens.
  return (token) => {
    const user = users.get(digest(token))
    return user && { user }
  }
}

/** Of one line of RFC 4180, as far as one line goes. */
function fieldsOf(line: string): string[] {
  const fields = line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)
  return [...fields].map(([, quoted, plain = '']) =>
    quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'),
  )
}
