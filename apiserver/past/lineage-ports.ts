/** What a lineage is found by. */

import type { Versions } from './versions.ts'
import type { Subject, Subjects } from './write.ts'

export interface LineagePorts {
  versions: Versions
  subjects: Subjects
  /** Whether the asker may: of what they may not, nothing is looked at. */
  mayRead(subject: Subject): Promise<boolean>
}
