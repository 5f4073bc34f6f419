/** What the writers of a part of a pod leave as it was. */

import { cloneJson } from '../../../../api/json-text.ts'
import type { Pod, PodSpec } from '../../../../api/types.ts'

/** Puts back from `old` all but what `change` then sets; which version was meant, and who wrote, stays. */
export function keepAllBut(pod: Pod, old: Pod, change: (spec: PodSpec) => void): void {
  const { resourceVersion, managedFields } = pod.metadata
  const kept = cloneJson(old)
  pod.metadata = { ...kept.metadata, resourceVersion }
  if (managedFields) pod.metadata.managedFields = managedFields
  pod.status = kept.status
  pod.spec = kept.spec
  if (pod.spec) change(pod.spec)
}

/** The shadow of a pod that its node read from a file: only the file can change it. */
export const isMirror = ({ metadata }: Pod) =>
  Object.hasOwn(metadata.annotations ?? {}, 'kubernetes.io/config.mirror')
