/**
 * What the stores of Worlds hold at the beginning: the objects that a server makes for itself, and definitions of
 * custom resources. Each set is made once in a process, by a real server at a fixed time and with a fixed seed, and then
 * shared as it is: what differs between two Worlds is only what is done in them.
 */

import type { ApiServer } from '../apiserver/server.ts'
import { MemoryStorage, type Snapshot } from '../apiserver/storage/memory.ts'
import { CustomResourceDefinition } from '../controllers/framework/custom-resource-definition.ts'
import type { Clock } from '../ports/clock.ts'
import { type Random, seededRandom } from '../ports/random.ts'
import { drain, VirtualClock } from '../ports/virtual-clock.ts'

export type Definition = CustomResourceDefinition

/** Starts a server on a store. @param bootstrapped what a server makes for itself is in the store */
export type StartOn = (
  storage: MemoryStorage,
  ports: { clock: Clock; random: Random; report(error: unknown): void },
  bootstrapped: boolean,
) => Promise<{ server: ApiServer; close(): Promise<void> }>

/** Sets of definitions whose records are kept; the one that was made first goes first. */
const maxKept = 32
/** A definition is served within this time, by the clock of the server that makes it; else never. */
const servedWithinMs = 10_000

const kept = new Map<string, Promise<Snapshot>>()

/** @throws ApiError where a definition is refused */
export function recordsWith(
  definitions: readonly Definition[],
  startOn: StartOn,
): Promise<Snapshot> {
  const key = JSON.stringify(definitions)
  const known = kept.get(key)
  if (known) return known
  const made = make(definitions, startOn)
  kept.set(key, made)
  made.catch(() => kept.delete(key))
  if (kept.size > maxKept) for (const [oldest] of [...kept].slice(0, 1)) kept.delete(oldest)
  return made
}

async function make(definitions: readonly Definition[], startOn: StartOn): Promise<Snapshot> {
  const first = definitions.length === 0
  const storage = new MemoryStorage(first ? undefined : await recordsWith([], startOn))
  const clock = new VirtualClock()
  const problems: unknown[] = []
  const report = (error: unknown) => problems.push(error)
  const { server, close } = await startOn(
    storage,
    { clock, random: seededRandom(0), report },
    !first,
  )
  try {
    for (const definition of definitions)
      await server.cluster().create(CustomResourceDefinition, definition)
    // Some records are made in the background.
    await drain()
    for (const definition of definitions) await served(server, definition, clock)
    if (problems.length > 0) throw problems[0]
    return storage.snapshot()
  } finally {
    await close()
  }
}

/** @throws Error where it is not, which its conditions say more about */
async function served(
  server: ApiServer,
  definition: Definition,
  clock: VirtualClock,
): Promise<void> {
  const { group, names, versions } = definition.spec
  const { registry } = server
  const missing = () =>
    versions.find(({ name, served }) => served && !registry.find(group, name, names.plural))
  while (missing() && (clock.next() ?? servedWithinMs) < servedWithinMs - clock.monotonic())
    await clock.advance(clock.next() ?? 0)
  const version = missing()
  if (!version) return
  const { name = '' } = definition.metadata
  const { status } = (await server.cluster().get(CustomResourceDefinition, { name })) ?? {}
  const reasons = status?.conditions?.map(
    ({ type, status, message }) => `${type}=${status} ${message}`,
  )
  throw new Error(`${version.name} of ${name} is not served: ${reasons?.join('; ')}`)
}
