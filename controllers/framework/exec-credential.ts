/**
 * Credentials from a plugin that a kubeconfig names: a program that prints an `ExecCredential`. It is run again when
 * what it printed has expired or was refused, once for all who wait. It is never given a terminal to ask at.
 */

import { execFile } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import type { Clock } from '../../ports/clock.ts'

/** What a user of a kubeconfig says under `exec`. */
export interface ExecPlugin {
  apiVersion?: string
  command?: string
  args?: string[] | null
  env?: { name: string; value: string }[] | null
  interactiveMode?: string
  provideClusterInfo?: boolean
  installHint?: string
}

export interface ExecOptions {
  clock: Clock
  /** The environment the plugin runs in, besides what the kubeconfig adds. */
  env: Readonly<Record<string, string | undefined>>
  /** The kubeconfig: a command with a slash in it is relative to where that is. */
  path: string
  /** What the plugin is told of the cluster when it asks for it. */
  cluster: object
  /** Milliseconds it may take (60,000). */
  patience?: number
}

/** What it printed: a token, a client certificate with its key, or both. */
export interface ExecCredential {
  token?: string
  certificate?: string
  key?: string
}

export class ExecCredentialError extends Error {
  override name = 'ExecCredentialError'
}

interface Printed {
  kind?: string
  apiVersion?: string
  status?: {
    token?: string
    clientCertificateData?: string
    clientKeyData?: string
    expirationTimestamp?: string
  }
}

interface Known {
  credential: ExecCredential
  /** Milliseconds since the epoch; never without it. */
  expires: number
}

const versions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']
/** Bytes that a plugin may print. */
const largest = 1_048_576

/**
 * Asks the plugin, or answers what it has printed last while that holds. `renew`: it was refused.
 * @throws ExecCredentialError at once when the kubeconfig asks for what cannot be done, later when the plugin fails
 */
export function execCredential(
  plugin: ExecPlugin,
  options: ExecOptions,
): (renew?: boolean) => Promise<ExecCredential> {
  const command = commandOf(plugin, options.path)
  let known: Known | undefined
  let asking: Promise<Known> | undefined
  const ask = () => {
    asking ??= run(command, plugin, options).finally(() => {
      asking = undefined
    })
    return asking
  }
  return async (renew = false) => {
    if (renew || !known || options.clock.now() >= known.expires) known = await ask()
    return known.credential
  }
}

function commandOf({ command, apiVersion = '', interactiveMode }: ExecPlugin, path: string) {
  const refuse = (why: string) => {
    throw new ExecCredentialError(`${path}: the credential plugin ${why}`)
  }
  if (!command) return refuse('has no command')
  if (!versions.includes(apiVersion))
    return refuse(`speaks "${apiVersion}"; these are understood: ${versions.join(', ')}`)
  if (interactiveMode === 'Always')
    return refuse(`${command} needs a terminal to ask at, which there is not`)
  return command.includes('/') ? resolve(dirname(path), command) : command
}

async function run(command: string, plugin: ExecPlugin, options: ExecOptions): Promise<Known> {
  const { apiVersion, provideClusterInfo, env: more } = plugin
  const spec = { interactive: false, ...(provideClusterInfo ? { cluster: options.cluster } : {}) }
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec })
  const env = {
    ...options.env,
    ...Object.fromEntries((more ?? []).map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: info,
  }
  const text = await output(command, plugin, env, options)
  return knownOf(text, command, apiVersion)
}

function output(
  command: string,
  { args, installHint }: ExecPlugin,
  env: Record<string, string | undefined>,
  { clock, patience = 60_000 }: ExecOptions,
): Promise<string> {
  const tooLong = new AbortController()
  const cancel = clock.after(patience, () => tooLong.abort())
  return new Promise((resolve, reject) => {
    const settings = { env, signal: tooLong.signal, maxBuffer: largest }
    execFile(command, args ?? [], settings, (error, stdout, stderr) => {
      cancel()
      if (!error) return resolve(stdout)
      const why = tooLong.signal.aborted ? `took longer than ${patience} ms` : error.message
      const said = stderr.trim().slice(0, 500)
      const hint = 'code' in error && error.code === 'ENOENT' ? (installHint ?? '') : ''
      const message = [`the credential plugin ${command} has failed: ${why}`, said, hint]
      reject(new ExecCredentialError(message.filter(Boolean).join('\n'), { cause: error }))
    })
  })
}

function knownOf(text: string, command: string, apiVersion: string | undefined): Known {
  const refuse = (why: string, cause?: unknown) =>
    new ExecCredentialError(`the credential plugin ${command} printed ${why}`, { cause })
  let printed: Printed
  try {
    printed = JSON.parse(text) as Printed
  } catch (error) {
    throw refuse('what is not JSON', error)
  }
  if (printed.kind !== 'ExecCredential' || printed.apiVersion !== apiVersion)
    throw refuse(`a ${printed.apiVersion} ${printed.kind}, not a ${apiVersion} ExecCredential`)
  const { token, clientCertificateData: certificate, clientKeyData: key } = printed.status ?? {}
  if (!token && !(certificate && key))
    throw refuse('neither a token nor a certificate with its key')
  const expires = Date.parse(printed.status?.expirationTimestamp ?? '')
  return {
    credential: { ...(token && { token }), ...(certificate && key && { certificate, key }) },
    expires: Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires,
  }
}
