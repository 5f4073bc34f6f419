/** Pods with gates are not even queued until the last gate is taken away. */

import type { Pod } from '../../../api/types.ts'

export const isGated = ({ spec }: Pod): boolean => (spec?.schedulingGates?.length ?? 0) > 0
