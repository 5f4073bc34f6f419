/** Lists as sets. */

import { declare, type Overload } from '../functions.ts'
import type { Meter } from '../meter.ts'
import { pairwise } from '../prices.ts'
import type { CelList } from '../values.ts'
import { contains as holds } from './operators.ts'

type Two = readonly [CelList, CelList]

function contains([list, part]: Two, meter: Meter): boolean {
  for (const item of part) if (!holds(list, item, meter)) return false
  return true
}

function intersects([one, other]: Two, meter: Meter): boolean {
  for (const item of one) if (holds(other, item, meter)) return true
  return false
}

export const sets: readonly Overload[] = [
  declare('sets.contains(list(A), list(A)) bool', contains, pairwise(1)),
  declare('sets.intersects(list(A), list(A)) bool', intersects, pairwise(1)),
  declare(
    'sets.equivalent(list(A), list(A)) bool',
    ([one, other]: Two, meter) => contains([one, other], meter) && contains([other, one], meter),
    pairwise(2),
  ),
]
