/** `/scale` of a custom resource: where its version says that replicas and selector stand. */

import { setOwn } from '../../../api/json-text.ts'
import type { KubernetesObject } from '../../../api/object.ts'
import { internalError } from '../../http/status.ts'
import { invalid } from '../../resources/field-errors.ts'
import type { FieldError, Resource } from '../../resources/resource.ts'
import type { DefinitionVersion, ScaleDefinition } from './definition.ts'
import { isObject, type JsonObject, ownValue } from './values.ts'

/** `undefined` where the version has no scale. */
export function scalePaths(version: DefinitionVersion): Resource['scale'] {
  const scale = version.subresources?.scale
  if (!scale) return undefined
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale
  return {
    read(object) {
      const replicas = numberAt(object, specReplicasPath)
      if (replicas === undefined)
        throw internalError(
          `the spec replicas field ${JSON.stringify(specReplicasPath)} does not exist`,
        )
      const selector = labelSelectorPath ? at(object, labelSelectorPath) : ''
      return {
        replicas,
        statusReplicas: numberAt(object, statusReplicasPath) ?? 0,
        selector: typeof selector === 'string' ? selector : '',
      }
    },
    write(object, replicas) {
      const names = namesOf(specReplicasPath)
      const last = names.pop()!
      let parent: JsonObject = object
      for (const name of names) {
        if (!isObject(ownValue(parent, name))) setOwn(parent, name, {})
        parent = ownValue(parent, name) as JsonObject
      }
      setOwn(parent, last, replicas)
    },
  }
}

/** Replicas that the object itself has, in spec and status: no negative numbers, none that a client cannot read. */
export function checkScale(scale: ScaleDefinition, object: KubernetesObject): FieldError[] {
  return [scale.specReplicasPath, scale.statusReplicasPath].flatMap((path) => {
    const value = at(object, path)
    if (value === undefined || value === null) return []
    if (typeof value !== 'number' || !Number.isInteger(value))
      return [invalid(path, value, 'must be an integer')]
    if (value < 0) return [invalid(path, value, 'should be a non-negative integer')]
    return value > 0x7fffffff
      ? [invalid(path, value, `should be less than or equal to ${0x7fffffff}`)]
      : []
  })
}

const namesOf = (path: string) => path.split('.').slice(1)

function at(object: KubernetesObject, path: string): unknown {
  let value: unknown = object
  for (const name of namesOf(path)) value = isObject(value) ? ownValue(value, name) : undefined
  return value
}

function numberAt(object: KubernetesObject, path: string): number | undefined {
  const value = at(object, path)
  return typeof value === 'number' ? value : undefined
}
