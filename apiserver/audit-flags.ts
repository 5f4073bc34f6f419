/** The flags of the audit log, and the log that they ask for; without them none of its code is loaded. */

import { readFile } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { type Command, InvalidArgumentError } from 'commander'
import type { Clock } from '../ports/clock.ts'
import type { AuditLog } from './audit/audit-log.ts'
import type { AuditPolicy } from './audit/policy.ts'

export interface AuditFlags {
  auditPolicyFile?: string
  auditLogPath?: string
  auditLogMaxsize: number
  auditLogMaxbackup: number
  auditLogMaxage: number
}

const whole = (text: string): number => {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('a whole number, 0 or more.')
  return Number(text)
}

export function addAuditFlags(command: Command): Command {
  return command
    .option('--audit-policy-file <file>', 'what of which requests is kept: a Policy')
    .option('--audit-log-path <file>', "where it is kept, a line each; '-' is standard output")
    .option('--audit-log-maxsize <megabytes>', 'how large a file may become', whole, 100)
    .option('--audit-log-maxbackup <files>', 'how many full ones are kept; 0: all', whole, 10)
    .option('--audit-log-maxage <days>', 'how old they may become; 0: any age', whole, 0)
}

export interface AuditFlagPorts {
  clock: Clock
  /** Standard output. */
  output: Writable
  report(error: unknown): void
}

const dayMs = 24 * 3_600_000
const defaultMegabytes = 100

/** @throws Error where the policy or the file is no good, and says how */
export async function openAudit(
  flags: AuditFlags,
  ports: AuditFlagPorts,
): Promise<AuditLog | undefined> {
  const { auditPolicyFile: policyFile, auditLogPath: path } = flags
  if (policyFile === undefined && path === undefined) return undefined
  if (policyFile === undefined || path === undefined)
    throw new Error('--audit-policy-file and --audit-log-path need each other: give both')
  const policy = await readPolicy(policyFile)
  const { AuditLog } = await import('./audit/audit-log.ts')
  return new AuditLog({ ...ports, policy, target: await targetOf(path, flags, ports) })
}

async function readPolicy(file: string): Promise<AuditPolicy> {
  const { parsePolicy, PolicyError } = await import('./audit/policy.ts')
  try {
    return parsePolicy(await readFile(file))
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    throw new Error(`loading audit policy file: ${error.message}: from file ${file}`)
  }
}

async function targetOf(
  path: string,
  flags: AuditFlags,
  { clock, output, report }: AuditFlagPorts,
) {
  if (path === '-') {
    const { streamTarget } = await import('./audit/stream-target.ts')
    return streamTarget(output, 'standard output')
  }
  const { RotatingFile } = await import('./audit/rotating-file.ts')
  const rotation = {
    maximumBytes: (flags.auditLogMaxsize || defaultMegabytes) * 2 ** 20,
    backups: flags.auditLogMaxbackup,
    ageMs: flags.auditLogMaxage * dayMs,
  }
  const file = new RotatingFile(path, rotation, { clock, report })
  await file.open()
  return file
}
