/** Sends the status that a run has spoken, when it has ended: once, whichever way it ended. */

import type { Applier } from './applier.ts'
import { statusBody } from './apply.ts'
import { isConflict, isNotFound } from './cluster.ts'
import type { Primary } from './primary.ts'
import type { Result } from './result.ts'
import type { StatusDraft } from './status.ts'
import type { OwnWrites } from './writes.ts'

export interface ReportingOptions {
  primary: Primary
  status: StatusDraft
  applier: Applier
  writes: OwnWrites
}

/** Runs `task`; when it throws, what it said is added to the status that is there. */
export async function reporting(
  options: ReportingOptions,
  task: () => Promise<Result>,
): Promise<Result> {
  const { status, primary } = options
  let result: Result
  try {
    result = await task()
  } catch (error) {
    // What was thrown counts; a status that cannot be written as well will be, by the retry.
    await send(options, status.words(primary.seen?.status)).catch(() => {})
    throw error
  }
  await send(options, status.words())
  return result
}

async function send(
  { primary, applier, writes }: ReportingOptions,
  words: object | undefined,
): Promise<void> {
  const { kind, seen } = primary
  if (!words || !seen) return
  try {
    await applier.apply(kind, statusBody(kind, seen, words), {
      subresource: 'status',
      force: true,
      // What was concluded from an old view must not stand over what was concluded from a newer one.
      version: writes.versionOf(seen) ?? seen.metadata.resourceVersion,
    })
  } catch (error) {
    if (!isConflict(error) && !isNotFound(error)) throw error
    const now = await primary.now()
    // It has gone, and perhaps another one has come: nothing of this was about that.
    if (now?.metadata.uid !== seen.metadata.uid) return
    if (!isNotFound(error)) throw error
    throw new Error(`${kind.kind} has no status subresource: declare a status with the kind`)
  }
}
