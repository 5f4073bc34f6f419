/** Why one pod is not ready, from its own status and what was told about it. Pure. */

import { isPodReady } from '../../api/pod-status.ts'
import type { Pod } from '../../api/types.ts'
import { badConfig } from './config.ts'
import { crashing } from './crash.ts'
import { badImage } from './image.ts'
import { initializing } from './init.ts'
import { unready } from './readiness.ts'
import { cannotStart } from './start.ts'
import type { Place, PlaceRule, Told, Trouble } from './trouble.ts'
import { unscheduled } from './unscheduled.ts'

const nothingTold: Told = { events: [], logs: [], now: undefined }

/** Of all containers, each in turn. */
const placeRules: readonly PlaceRule[] = [badImage, badConfig, cannotStart, crashing, initializing]

/** `undefined` when nothing is wrong, or nothing is known yet. */
export function troubleOf(pod: Pod, told: Told = nothingTold): Trouble | undefined {
  if (isPodReady(pod)) return undefined
  const noNode = unscheduled(pod)
  if (noNode) return noNode
  const places = placesOf(pod)
  for (const rule of placeRules)
    for (const place of places) {
      const trouble = rule(place, told)
      if (trouble) return trouble
    }
  return unready(pod, places, told)
}

/** Init containers first, as they run. */
export function placesOf(pod: Pod): Place[] {
  const { spec, status } = pod
  const init = (status?.initContainerStatuses ?? []).map((each, at) => ({
    pod,
    status: each,
    spec: spec?.initContainers?.find(({ name }) => name === each.name),
    label: `init container "${each.name}"`,
    field: `status.initContainerStatuses[${at}].state`,
    init: true,
  }))
  const main = (status?.containerStatuses ?? []).map((each, at) => ({
    pod,
    status: each,
    spec: spec?.containers.find(({ name }) => name === each.name),
    label: `container "${each.name}"`,
    field: `status.containerStatuses[${at}].state`,
    init: false,
  }))
  return [...init, ...main]
}
