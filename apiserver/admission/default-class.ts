/** Which of several classes is the default: the newest that says so, by name among those of one age. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Lister, QualifiedName } from '../registry/lister.ts'

export function defaultClass(
  lister: Lister,
  kind: QualifiedName,
  annotations: readonly string[],
): string | undefined {
  const says = ({ metadata }: KubernetesObject) =>
    annotations.some((key) => metadata.annotations?.[key] === 'true')
  const made = ({ metadata }: KubernetesObject) => Date.parse(metadata.creationTimestamp ?? '') || 0
  const [newest] = lister
    .list(kind, '')
    .map(({ object }) => object)
    .filter(says)
    .sort(
      (one, other) =>
        made(other) - made(one) ||
        ((one.metadata.name ?? '') < (other.metadata.name ?? '') ? -1 : 1),
    )
  return newest?.metadata.name
}
