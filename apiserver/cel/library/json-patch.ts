/** Keys as JSON pointers write them. */

import { declare, type Overload } from '../functions.ts'
import { sameSize, walk } from '../prices.ts'

export const jsonPatch: readonly Overload[] = [
  declare(
    'jsonpatch.escapeKey(string) string',
    ([key]: readonly [string], meter) => {
      meter.characters(key.length)
      return key.replaceAll('~', '~0').replaceAll('/', '~1')
    },
    walk(0, 1, sameSize),
  ),
]
