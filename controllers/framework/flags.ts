/** The flags of a program of controllers, read from its arguments; what they mean is decided elsewhere. */

import type { Command } from 'commander'
import type { LogLevel } from './log-runs.ts'

export interface RunFlags {
  kubeconfig?: string
  context?: string
  /** Of the Lease; what the kubeconfig or the pod says without it. */
  namespace?: string
  watchNamespace?: string
  leaderElect: boolean
  preflight: boolean
  installKinds: boolean
  healthAddress: string
  healthPort: number
  webhookPort: number
  webhookCertificates: string
  logLevel: LogLevel
}

export interface ManifestFlags {
  namespace?: string
  image?: string
  replicas: number
  watchNamespace?: string
  installKinds: boolean
  /** Only the roles, or only the definitions. */
  role: boolean
  kinds: boolean
  /** A file instead of the standard output. */
  output?: string
}

/** What the arguments ask for. */
export type Wish =
  | { command: 'run'; flags: RunFlags }
  | { command: 'manifests'; flags: ManifestFlags }
  /** Help, or a refusal, was written. */
  | { command: 'none'; code: number }

export interface Output {
  write(text: string): void
  complain(text: string): void
}

const levels: LogLevel[] = ['debug', 'info', 'warn', 'error']

/** Reads `argv`, without the names of the interpreter and the program. */
export async function parseFlags(
  name: string,
  argv: readonly string[],
  output: Output,
): Promise<Wish> {
  const commander = await import('commander')
  let wish: Wish = { command: 'none', code: 0 }
  const program = new commander.Command(name)
    .description(`Run the controllers of ${name}, or print what a cluster needs to run them.`)
    .addHelpText('after', `\n${name} run --help tells of the flags that need no command.`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.write(text),
      writeErr: (text) => output.complain(text),
    })
  runCommand(program, commander).action((flags: RunFlags) => {
    wish = { command: 'run', flags }
  })
  manifestsCommand(program, commander).action((flags: ManifestFlags) => {
    wish = { command: 'manifests', flags }
  })
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof commander.CommanderError)) throw error
    return { command: 'none', code: error.exitCode === 0 ? 0 : 2 }
  }
  return wish
}

type Commander = typeof import('commander')

const whole =
  ({ InvalidArgumentError }: Commander) =>
  (text: string): number => {
    if (/^-?\d{1,9}$/.test(text)) return Number(text)
    throw new InvalidArgumentError('a whole number.')
  }

const boolean =
  ({ InvalidArgumentError }: Commander) =>
  (text: string): boolean => {
    if (text === 'true' || text === 'false') return text === 'true'
    throw new InvalidArgumentError('true or false.')
  }

function runCommand(program: Command, commander: Commander): Command {
  const yesOrNo = boolean(commander)
  const number = whole(commander)
  return program
    .command('run', { isDefault: true })
    .description('run the controllers until SIGTERM or SIGINT (default)')
    .option(
      '--kubeconfig <file>',
      'how to reach the API server (default: KUBECONFIG, the pod, ~/.kube/config)',
    )
    .option('--context <name>', 'which context of the kubeconfig (default: its current one)')
    .option('--namespace <name>', "the lease's namespace (default: the context's or the pod's)")
    .option('--watch-namespace <name>', 'look at this namespace alone (default: all)')
    .option('--leader-elect [boolean]', 'run only while holding the lease', yesOrNo, true)
    .option(
      '--preflight [boolean]',
      'ask first whether all that is declared is allowed',
      yesOrNo,
      true,
    )
    .option('--install-kinds [boolean]', 'apply the definitions of the kinds first', yesOrNo, false)
    .option(
      '--health-address <address>',
      'where health and metrics are served; *: all',
      '127.0.0.1',
    )
    .option('--health-port <port>', '0: any free one, the log says which; -1: none', number, 0)
    .option(
      '--webhook-port <port>',
      'where conversions are served, if any; -1: nowhere',
      number,
      -1,
    )
    .option('--webhook-certificates <directory>', 'with tls.crt and tls.key', '/etc/webhook')
    .addOption(
      new commander.Option('--log-level <level>', 'debug tells of every run')
        .choices(levels)
        .default('info'),
    )
}

function manifestsCommand(program: Command, commander: Commander): Command {
  return program
    .command('manifests')
    .description('print definitions, service account, roles and Deployment as YAML')
    .option('--namespace <name>', 'where it runs (default: its name)')
    .option('--image <image>', 'what it runs (default: its name, v1)')
    .option('--replicas <count>', 'how many; one leads', whole(commander), 1)
    .option('--watch-namespace <name>', 'look at this namespace alone (default: all)')
    .option('--install-kinds', 'let the program apply its definitions itself', false)
    .option('--role', 'print the service account and its roles alone', false)
    .option('--kinds', 'print the definitions alone', false)
    .option('--output <file>', 'write to a file')
}
