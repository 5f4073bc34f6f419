/**
 * A pod's priority is a number that its class decides. Until PriorityClass is served, the two classes that every
 * cluster has are known and everything else is priority 0.
 */

import type { Pod } from '../../api/types.ts'
import { forbidden } from '../http/status.ts'
import { type AdmissionPlugin, concerns } from './admission.ts'

const classes = new Map([
  ['', 0],
  ['system-cluster-critical', 2_000_000_000],
  ['system-node-critical', 2_000_001_000],
])

export const podPriority: AdmissionPlugin = {
  name: 'Priority',
  mutate(request) {
    if (request.operation !== 'CREATE' || !concerns(request, 'pods')) return
    const { spec, metadata } = request.object as unknown as Pod
    if (!spec) return
    const refuse = (why: string) => forbidden(request.resource, metadata.name ?? '', why)
    const className = spec.priorityClassName ?? ''
    const priority = classes.get(className)
    if (priority === undefined) throw refuse(`no PriorityClass with name ${className} was found`)
    if (spec.priority !== undefined && spec.priority !== priority)
      throw refuse(
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
      )
    spec.priority = priority
    spec.preemptionPolicy ??= 'PreemptLowerPriority'
  },
}
