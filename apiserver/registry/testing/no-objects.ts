/** A lister that knows no objects: for tests of what decides by nothing else. */

import { EMPTY } from 'rxjs'
import type { Lister } from '../lister.ts'

export const noObjects: Lister = {
  get: () => undefined,
  list: () => [],
  live: async () => undefined,
  changes: () => EMPTY,
}
