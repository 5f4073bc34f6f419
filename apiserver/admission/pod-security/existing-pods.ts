/** Pods that are there already when a namespace becomes stricter: they stay, and whoever did it is told. */

import type { Pod } from '../../../api/types.ts'
import type { Lister } from '../../registry/lister.ts'
import type { AdmissionRequest } from '../admission.ts'
import { evaluate } from './evaluate.ts'
import { type LevelVersion, textOf } from './policy.ts'

/** More are not looked at: this is a warning. */
const most = 3_000

/** One line for all pods of one reason, named by the first. */
export function warnOfExisting(
  lister: Lister,
  { name, warn }: AdmissionRequest,
  level: LevelVersion,
): void {
  const byReason = new Map<string, string[]>()
  const all = lister.list('pods', name)
  for (const cached of all.slice(0, most)) {
    const { metadata, spec } = cached.object as unknown as Pod
    const found = spec && evaluate(level, { metadata, spec })
    if (!found) continue
    const pods = byReason.get(found.reasons) ?? []
    pods.push(cached.name)
    byReason.set(found.reasons, pods)
  }
  const about = `new PodSecurity enforce level ${JSON.stringify(textOf(level))}`
  if (all.length > most)
    warn(
      `new PodSecurity enforce level only checked against the first ${most} of ${all.length} existing pods`,
    )
  if (byReason.size === 0) return
  warn(`existing pods in namespace ${JSON.stringify(name)} violate the ${about}`)
  const lines = [...byReason].map(([reasons, pods]) => {
    const [first = ''] = pods.sort()
    const others = pods.length - 1
    const more = others === 0 ? '' : ` (and ${others} other pod${others === 1 ? '' : 's'})`
    return `${first}${more}: ${reasons}`
  })
  for (const line of lines.sort()) warn(line)
}
