/** `pods/ephemeralcontainers`: containers are added to debug a pod, and never taken away or changed. */

import type { Pod } from '../../../../api/types.ts'
import { type FieldErrors, forbidden } from '../../field-errors.ts'
import type { SubresourcePart } from '../../resource.ts'
import { differences, semanticallyEqual } from '../../semantic-equality.ts'
import { isMirror, keepAllBut } from './pod-parts.ts'
import { validateAnnotationUpdate } from './pod-update-validation.ts'
import { validatePod } from './pod-validation.ts'

export const ephemeralContainersPart: SubresourcePart<Pod> = {
  prepareForUpdate(pod, old) {
    const { ephemeralContainers } = pod.spec ?? {}
    keepAllBut(pod, old, (spec) => {
      if (ephemeralContainers) spec.ephemeralContainers = ephemeralContainers
      else delete spec.ephemeralContainers
    })
  },
  validateUpdate: (pod, old) => [...validate(pod, old)],
}

function* validate(pod: Pod, old: Pod): FieldErrors {
  if (isMirror(old)) return yield forbidden('', 'static pods do not support ephemeral containers')
  yield* validatePod(pod)
  yield* validateAnnotationUpdate(pod, old)
  const field = 'spec.ephemeralContainers'
  const now = new Map((pod.spec?.ephemeralContainers ?? []).map((one) => [one.name, one]))
  for (const before of old.spec?.ephemeralContainers ?? []) {
    const container = now.get(before.name)
    const named = `existing ephemeral containers ${JSON.stringify(before.name)}`
    if (!container) yield forbidden(field, `${named} may not be removed\n`)
    else if (!semanticallyEqual(container, before))
      yield forbidden(
        field,
        `${named} may not be changed\nchanged: ${differences(before, container, field).join(', ')}\n`,
      )
  }
}
