/**
 * What to do about a write of which nobody knows whether it was done: look, until the cluster has answered, and wait
 * until the informer has what it said. A request that arrives even later is beyond this; names that follow from the
 * object, and preconditions, are what is left against that.
 */

import { sleep } from '../../ports/clock.ts'
import { Backoff } from './backoff.ts'
import { ApiError, type Ref, type WithMeta } from './cluster.ts'
import type { Informer } from './informer.ts'
import type { Kind } from './kind.ts'
import { newerResourceVersion } from './resource-version.ts'
import { patiently, type WaitOptions } from './waiting.ts'

export interface Unknown {
  kind: Kind
  /** What was to be written; without a name the server was to find one. */
  about: Partial<Ref>
}

/** Between reads that fail, milliseconds. */
const rereads = { first: 100, longest: 10_000 }

/** Resolves when the informer's view is no older than the cluster after the write; rejects when the signal aborts. */
export async function unknownIsSeen(
  options: WaitOptions,
  informer: Informer<WithMeta>,
  write: Unknown,
): Promise<void> {
  const version = await untilAnswered(options, () => newestVersion(options, write))
  const { namespace = '', name = '' } = write.about
  const known = informer.reader.get(namespace, name)
  if (version !== undefined)
    await patiently(options, informer, known ?? { metadata: write.about }, (signal) =>
      informer.whenSeen(version, signal),
    )
  else if (known)
    await patiently(options, informer, known, (signal) => informer.whenRemoved(known, signal))
}

/** Of the object that was to be written, or of all among which it would be if it had been made. */
async function newestVersion(
  { cluster }: WaitOptions,
  { kind, about: { namespace, name } }: Unknown,
): Promise<string | undefined> {
  const place = namespace ? { namespace } : {}
  if (name !== undefined)
    return (await cluster.get(kind, { ...place, name }))?.metadata.resourceVersion
  const { items } = await cluster.list(kind, { ...place, metadataOnly: true })
  const versions = items.map(({ metadata }) => metadata.resourceVersion ?? '')
  return versions.length > 0 ? versions.reduce(newerResourceVersion) : undefined
}

/** `undefined` when the cluster refuses to say: there is nothing to see then. */
async function untilAnswered<T>(
  { clock, random, signal }: WaitOptions,
  ask: () => Promise<T>,
): Promise<T | undefined> {
  const backoff = new Backoff(random, rereads)
  for (;;) {
    signal.throwIfAborted()
    try {
      return await ask()
    } catch (error) {
      if (error instanceof ApiError && error.code < 500 && error.code !== 429) return undefined
      await sleep(clock, backoff.next(), signal)
    }
  }
}
