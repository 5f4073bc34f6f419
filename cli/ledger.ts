/**
 * What an instance has made on this machine, so that `reset` can take it back. An entry is on disk before the thing
 * exists: a crash in between leaves an entry too many, never one too few.
 */

import { readFileSync } from 'node:fs'
import { writeFileAtomically } from './files.ts'

export type LedgerEntry =
  /** A directory that was not there before, removed with all it holds. */
  | { kind: 'directory'; path: string }
  /** Somebody else's directory that we made only because it was missing: removed when empty. */
  | { kind: 'sharedDirectory'; path: string }
  | { kind: 'link'; name: string }
  /** An `unreachable` route. */
  | { kind: 'route'; destination: string }
  /** In family `inet`. */
  | { kind: 'nftTable'; name: string }
  /** `before` is put back. */
  | { kind: 'sysctl'; name: string; before: string }
  /** In every hierarchy. */
  | { kind: 'cgroup'; path: string }
  /** A CNI network: leases and cached results. */
  | { kind: 'cniNetwork'; name: string }
  /** A context, user and cluster of this name in a kubeconfig; the file too if it was ours alone. */
  | { kind: 'kubeconfig'; path: string; context: string; madeFile: boolean }

export interface Ledger {
  entries(): readonly LedgerEntry[]
  /** Adds it unless the same thing is there already (the first `before` is the true one). On disk when it returns. */
  record(entry: LedgerEntry): void
}

export function openLedger(path: string): Ledger {
  const entries = new Map(read(path).map((entry) => [keyOf(entry), entry]))
  return {
    entries: () => [...entries.values()],
    record(entry) {
      if (entries.has(keyOf(entry))) return
      entries.set(keyOf(entry), entry)
      writeFileAtomically(path, `${JSON.stringify([...entries.values()], null, 2)}\n`)
    },
  }
}

function read(path: string): LedgerEntry[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LedgerEntry[]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function keyOf(entry: LedgerEntry): string {
  switch (entry.kind) {
    case 'directory':
    case 'sharedDirectory':
    case 'cgroup':
      return `${entry.kind} ${entry.path}`
    case 'link':
    case 'nftTable':
    case 'sysctl':
    case 'cniNetwork':
      return `${entry.kind} ${entry.name}`
    case 'route':
      return `${entry.kind} ${entry.destination}`
    case 'kubeconfig':
      return `${entry.kind} ${entry.path} ${entry.context}`
    default:
      return entry satisfies never
  }
}
