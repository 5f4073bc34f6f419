/** The `tiphys` command: reads the command line, makes the context, and loads only the command that was asked for. */

import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { systemRandom } from '../ports/random.ts'
import { systemClock } from '../ports/system-clock.ts'
import { type Shell, shells } from './completion/script.ts'
import { CommandError, type Context } from './context.ts'
import type { DashboardFlags } from './dashboard.ts'
import type { DemoFlags } from './demo/demo.ts'
import type { DevFlags } from './dev.ts'
import type { NewFlags } from './new/new-controller.ts'
import { rolloutCommand, whyCommand } from './rollout/commands.ts'
import type { Flags } from './settings.ts'
import type { UpFlags } from './up.ts'

const interrupted = new AbortController()

// `tiphys status | head` closes the pipe early, or the terminal is closed: nobody is left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (!['EPIPE', 'EIO'].includes(error.code ?? '')) throw error
})

const context = (): Context => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interrupted.abort(new CommandError(`stopped by ${signal}`)))
  return {
    env: process.env,
    uid: process.geteuid?.() ?? -1,
    root: dirname(import.meta.dirname),
    node: process.execPath,
    hostname: hostname(),
    clock: systemClock,
    random: systemRandom,
    out: process.stdout,
    err: process.stderr,
    signal: interrupted.signal,
  }
}

const port = (text: string): number => {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > 65_535)
    throw new InvalidArgumentError('a port is a number from 1 to 65535.')
  return value
}

const anyPort = (text: string): number => (text === '0' ? 0 : port(text))

const count = (text: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('a whole number from 1.')
  return Number(text)
}

const exit = async (code: Promise<number>) => {
  process.exitCode = await code
}

/** A command with the options that say which instance it means. */
function instanceCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--name <name>', 'which instance (default: tiphys)')
    .option(
      '--data-dir <directory>',
      'its data (default: /var/lib/NAME, without root below ~/.local/state)',
    )
    .option('--run-dir <directory>', 'its sockets (default: /run/NAME, without root DATA/run)')
}

function upCommand(): Command {
  return instanceCommand('up', 'start the cluster; what already runs is left alone')
    .addOption(new Option('--storage <kind>', 'where objects are kept').choices(['etcd', 'sqlite']))
    .addOption(
      new Option('--runtime <kind>', 'what runs pods').choices(['containerd', 'simulated']),
    )
    .option('--api-port <port>', 'of the API server (default: 6443)', port)
    .option('--kubelet-port <port>', 'of the node agent (default: 10250)', port)
    .option('--pod-cidr <range>', 'addresses of pods (default: 10.244.0.0/16)')
    .option('--service-cidr <range>', 'addresses of services (default: 10.96.0.0/16)')
    .option('--node-port-range <range>', 'ports of NodePort services (default: 30000-32767)')
    .option(
      '--kubeconfig <file>',
      'where the context goes (default: $KUBECONFIG or ~/.kube/config)',
    )
    .option('--simulated-nodes <count>', 'nodes that --runtime=simulated plays (default: 1)', count)
    .option(
      '--dashboard-port <port>',
      'of the rollout page; 0: any that is free (default: 6480 or the next free one)',
      anyPort,
    )
    .option('--no-dashboard', 'without the rollout page')
    .action(async (flags: UpFlags) => exit((await import('./up.ts')).up(context(), flags)))
}

function program(): Command {
  const tiphys = new Command('tiphys')
    .description('A small Kubernetes: API server, controllers and node agent on one machine.')
    .showHelpAfterError()
    .enablePositionalOptions()
  tiphys.addCommand(upCommand())
  tiphys.addCommand(
    instanceCommand('down', 'stop the cluster; its data stays').action(async (flags: Flags) =>
      exit((await import('./down.ts')).down(context(), flags)),
    ),
  )
  tiphys.addCommand(
    instanceCommand('reset', 'stop the cluster and remove every trace of it, data included').action(
      async (flags: Flags) => exit((await import('./reset.ts')).reset(context(), flags)),
    ),
  )
  tiphys.addCommand(
    instanceCommand('status', 'what runs, since when, and where').action(async (flags: Flags) =>
      exit((await import('./status.ts')).status(context(), flags)),
    ),
  )
  tiphys.addCommand(
    instanceCommand(
      'doctor',
      'everything missing or odd at once, each with the line that mends it',
    ).action(async (flags: Flags) => exit((await import('./doctor.ts')).doctor(context(), flags))),
  )
  tiphys.addCommand(
    instanceCommand('logs', 'what a component wrote')
      .argument(
        '<component>',
        'etcd, containerd, apiserver, controllers, kubelet, dashboard or supervisor',
      )
      .option('-f, --follow', 'go on as it writes')
      .option('-n, --lines <count>', 'how many lines from the end (default: 200)', count)
      .action(async (component: string, flags: Flags & { follow?: boolean; lines?: number }) =>
        exit((await import('./logs.ts')).logs(context(), component, flags)),
      ),
  )
  tiphys.addCommand(rolloutCommand(context, exit))
  tiphys.addCommand(whyCommand(context, exit))
  tiphys.addCommand(dashboardCommand())
  tiphys.addCommand(completionCommand())
  tiphys.addCommand(imageCommand())
  tiphys.addCommand(newCommand())
  tiphys.addCommand(
    new Command('dev')
      .description("run a controller's project here, and anew whenever its files change")
      .argument('[arguments...]', "what the project's own main is told; its --help names them")
      .option('--directory <directory>', 'where the project is', '.')
      .option('--kubeconfig <file>', 'which cluster (default: the one that kubectl means)')
      .passThroughOptions()
      .action(async (words: string[], flags: DevFlags) =>
        exit((await import('./dev.ts')).dev(context(), flags, words)),
      ),
  )
  for (const name of Object.keys(components))
    tiphys.addCommand(
      new Command(name).description(`run the ${name} alone (${name} --help)`).helpOption(false),
    )
  tiphys.addCommand(
    new Command('run-tests')
      .description('all tests: types, lint, unit, end to end')
      .argument('[files...]', 'only these')
      .option('--no-e2e', 'leave out the end-to-end tests')
      .action(async (files: string[], flags: { e2e: boolean }) =>
        exit((await import('./run-tests.ts')).runTests(context(), files, flags)),
      ),
  )
  tiphys.addCommand(
    new Command('run-bench')
      .description('all benchmarks, each against a limit measured in the same run')
      .argument('[names...]', 'only these; --help tells more')
      .helpOption(false)
      .allowUnknownOption()
      .action(async (names: string[]) =>
        exit((await import('./run-program.ts')).runProgram(context(), 'bench/run.ts', names)),
      ),
  )
  tiphys.addCommand(
    new Command('run-demo')
      .description('five minutes: a rollout goes wrong on purpose, explains itself, and is undone')
      .option('--fast', 'without pauses')
      .action(async (flags: DemoFlags) =>
        exit((await import('./demo/demo.ts')).demo(context(), flags)),
      ),
  )
  tiphys.addCommand(
    new Command('run-build')
      .description('the package that controllers import, in dist/')
      .action(async () =>
        exit((await import('./run-program.ts')).runProgram(context(), 'package/main.ts')),
      ),
  )
  return tiphys
}

