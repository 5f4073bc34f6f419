/** Takes a user's change of an object back: what users say of it is as it was, what others say of it stays. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Cluster } from '../../controllers/framework/index.ts'
import type { Step } from './steps.ts'

/** @returns what undoes `step`, which is about to be taken; nothing to undo where there is no object yet */
export async function undoOf(
  step: Step,
  cluster: Cluster,
): Promise<(() => Promise<void>) | undefined> {
  if (step.do !== 'patch') return undefined
  const { kind, ref } = step
  const before = await cluster.get(kind, ref)
  if (!before) return undefined
  return async () => {
    const now = await cluster.get(kind, ref)
    if (now) await cluster.update(kind, asBefore(before, now))
  }
}

function asBefore(before: KubernetesObject, now: KubernetesObject): KubernetesObject {
  const { labels, annotations } = before.metadata
  const metadata = { ...now.metadata, labels, annotations } as KubernetesObject['metadata']
  return { ...before, metadata, ...(now.status === undefined ? {} : { status: now.status }) }
}
