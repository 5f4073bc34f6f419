/**
 * The end of a CustomResourceDefinition: its instances are deleted, it says how that goes, and when none is left it
 * lets go. Every server of a store does this; whoever is first is as good as any.
 */

import { type Clock, sleep, time } from '../../ports/clock.ts'
import type { RegistryPorts } from '../registry/ports.ts'
import { cleanupFinalizer } from '../resources/apiextensions/definition-deletion.ts'
import type { CustomResourceDefinition } from '../schema/structural/definition.ts'
import type { Revision } from '../storage/storage.ts'
import { deleteAll, isEmpty, somethingChanged } from './cleanup.ts'
import type { ServedKinds } from './served-kinds.ts'
import { awaitsCleanup, isEstablished, withTerminating } from './status.ts'

/** A definition and the revision at which it stands so. */
export interface Stored {
  definition: CustomResourceDefinition
  revision: Revision
}

export interface FinishingPorts {
  registry: RegistryPorts
  served: ServedKinds
  clock: Clock
  /** Aborts when the server stops. */
  signal: AbortSignal
  find(name: string): Stored | undefined
  /** Whether nobody else was faster; `undefined` deletes. */
  write(current: Stored, next: CustomResourceDefinition | undefined): Promise<boolean>
}

/** Until the definition looks again without being told to. */
const retryAfter = 1_000
/** How long instances may take to go before the definition says that they do not. */
const checkAfter = 60_000

type Said = Parameters<typeof withTerminating>[1]
type Outcome = { done: boolean; said: Said }

/** Resolves when the definition has let go, by whichever server, or when this one stops. */
export async function finish(ports: FinishingPorts, name: string): Promise<void> {
  const { clock, served, signal, registry } = ports
  const since = clock.monotonic()
  await served.loaded()
  for (;;) {
    const current = ports.find(name)
    if (!current || signal.aborted || !awaitsCleanup(current.definition)) return
    const { definition } = current
    const { said, done } = await deleteInstances(ports, definition, since)
    const told = withTerminating(definition, said, time(clock.now()))
    if (done) {
      if (await ports.write(current, withoutFinalizer(told))) return
    } else {
      if (told !== definition) await ports.write(current, told)
      const known = served.of(name)
      if (known) await somethingChanged(known.cache, clock, signal)
      else await sleep(clock, retryAfter, signal).catch(() => {})
    }
    if (!signal.aborted) await registry.hub.fresh()
  }
}

const ended = (reason: string, message: string): Outcome => ({
  said: { status: 'False', reason, message },
  done: true,
})

const going = (reason: string, message: string): Outcome => ({
  said: { status: 'True', reason, message },
  done: false,
})

async function deleteInstances(
  { registry, served, clock, signal }: FinishingPorts,
  definition: CustomResourceDefinition,
  since: number,
): Promise<Outcome> {
  if (served.overlapsBuiltIn(definition))
    return ended(
      'OverlappingBuiltInResource',
      'instances overlap with built-in resources in storage',
    )
  if (!isEstablished(definition)) return ended('NeverEstablished', 'resource was never established')
  const known = served.of(definition.metadata.name ?? '')
  if (!known)
    return going('InstanceDeletionFailed', 'could not list instances: the schema cannot be served')
  const { kind, cache } = known
  try {
    await deleteAll(registry, kind.stored, cache, signal)
  } catch (error) {
    const { message } = error as Error
    return going('InstanceDeletionFailed', `could not issue all deletes: ${message}`)
  }
  if (await isEmpty(registry, kind.stored))
    return ended('InstanceDeletionCompleted', 'removed all instances')
  return clock.monotonic() - since < checkAfter
    ? going('InstanceDeletionInProgress', 'CustomResource deletion is in progress')
    : going(
        'InstanceDeletionCheck',
        'could not confirm zero CustomResources remaining: timed out waiting for the condition',
      )
}

/** `undefined` where nothing else holds it. */
function withoutFinalizer(
  definition: CustomResourceDefinition,
): CustomResourceDefinition | undefined {
  const { metadata } = definition
  const finalizers = (metadata.finalizers ?? []).filter((one) => one !== cleanupFinalizer)
  return finalizers.length === 0
    ? undefined
    : { ...definition, metadata: { ...metadata, finalizers } }
}
