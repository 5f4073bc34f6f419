/**
 * Notices controllers that answer their own writes: run after run that nothing but the last run's write has caused, each
 * changing the same field again. It warns once, and slows them down so that they harm nobody else.
 */

import type { Cause } from './causes.ts'
import type { WithMeta } from './cluster.ts'
import type { Key } from './inputs.ts'
import type { Kind } from './kind.ts'
import { keyText } from './queue.ts'
import { Recent } from './recent.ts'

/** An object that a run has changed, as the run's view had it and as the server answered. */
export interface Changed {
  kind: Kind
  before: WithMeta
  after: WithMeta
}

/** What follows from a run. */
export interface Verdict {
  warning?: string
  /** Milliseconds before the key may run again. */
  pause: number
}

/** Runs in a row that count as a loop. */
const suspicious = 8
/** Milliseconds between two runs of one. */
const slow = 1_000
/** Keys that are watched at once, and fields of one write. */
const watched = 10_000
const fields = 64

interface Chain {
  /** `KIND RESOURCEVERSION` of each write of the last run. */
  written: Set<string>
  /** Fields that every run of the chain has changed; `undefined` before the second. */
  paths: Set<string> | undefined
  runs: number
}

export class Loops {
  readonly #chains = new Recent<Chain>(watched)

  /** Tells of a run that has ended; answers a warning once when it makes a loop. */
  ended(key: Key, causes: readonly Cause[], changes: readonly Changed[]): Verdict {
    const text = keyText(key)
    const real = changes.filter(({ before, after }) => versionOf(before) !== versionOf(after))
    const chain = this.#chains.get(text)
    this.#chains.delete(text)
    if (real.length === 0) return { pause: 0 }
    const written = new Set(real.map(({ kind, after }) => `${kind.kind} ${versionOf(after)}`))
    if (!chain || !isCausedBy(causes, chain.written)) {
      this.#chains.set(text, { written, paths: undefined, runs: 1 })
      return { pause: 0 }
    }
    const paths = new Set(real.flatMap(pathsOf))
    const common = new Set([...paths].filter((path) => chain.paths?.has(path) ?? true))
    const runs = common.size === 0 ? 1 : chain.runs + 1
    this.#chains.set(text, { written, paths: common.size === 0 ? undefined : common, runs })
    if (runs < suspicious) return { pause: 0 }
    return runs > suspicious
      ? { pause: slow }
      : { pause: slow, warning: warning(text, [...common]) }
  }
}

const warning = (key: string, paths: string[]): string =>
  `${suspicious} runs of ${key} in a row were caused by nothing but its own writes, and each changed ` +
  `${paths.join(', ')} again: write what follows from the spec, not from the last value`

const versionOf = ({ metadata }: WithMeta): string | undefined => metadata.resourceVersion

const isCausedBy = (causes: readonly Cause[], written: ReadonlySet<string>): boolean =>
  causes.length > 0 &&
  causes.every((cause) => 'kind' in cause && written.has(`${cause.kind} ${cause.resourceVersion}`))

function pathsOf({ kind, before, after }: Changed): string[] {
  const { namespace = '', name } = after.metadata
  const paths: string[] = []
  collect(before, after, '', paths)
  return paths.map((path) => `${kind.kind} ${namespace}/${name} ${path}`)
}

/** Written by every write, and by the server. */
const ignored = new Set([
  '.metadata.resourceVersion',
  '.metadata.generation',
  '.metadata.managedFields',
])

function collect(before: unknown, after: unknown, path: string, paths: string[]): void {
  if (before === after || ignored.has(path) || paths.length >= fields) return
  if (!isComposite(before) || !isComposite(after)) {
    paths.push(path)
    return
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  for (const name of names) {
    const step = Array.isArray(after) ? `[${name}]` : `.${name}`
    collect(before[name], after[name], path + step, paths)
  }
}

const isComposite = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
