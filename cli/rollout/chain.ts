/** The lineage of an object as lines, where the server keeps one. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Subject } from '../../history/past.ts'
import { type ChainLine, chainOf } from '../../rollouts/chain.ts'
import { type Line, line, piece, type Tone } from './line.ts'
import type { Reading } from './look.ts'

const tones: Readonly<Record<ChainLine['kind'], Tone>> = {
  link: 'plain',
  woke: 'faint',
  end: 'faint',
}

/** What is inferred is said to be so, and fainter. */
export const chainLines = (chain: readonly ChainLine[]): Line[] =>
  chain.map(({ text, kind, inferred }) => [piece(text, inferred ? 'faint' : tones[kind])])

export interface ChainQuestion {
  /** Milliseconds since the epoch. */
  now: number
  revision?: number
  path?: string
}

/** `undefined` when the server tells nothing of the past, or keeps nothing of that object. */
export async function lineageLines(
  { past }: Pick<Reading, 'past'>,
  subject: Subject,
  { now, ...question }: ChainQuestion,
): Promise<Line[] | undefined> {
  const lineage = await past.why(subject, question)
  return lineage && lineage.links.length > 0 ? chainLines(chainOf(lineage, now)) : undefined
}

/** Who wants an object gone that is still there, and why; nothing where nobody does. */
export async function leavingLines(
  look: Pick<Reading, 'past'>,
  subject: Subject,
  { now, object }: { now: number; object: KubernetesObject | undefined },
): Promise<Line[]> {
  if (!object?.metadata.deletionTimestamp) return []
  const told = await lineageLines(look, subject, { now, path: 'metadata.deletionTimestamp' })
  return told ? [...told, line('')] : []
}

/** Said where the chain is inferred from what the objects say today. */
export const inferredNote: Line = line(
  'This server tells nothing of who caused what: the chain is inferred from owners, managed fields and events.',
  'faint',
)
