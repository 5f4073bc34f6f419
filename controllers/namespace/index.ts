/** Lets a namespace go: empties it of every kind the server serves, says what it waits for, then finalizes it. */

import { isDeepStrictEqual } from 'node:util'
import type { Namespace as NamespaceObject } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import {
  anyKind,
  type Cluster,
  type ContextOf,
  type Controller,
  controller,
  type DiscoveredKind,
  isNotFound,
  Namespace,
  Pod,
  type Result,
} from '../framework/index.ts'
import { deletionConditions } from './conditions.ts'
import { emptyNamespace, type Remaining } from './content.ts'

const finalizer = 'kubernetes'
/** Milliseconds until content that lingers is looked at again: a pod's going is noticed at once. */
const lookAgain = { first: 500, longest: 15_000 }

const emptying = controller(Namespace)
  .watches(Pod, ({ metadata: { namespace = '' } }, read) => {
    const isGoing = read(Namespace).get('', namespace)?.metadata.deletionTimestamp !== undefined
    return isGoing ? [{ namespace: '', name: namespace }] : []
  })
  .writes(anyKind)
  .whileDeleting()
  .concurrency(4)

type NamespaceContext = ContextOf<typeof emptying>

/** @param cluster for what no informer knows: all kinds, and their objects */
export const namespaceController = (cluster: Pick<Cluster, 'discover' | 'list'>): Controller =>
  emptying.reconcile((namespace, context) => reconcile(namespace, context, cluster))

async function reconcile(
  namespace: NamespaceObject,
  context: NamespaceContext,
  cluster: Pick<Cluster, 'discover' | 'list'>,
): Promise<Result> {
  if (!namespace.metadata.deletionTimestamp) return undefined
  if (!namespace.spec?.finalizers?.includes(finalizer)) return undefined
  const { name = '', uid } = namespace.metadata
  let discoveryFailure: unknown
  const kinds = await cluster.discover().catch((error: unknown): DiscoveredKind[] => {
    discoveryFailure = error
    return [{ ...Pod, verbs: ['list', 'delete'] }]
  })
  const remaining = await emptyNamespace({
    namespace: name,
    kinds,
    cluster,
    remove: context.remove,
    because: (live) => live?.metadata.uid === uid && live?.metadata.deletionTimestamp !== undefined,
  })
  const told = await tell(namespace, remaining, discoveryFailure, context)
  if (!told) return undefined
  const empty =
    discoveryFailure === undefined &&
    remaining.resources.size === 0 &&
    remaining.failures.size === 0
  if (!empty) return { requeueAfter: patience(namespace, context) }
  await finalize(told, context)
  return undefined
}

/** The longer it lasts, the less often it is looked at. */
function patience({ metadata }: NamespaceObject, { clock }: NamespaceContext): number {
  const since = clock.now() - Date.parse(metadata.deletionTimestamp ?? '')
  return Math.min(lookAgain.longest, Math.max(lookAgain.first, since / 4 || 0))
}

/** Writes phase and conditions where they have changed; nothing when the namespace is gone meanwhile. */
async function tell(
  namespace: NamespaceObject,
  remaining: Remaining,
  discoveryFailure: unknown,
  { update, clock }: NamespaceContext,
): Promise<NamespaceObject | undefined> {
  const old = namespace.status?.conditions ?? []
  const conditions = deletionConditions(old, remaining, discoveryFailure, time(clock.now()))
  const unchanged =
    namespace.status?.phase === 'Terminating' && isDeepStrictEqual([...old], conditions)
  if (unchanged) return namespace
  const status = { ...namespace.status, phase: 'Terminating', conditions }
  try {
    return await update(Namespace, { ...namespace, status }, { subresource: 'status' })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function finalize(namespace: NamespaceObject, { update }: NamespaceContext): Promise<void> {
  const finalizers = namespace.spec?.finalizers?.filter((known) => known !== finalizer) ?? []
  const finalized = { ...namespace, spec: { ...namespace.spec, finalizers } }
  try {
    await update(Namespace, finalized, { subresource: 'finalize' })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