const completionCommand = (): Command =>
  new Command('completion')
    .description('what a shell needs to complete our commands: source <(tiphys completion bash)')
    .addArgument(new Argument('<shell>', 'which').choices(shells))
    .action(async (shell: Shell) => {
      process.stdout.write((await import('./completion/script.ts')).completionScript(shell))
    })

/** For shells and kubectl; the last word is the one that is being typed. */
async function completeWords(words: string[]): Promise<number> {
  const [{ complete }, { askCluster }] = await Promise.all([
    import('./completion/complete.ts'),
    import('./completion/names.ts'),
  ])
  const asker = context()
  return complete(asker, program(), words, askCluster(asker))
}

const dashboardCommand = (): Command =>
  instanceCommand(
    'dashboard',
    'the rollout page: of the running instance, of any Kubernetes, or of a recording',
  )
    .argument('[file]', 'a recording to look at')
    .option('-n, --namespace <namespace>', 'where to look first (default: what the context says)')
    .option('--kubeconfig <file>', 'which cluster (default: the one that kubectl means)')
    .option('--context <name>', 'which context of it')
    .option('--port <port>', 'where to serve it (default: 6480 or the next free one)', anyPort)
    .action(async (file: string | undefined, flags: DashboardFlags) =>
      exit((await import('./dashboard.ts')).dashboard(context(), file, flags)),
    )

function newCommand(): Command {
  const create = new Command('new').description('begin a project')
  create.addCommand(
    new Command('controller')
      .description('a custom resource with its controller, tests, manifests and image')
      .argument('<name>', 'of the project: shop-window')
      .option('--kind <kind>', 'what its objects are (default: from the name: ShopWindow)')
      .option('--group <group>', 'the API group: a domain of yours', 'example.com')
      .option('--directory <directory>', 'where it goes (default: ./NAME)')
      .option('--no-install', 'leave npm install to you')
      .action(async (name: string, flags: NewFlags) =>
        exit((await import('./new/new-controller.ts')).newController(context(), name, flags)),
      ),
  )
  return create
}

function imageCommand(): Command {
  const image = new Command('image').description('bring images into the cluster without a registry')
  image.addCommand(
    instanceCommand('node', "make a base image of this machine's own Node").action(
      async (flags: Flags) => exit((await import('./image.ts')).imageNode(context(), flags)),
    ),
  )
  image.addCommand(
    instanceCommand('build', 'build a Dockerfile and bring the image in')
      .argument('<directory>', 'the build context')
      .requiredOption('-t, --tag <name>', 'what pods call it: hello:v3')
      .option('-f, --file <path>', 'the Dockerfile, relative to the directory')
      .option('--build-arg <key=value...>', 'as in docker build')
      .action(
        async (
          directory: string,
          flags: Flags & { tag: string; file?: string; buildArg?: string[] },
        ) => exit((await import('./image.ts')).imageBuild(context(), directory, flags)),
      ),
  )
  image.addCommand(
    instanceCommand('load', 'bring in the images of a docker or OCI archive')
      .argument('<file>', 'such as docker save or buildah push oci-archive: write')
      .action(async (file: string, flags: Flags) =>
        exit((await import('./image.ts')).imageLoad(context(), file, flags)),
      ),
  )
  return image
}

type Main = (argv: string[]) => Promise<void>

/** Loaded only when they are run; they read their own flags, `--help` included. */
const components: Record<string, () => Promise<{ main: Main }>> = {
  apiserver: () => import('../apiserver/main.ts'),
  controllers: () => import('../controllers/main.ts'),
  kubelet: () => import('../kubelet/main.ts'),
  'dashboard-server': () => import('../dashboard/main.ts'),
}

async function main([name = '', ...rest]: string[]): Promise<void> {
  if (Object.hasOwn(components, name)) return (await components[name]!()).main(rest)
  if (name === '__complete') return exit(completeWords(rest))
  try {
    await program().parseAsync(
      [name, ...rest].filter((word) => word !== ''),
      { from: 'user' },
    )
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    process.stderr.write(`tiphys: ${error.message}\n`)
    for (const line of error.next) process.stderr.write(`  ${line}\n`)
    process.exitCode = 1
  }
}

await main(process.argv.slice(2))
