/** The flags that say how users are known and what they may do, and the files that they name. */

import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { signingKey, verificationKeys } from '../api/token-keys.ts'
import type { AccessOptions, AuthorizationMode } from './auth/access-control.ts'
import { defaultIssuer } from './auth/access-control.ts'
import { staticTokens } from './auth/tokens/static-tokens.ts'

export interface AccessFlags {
  authorizationMode: AuthorizationMode[]
  anonymousAuth: boolean
  serviceAccountIssuer?: string[]
  serviceAccountSigningKeyFile?: string
  serviceAccountKeyFile?: string[]
  serviceAccountExtendTokenExpiration: boolean
  apiAudiences?: string[]
  tokenAuthFile?: string
  enableBootstrapTokenAuth: boolean
}

const modes: readonly AuthorizationMode[] = ['Node', 'RBAC', 'AlwaysAllow', 'AlwaysDeny']

function modesOf(text: string): AuthorizationMode[] {
  return text.split(',').map((name) => {
    const mode = modes.find((known) => known === name)
    if (!mode) throw new InvalidArgumentError(`the modes are ${modes.join(', ')}.`)
    return mode
  })
}

const boolean = (text: string): boolean => {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new InvalidArgumentError('true or false.')
}

const repeated = (text: string, before: string[] = []) => [...before, text]

const list = (text: string) => text.split(',').filter((part) => part !== '')

export function addAccessFlags(command: Command): Command {
  return command
    .option('--authorization-mode <modes>', `in their order, of ${modes.join(', ')}`, modesOf, [
      'Node',
      'RBAC',
    ])
    .option('--anonymous-auth <boolean>', 'whether anybody may ask without a proof', boolean, true)
    .option(
      '--service-account-issuer <url>',
      `who issues tokens; given again: whose are taken besides (default: ${defaultIssuer})`,
      repeated,
    )
    .option(
      '--service-account-signing-key-file <file>',
      'what tokens are signed with (default: a key that nobody keeps)',
    )
    .option(
      '--service-account-key-file <file>',
      'keys whose tokens are taken besides; may be given again',
      repeated,
    )
    .option(
      '--service-account-extend-token-expiration <boolean>',
      "whether pods' tokens live a year, for clients that read theirs only once",
      boolean,
      true,
    )
    .option('--api-audiences <list>', 'what tokens must be for (default: the issuers)', list)
    .option('--token-auth-file <file>', 'tokens, users, uids and groups, a line each')
    .option(
      '--enable-bootstrap-token-auth [boolean]',
      'whether Secrets of kube-system hold tokens by which nodes join',
      (text: string) => boolean(text),
      false,
    )
}

const read = (file: string) => readFile(file, 'utf8')

/** @throws KeyError, TokenFileError, and what reading a file throws */
export async function readAccess(flags: AccessFlags): Promise<AccessOptions> {
  const { serviceAccountSigningKeyFile: signing, tokenAuthFile: tokens } = flags
  const keyFiles = await Promise.all((flags.serviceAccountKeyFile ?? []).map(read))
  return {
    authorizationModes: flags.authorizationMode,
    noAnonymous: !flags.anonymousAuth,
    serviceAccountIssuers: flags.serviceAccountIssuer,
    signingKey: signing === undefined ? undefined : signingKey(await read(signing)),
    verificationKeys: keyFiles.flatMap(verificationKeys),
    extendTokenExpiration: flags.serviceAccountExtendTokenExpiration,
    apiAudiences: flags.apiAudiences,
    staticTokens: tokens === undefined ? undefined : staticTokens(await read(tokens)),
    enableBootstrapTokens: flags.enableBootstrapTokenAuth,
  }
}
