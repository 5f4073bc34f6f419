/** The commands about rollouts as the command line has them; each loads what it does only when it is asked for. */

import { Command, InvalidArgumentError, Option } from 'commander'
import type { Context } from '../context.ts'
import { milliseconds } from './duration.ts'
import type { GlanceFlags } from './glance.ts'
import type { HistoryFlags } from './history.ts'
import type { LookFlags } from './look.ts'
import type { RecordFlags } from './replay/record.ts'
import type { ReplayFlags } from './replay/replay.ts'
import type { UndoFlags } from './undo.ts'
import type { WatchFlags } from './watch.ts'

type Run = (code: Promise<number>) => Promise<void>
type Make = (context: () => Context, run: Run) => Command

/** `90s`, `10m`, `1h`; a bare number is seconds. */
function lengthOf(text: string): number {
  const length = milliseconds(text)
  if (length === undefined)
    throw new InvalidArgumentError('a length of time such as 90s, 10m or 1h30m.')
  return length
}

/** As kubectl has them. */
const placed = (command: Command): Command =>
  command
    .option('-n, --namespace <namespace>', 'where it is (default: what the context says)')
    .option('--kubeconfig <file>', 'which cluster (default: the one that kubectl means)')
    .option('--context <name>', 'which context of it')

/** Those that can look back. */
const dated = (command: Command): Command =>
  placed(command).option(
    '--at <moment>',
    'as it was then: -5m, 14:03:12, 2026-01-02T14:03:12Z, r1310 (a revision)',
  )

/** For programs. */
const output = (format: 'json' | 'jsonl', description: string): Option =>
  new Option('-o, --output <format>', description).choices([format])

const outcome = new Option('--until <outcome>', 'go on through every other outcome').choices([
  'complete',
  'failed',
])

const watchCommand: Make = (context, run) =>
  dated(new Command('watch'))
    .description(
      'follow a rollout until it is decided: 0 complete, 2 failed, 3 time is up, 4 paused',
    )
    .argument('<deployment>', 'deploy/NAME')
    .addOption(outcome)
    .option('--once', 'show how it stands, and end')
    .option('--fail-fast', 'end as soon as only a change can help, before the deadline')
    .option('--timeout <time>', 'watch no longer than this: 90s, 10m', lengthOf)
    .addOption(output('jsonl', 'one JSON object a change'))
    .action(async (words: string, flags: WatchFlags & GlanceFlags & { once?: boolean }) => {
      // The past does not go on.
      if (flags.once || flags.at !== undefined)
        return run((await import('./glance.ts')).glance(context(), words, flags))
      return run((await import('./watch.ts')).watch(context(), words, flags))
    })

const historyCommand: Make = (context, run) =>
  dated(new Command('history'))
    .description('what it has been: template, images, change, by whom, when, outcome')
    .argument('<deployment>', 'deploy/NAME')
    .addOption(output('json', 'for programs'))
    .action(async (words: string, flags: HistoryFlags) =>
      run((await import('./history.ts')).history(context(), words, flags)),
    )

const diffCommand: Make = (context, run) =>
  dated(new Command('diff'))
    .description('what differs between two templates')
    .argument('<deployment>', 'deploy/NAME')
    .argument('[from]', 'a hash or a revision (default: the one before)')
    .argument('[to]', 'a hash or a revision (default: the present one)')
    .action(
      async (words: string, from: string | undefined, to: string | undefined, flags: LookFlags) => {
        const versions = [from, to].filter((each) => each !== undefined)
        return run((await import('./diff.ts')).diff(context(), words, versions, flags))
      },
    )

const undoCommand: Make = (context, run) =>
  placed(new Command('undo'))
    .description('go back to an earlier template')
    .argument('<deployment>', 'deploy/NAME')
    .option('--to <version>', 'a hash or a revision (default: the one before)')
    .option('--dry-run', 'say what would happen, and write nothing')
    .action(async (words: string, flags: UndoFlags) =>
      run((await import('./undo.ts')).undo(context(), words, flags)),
    )

const recordCommand: Make = (context, run) =>
  placed(new Command('record'))
    .description('write what happened to a file; where the server keeps no history, what happens')
    .argument('[deployment]', 'deploy/NAME (default: all of the namespace)')
    .requiredOption('-o, --output <file>', 'compressed if it ends in .gz: web.jsonl.gz')
    .option('--since <time>', 'only the last 10m (default: all that is kept)', lengthOf)
    .option('--redact-env', 'without the values of environment variables')
    .action(async (words: string | undefined, flags: RecordFlags) =>
      run((await import('./replay/record.ts')).record(context(), words, flags)),
    )

const replayCommand: Make = (context, run) =>
  placed(new Command('replay'))
    .description('see again how a rollout went: from a file, or from what the server keeps')
    .argument('<file>', 'a recording; or deploy/NAME of the cluster')
    .argument('[deployment]', 'deploy/NAME, where the recording has several')
    .option('--play', 'play it at once, and end at the end')
    .addOption(output('jsonl', 'one JSON object a mark'))
    .action(async (file: string, words: string | undefined, flags: ReplayFlags) => {
      const given = [file, ...(words === undefined ? [] : [words])]
      return run((await import('./replay/replay.ts')).replay(context(), given, flags))
    })

const commands = [
  watchCommand,
  historyCommand,
  diffCommand,
  undoCommand,
  recordCommand,
  replayCommand,
]

export function rolloutCommand(context: () => Context, run: Run): Command {
  const rollout = new Command('rollout').description(
    'see how a rollout goes and why, what was before, and go back; on any Kubernetes',
  )
  for (const make of commands) rollout.addCommand(make(context, run))
  return rollout
}

export const whyCommand: Make = (context, run) =>
  dated(new Command('why'))
    .description(
      'why a rollout, a pod or any object is as it is, and who began it; on any Kubernetes',
    )
    .argument('<object>', 'deploy/NAME, pod/NAME, also of one that is gone, or any KIND/NAME')
    .action(async (words: string, flags: LookFlags) =>
      run((await import('./why.ts')).why(context(), words, flags)),
    )
