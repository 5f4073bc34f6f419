/**
 * Who owns what matches a selector: takes in orphans that match and lets go of owned objects that no longer do, as
 * every controller with a selector must. It never takes an object from another controller.
 */

import type { KubernetesObject, OwnerReference } from '../../api/object.ts'
import { controllerOf } from '../../api/owner.ts'
import { type Selector, selectorMatches } from '../../api/selector.ts'
import { ApiError, isNotFound, type Patch, type Ref, type WithMeta } from './cluster.ts'
import { apiVersion, type Kind } from './kind.ts'

export { controllerOf }

/** What a controller writes into what it creates: it owns it, and foreground deletion waits for it. */
export function controllerReference(kind: Kind<never> | Kind, owner: WithMeta): OwnerReference {
  return {
    apiVersion: apiVersion(kind),
    kind: kind.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}

/** What to do about an object: it is the owner's already, is to become so, is to be let go, or is none of its business. */
export type Claim = 'owned' | 'adopt' | 'release' | 'ignore'

/** What an owner does about one object it could own. */
export function claimOf(owner: WithMeta, selector: Selector, object: WithMeta): Claim {
  const current = controllerOf(object)
  const matches = selectorMatches(selector, object.metadata.labels)
  if (current) {
    if (current.uid !== owner.metadata.uid) return 'ignore'
    if (matches) return 'owned'
    return owner.metadata.deletionTimestamp ? 'ignore' : 'release'
  }
  if (!matches || owner.metadata.deletionTimestamp || object.metadata.deletionTimestamp)
    return 'ignore'
  return object.metadata.namespace === owner.metadata.namespace ? 'adopt' : 'ignore'
}

/** What a run's context must be able to do: read the owner live and write what is claimed. */
export interface ClaimContext<Owner, T> {
  live(kind: Kind<Owner>, ref: Ref): Promise<Owner | undefined>
  patch(kind: Kind<T>, ref: Ref, patch: Patch): Promise<T>
}

/** Whose objects, and which. */
export interface ClaimOptions<Owner, T> {
  ownerKind: Kind<Owner>
  owner: Owner
  kind: Kind<T>
  selector: Selector
  /** What it owns, and orphans that may match. */
  candidates: readonly T[]
}

/**
 * The candidates that are the owner's when it returns, the newly adopted among them. Before the first adoption the owner
 * is read live: one that is gone, replaced or being deleted adopts nothing, and this rejects.
 */
export async function claim<Owner extends WithMeta, T extends WithMeta>(
  context: ClaimContext<NoInfer<Owner>, NoInfer<T>>,
  { ownerKind, owner, kind, selector, candidates }: ClaimOptions<Owner, T>,
): Promise<T[]> {
  const owned: T[] = []
  let mayAdopt: Promise<void> | undefined
  for (const object of candidates) {
    switch (claimOf(owner, selector, object)) {
      case 'owned':
        owned.push(object)
        break
      case 'adopt': {
        mayAdopt ??= assertAlive(context, ownerKind, owner)
        await mayAdopt
        const references = [
          ...(object.metadata.ownerReferences ?? []),
          controllerReference(ownerKind as Kind<never>, owner),
        ]
        const adopted = await writeReferences(context, kind, object, references)
        if (adopted) owned.push(adopted)
        break
      }
      case 'release': {
        const references = (object.metadata.ownerReferences ?? []).filter(
          (reference) => reference.uid !== owner.metadata.uid,
        )
        await writeReferences(context, kind, object, references)
        break
      }
      case 'ignore':
    }
  }
  return owned
}

async function assertAlive<Owner extends WithMeta>(
  context: Pick<ClaimContext<Owner, never>, 'live'>,
  kind: Kind<Owner>,
  owner: Owner,
): Promise<void> {
  const { namespace, name = '', uid } = owner.metadata
  const fresh = await context.live(kind, namespace === undefined ? { name } : { namespace, name })
  if (fresh?.metadata.uid !== uid)
    throw new Error(
      `cannot adopt: original ${kind.kind} ${namespace}/${name} is gone: got uid ${fresh?.metadata.uid ?? 'none'}, wanted ${uid}`,
    )
  if (fresh?.metadata.deletionTimestamp)
    throw new Error(
      `cannot adopt: ${namespace}/${name} has just been deleted at ${fresh.metadata.deletionTimestamp}`,
    )
}

/** `undefined` when the object is gone by now. Rejects with Conflict when it has changed: look again. */
async function writeReferences<T extends WithMeta>(
  context: Pick<ClaimContext<never, T>, 'patch'>,
  kind: Kind<T>,
  object: T,
  ownerReferences: OwnerReference[],
): Promise<T | undefined> {
  const {
    namespace,
    name = '',
    uid,
    resourceVersion,
  } = object.metadata as KubernetesObject['metadata']
  const body = { metadata: { uid, resourceVersion, ownerReferences } }
  try {
    const ref = namespace === undefined ? { name } : { namespace, name }
    return await context.patch(kind, ref, { type: 'merge', body })
  } catch (error) {
    if (isNotFound(error)) return undefined
    // Another object of that name by now.
    if (error instanceof ApiError && error.reason === 'Invalid') return undefined
    throw error
  }
}
