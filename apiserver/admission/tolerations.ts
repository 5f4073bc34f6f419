/** Tolerations of two sides as one list, in which none is there that another one makes superfluous. */

import { isDeepStrictEqual } from 'node:util'
import type { PodSpec } from '../../api/types.ts'

type Toleration = NonNullable<PodSpec['tolerations']>[number]

/** Of two that say the same the first stays. */
export function mergedTolerations(
  first: readonly Toleration[],
  second: readonly Toleration[],
): Toleration[] {
  const all = [...first, ...second]
  const merged: Toleration[] = []
  for (const [at, toleration] of all.entries()) {
    const known = merged.some((other) => covers(other, toleration))
    const later = all
      .slice(at + 1)
      .some((other) => !isDeepStrictEqual(other, toleration) && covers(other, toleration))
    if (!known && !later) merged.push(toleration)
  }
  return merged
}

/** Whether the wide one tolerates all that the other does. */
function covers(wide: Toleration, narrow: Toleration): boolean {
  if (isDeepStrictEqual(wide, narrow)) return true
  const ofAnyKey = !wide.key && wide.operator === 'Exists'
  if ((wide.key ?? '') !== (narrow.key ?? '') && !ofAnyKey) return false
  if (wide.effect && wide.effect !== narrow.effect) return false
  if (wide.effect === 'NoExecute' && wide.tolerationSeconds !== undefined) {
    const { tolerationSeconds: seconds } = narrow
    if (seconds === undefined || seconds > wide.tolerationSeconds) return false
  }
  if (wide.operator === 'Exists') return true
  const equal = (wide.operator ?? 'Equal') === 'Equal' && narrow.operator === 'Equal'
  return equal && (wide.value ?? '') === (narrow.value ?? '')
}
