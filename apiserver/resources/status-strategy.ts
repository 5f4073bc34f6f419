/**
 * The rule of nearly every kind with a status: clients write the rest, controllers write the status, and neither
 * can touch the other's part by accident.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Strategy } from './resource.ts'

interface WithStatus {
  spec?: unknown
  status?: unknown
}

/** @param initial the status of a new object. */
export function statusStrategy<T extends WithStatus>(
  initial: () => NonNullable<T['status']>,
): Required<Pick<Strategy<T>, 'prepareForCreate' | 'prepareForUpdate' | 'prepareForStatusUpdate'>> {
  return {
    prepareForCreate(object) {
      object.status = initial()
    },
    prepareForUpdate(object, old) {
      keep(object, old, 'status')
    },
    prepareForStatusUpdate(object, old) {
      keep(object, old, 'spec')
    },
  }
}

/** The same for kinds whose metadata is not a status writer's to change either. */
export function bareStatusStrategy<T extends KubernetesObject & WithStatus>(
  initial: () => NonNullable<T['status']>,
): ReturnType<typeof statusStrategy<T>> {
  return {
    ...statusStrategy<T>(initial),
    prepareForStatusUpdate(object, old) {
      keep(object, old, 'spec')
      keepMetadata(object, old)
    },
  }
}

/** Restores one field from the stored object, absence included. */
export function keep<T extends object, Field extends keyof T>(object: T, old: T, field: Field) {
  if (old[field] === undefined) delete object[field]
  else object[field] = old[field]
}

function keepMetadata(object: KubernetesObject, old: KubernetesObject): void {
  for (const field of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const)
    keep(object.metadata, old.metadata, field)
}
