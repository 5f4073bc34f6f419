/**
 * `tiphys reset`: removes every trace of an instance and then looks whether any is left. Goes by the ledger, and where
 * that is gone by the instance's name.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError, type Context } from './context.ts'
import { hasContext, unmergeKubeconfig } from './kubeconfig.ts'
import { type LedgerEntry, openLedger } from './ledger.ts'
import {
  findMounts,
  findProcesses,
  remainsOf,
  removeEntry,
  removeMounts,
  removeProcesses,
} from './remains.ts'
import {
  type Flags,
  type Location,
  loadSettings,
  locate,
  pathsOf,
  settingsFile,
} from './settings.ts'
import { otherInstances } from './siblings.ts'
import { ticked } from './steps.ts'
import { stopInstance } from './stop.ts'

export async function reset(context: Context, flags: Flags): Promise<number> {
  const asked = locate(context, flags)
  const settings = loadSettings(asked)
  const location: Location = settings ?? asked
  if (settings?.runtime === 'containerd' && context.uid !== 0)
    throw new CommandError('this cluster was started by root', ['sudo npm run reset'])
  const entries = entriesOf(context, location)
  const steps = ticked(context)
  await steps.step(`stop ${location.name}`, () => stopInstance(context, location))
  await steps.step('remove what it made', () => removeAll(context, location, entries))
  const remains = await whatRemains(location, entries)
  if (remains.length === 0) {
    steps.note(`Nothing of ${location.name} is left.`)
    return 0
  }
  steps.note(`Still there:\n${remains.map((line) => `  ${line}`).join('\n')}`)
  return 1
}

/** What to take back, in the order in which it can be. */
function entriesOf(context: Context, location: Location): LedgerEntry[] {
  const { ledger } = pathsOf(location)
  const recorded = existsSync(ledger) ? openLedger(ledger).entries() : byName(context, location)
  const alone = otherInstances(location).length === 0
  const order: LedgerEntry['kind'][] = [
    'nftTable',
    'link',
    'route',
    'sysctl',
    'cgroup',
    'cniNetwork',
    'kubeconfig',
    'directory',
    'sharedDirectory',
  ]
  return recorded
    .filter(({ kind }) => alone || kind !== 'sysctl')
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || pathLength(b) - pathLength(a))
}

/** Deeper directories first: the ledger may stand in one of them, the shared ones in each other. */
const pathLength = (entry: LedgerEntry) => ('path' in entry ? entry.path.length : 0)

/** The ledger is gone, somebody removed the data: what carries the instance's name is still ours. */
function byName(context: Context, { name, dataDir, runDir }: Location): LedgerEntry[] {
  const ours = (directory: string, mark: string): LedgerEntry[] =>
    existsSync(mark) ? [{ kind: 'directory', path: directory }] : []
  const kernel: LedgerEntry[] =
    context.uid === 0
      ? [
          { kind: 'nftTable', name },
          { kind: 'link', name: `${name}0` },
          { kind: 'cgroup', path: `/${name}` },
          { kind: 'cniNetwork', name },
        ]
      : []
  return [
    ...kernel,
    ...ours(runDir, join(runDir, 'supervised.json')),
    ...ours(dataDir, settingsFile({ dataDir })),
  ]
}

async function removeAll(context: Context, location: Location, entries: LedgerEntry[]) {
  await removeProcesses(location, context.clock)
  await removeMounts(location)
  for (const entry of entries) {
    if (entry.kind === 'kubeconfig') unmergeKubeconfig(entry.path, entry.context, entry.madeFile)
    else await removeEntry(entry, context.clock)
  }
}

async function whatRemains(location: Location, entries: LedgerEntry[]): Promise<string[]> {
  const of = await Promise.all(entries.map((entry) => remainsOf(entry)))
  const contexts = entries.flatMap((entry) =>
    entry.kind === 'kubeconfig' && hasContext(entry.path, entry.context)
      ? [`context ${entry.context} in ${entry.path}`]
      : [],
  )
  return [
    ...findProcesses(location).map(({ pid }) => `process ${pid}`),
    ...findMounts(location).map((point) => `mount ${point}`),
    ...of.flat(),
    ...contexts,
  ]
}
