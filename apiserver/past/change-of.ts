/** Which write it was that gave a field of an object its value. */

import type { KubernetesObject } from '../../api/object.ts'
import { differences, hasField, isWithin } from '../../rollouts/difference.ts'
import type { Version, Versions } from './versions.ts'
import { BeyondEdge, type ObjectWrite, type Subject, wishOf, writeOf, writesTo } from './write.ts'

/** A path that no version of the object has. */
export class NoSuchPath extends Error {
  override name = 'NoSuchPath'
}

/** The last write up to a version that changed a path. @throws NoSuchPath, CompactedError, BeyondEdge */
export async function changeOf(
  versions: Versions,
  subject: Subject,
  version: Version,
  path: string,
): Promise<ObjectWrite> {
  // Within one generation nothing of the spec changes, but that a pod is bound to a node.
  const counted = version.object.metadata.generation !== undefined && subject.kind !== 'Pod'
  const leaps = isWithin(path, 'spec') && counted
  for await (const write of writesTo(versions, subject, version, leaps ? wishOf : writeOf)) {
    const { before, object } = write
    if (before ? differs(before, object, path) : hasField(object, path)) return write
    if (!before) throw new NoSuchPath(`${path} is in no version of ${subject.kind} ${subject.name}`)
  }
  throw new BeyondEdge(`${path} of ${subject.key} did not change in so many versions`)
}

const differs = (before: KubernetesObject, after: KubernetesObject, path: string): boolean =>
  differences(before, after).some((one) => isWithin(one.path, path) || isWithin(path, one.path))
