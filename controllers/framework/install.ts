/**
 * Makes a server serve kinds: applies their definitions and waits until they are established. It takes nothing away;
 * a definition that somebody else owns in part keeps what this one does not say.
 */

import { type Clock, sleep } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { Backoff } from './backoff.ts'
import { type Cluster, ConnectionError } from './cluster.ts'
import { CustomResourceDefinition } from './custom-resource-definition.ts'

/** Where to install kinds, and as whom. */
export interface InstallOptions {
  cluster: Cluster
  clock: Clock
  random: Random
  /** Who owns the definitions. */
  fieldManager: string
  signal?: AbortSignal
  /** Milliseconds to wait for them to be established (30,000). */
  patience?: number
}

/** A server that does not take a definition, or not in time. */
export class InstallError extends Error {
  override name = 'InstallError'
}

/**
 * Server-side applies `definitions` and resolves when all of them are served.
 *
 *     await installKinds([manifestOf(Site)], { cluster, clock, random, fieldManager: 'site' })
 *
 * @throws InstallError
 */
export async function installKinds(
  definitions: readonly CustomResourceDefinition[],
  options: InstallOptions,
): Promise<void> {
  const { clock, patience = 30_000 } = options
  const deadline = clock.monotonic() + patience
  await Promise.all(
    definitions.map(async (definition) => {
      await apply(definition, options)
      await established(definition, options, deadline)
    }),
  )
}

function apply(body: CustomResourceDefinition, { cluster, fieldManager }: InstallOptions) {
  const { name = '' } = body.metadata
  const patch = { type: 'apply', body, force: true } as const
  return cluster.patch(CustomResourceDefinition, { name }, patch, { fieldManager })
}

async function established(
  { metadata: { name = '' } }: CustomResourceDefinition,
  { cluster, clock, random, signal }: InstallOptions,
  deadline: number,
): Promise<void> {
  const backoff = new Backoff(random, { first: 50, longest: 1_000 })
  for (;;) {
    const why = await obstacle(name, cluster)
    if (why === undefined) return
    if (clock.monotonic() >= deadline)
      throw new InstallError(`${name} was applied but is not served: ${why}`)
    await sleep(clock, Math.min(backoff.next(), deadline - clock.monotonic()), signal)
  }
}

/** Why it is not served yet; `undefined` when it is. */
async function obstacle(name: string, cluster: Cluster): Promise<string | undefined> {
  try {
    const definition = await cluster.get(CustomResourceDefinition, { name })
    const conditions = definition?.status?.conditions ?? []
    const refused = conditions.find(
      ({ type, status }) => type === 'NamesAccepted' && status === 'False',
    )
    if (refused) throw new InstallError(`${name} cannot be served: ${refused.message}`)
    const served = conditions.find(({ type }) => type === 'Established')
    if (served?.status === 'True') return undefined
    return served?.message ?? 'the server has not looked at it yet'
  } catch (error) {
    if (error instanceof ConnectionError) return error.message
    throw error
  }
}
