/** Which Deployment an object belongs to, as far as a timeline knows; also of what is gone. Pure. */

import type { KubernetesObject } from '../../api/object.ts'
import { controllerOf } from '../../api/owner.ts'
import type { Event } from '../../api/types.ts'
import type { Timeline } from '../../recordings/timeline.ts'

/** Its name; `undefined` of what belongs to none. */
export function familyName(timeline: Timeline, object: KubernetesObject): string | undefined {
  const { namespace = '', name } = object.metadata
  switch (object.kind) {
    case 'Deployment':
      return name
    case 'ReplicaSet': {
      const owner = controllerOf(object)
      return owner?.kind === 'Deployment' ? owner.name : undefined
    }
    case 'Pod': {
      const owner = controllerOf(object)
      if (owner?.kind !== 'ReplicaSet') return undefined
      return at(timeline, { kind: 'ReplicaSet', namespace, name: owner.name })
    }
    case 'Event': {
      const { kind = '', name: of = '' } = (object as Event).involvedObject
      return kind === 'Event' ? undefined : at(timeline, { kind, namespace, name: of })
    }
    default:
      return undefined
  }
}

function at(
  timeline: Timeline,
  place: { kind: string; namespace: string; name: string },
): string | undefined {
  const version = timeline.historyOf(place)?.at(Number.POSITIVE_INFINITY)
  return version && familyName(timeline, version.object)
}
