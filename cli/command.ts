/** Runs other programs to their end. Arguments are lists: nothing goes through a shell. */

import { execFile, spawn } from 'node:child_process'
import { CommandError } from './context.ts'

export interface CommandResult {
  /** 127 when the program does not exist, 128 + n after signal n. */
  code: number
  stdout: string
  stderr: string
}

export interface CommandOptions {
  input?: string
  env?: Record<string, string | undefined>
  cwd?: string
  timeoutMs?: number
}

/** The administrator's path: Debian keeps `nft`, `ip` and `runc` in sbin, which users often lack. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const maxOutput = 64 * 1024 * 1024

/** Never rejects: the caller looks at the code. Output is bounded to 64 MiB. */
export function run(
  program: string,
  args: string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      {
        encoding: 'utf8',
        maxBuffer: maxOutput,
        cwd: options.cwd,
        timeout: options.timeoutMs ?? 0,
        env: { LANG: 'C.UTF-8', ...options.env, PATH: options.env?.PATH ?? systemPath },
      },
      (error, stdout, stderr) =>
        resolve({ code: exitCode(error), stdout, stderr: reason(error, stderr) }),
    )
    child.stdin?.on('error', () => {
      // The program ended without reading its input; its exit code says the rest.
    })
    child.stdin?.end(options.input ?? '')
  })
}

/** As `run`, but rejects with the program's own words when it fails. */
export async function runOrThrow(
  program: string,
  args: string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, options)
  if (code === 0) return stdout
  const words = stderr.trim() || stdout.trim()
  throw new CommandError(`${[program, ...args].join(' ')} ended with ${code}:\n${words}`)
}

/**
 * Runs in the foreground on this terminal; resolves with the exit code. An interrupt at the keyboard reaches it anyway;
 * what only this process was told ends it by `signal`.
 */
export function runInherited(
  program: string,
  args: string[],
  options: Pick<CommandOptions, 'env' | 'cwd'> & { signal?: AbortSignal } = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', cwd: options.cwd, env: options.env })
    options.signal?.addEventListener('abort', () => child.kill('SIGTERM'), { once: true })
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(signal ? 128 : (code ?? 1)))
  })
}

type ExecError = Error & { code?: number | string | null; signal?: NodeJS.Signals | null }

function exitCode(error: ExecError | null): number {
  if (!error) return 0
  if (typeof error.code === 'number') return error.code
  return error.code === 'ENOENT' ? 127 : 128
}

function reason(error: ExecError | null, stderr: string): string {
  return error && typeof error.code !== 'number' && stderr === '' ? error.message : stderr
}
