/** How large values can be by what their declared types say of themselves. */

import type { SizeEstimator } from './cost.ts'
import { dyn, type Type } from './types.ts'

export function declaredSizes(variables: Readonly<Record<string, Type>>): SizeEstimator {
  return ([first = '', ...rest]) => {
    let type: Type | undefined = Object.hasOwn(variables, first) ? variables[first] : undefined
    for (const name of rest) {
      if (!type) return undefined
      type = inner(type, name)
    }
    return type?.maxElements === undefined ? undefined : { min: 0, max: type.maxElements }
  }
}

function inner(type: Type, name: string): Type | undefined {
  if (type.kind === 'optional') return inner(type.of, name)
  if (type.kind === 'list') return name === '@items' ? type.items : undefined
  if (type.kind === 'map') return mapPart(type, name)
  if (type.kind === 'object') return type.field(name)?.type
  return type.kind === 'dyn' ? dyn : undefined
}

/** Of what a field of a map may be nothing is told, as in Kubernetes. */
function mapPart(type: Extract<Type, { kind: 'map' }>, name: string): Type | undefined {
  if (name === '@keys') return type.keys
  return name === '@values' ? type.values : undefined
}
