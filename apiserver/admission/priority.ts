/** A pod's priority is a number that its class decides, not the pod. One class may be that of all who name none. */

import type { Pod, PriorityClass } from '../../api/types.ts'
import type { Lister } from '../registry/lister.ts'
import { systemPriorities } from '../resources/scheduling/priority-class.ts'
import { type AdmissionPlugin, type AdmissionRequest, concerns } from './admission.ts'
import { refusal } from './refusal.ts'

const kind = 'priorityclasses.scheduling.k8s.io'

interface Class {
  name: string
  value: number
  preemptionPolicy: string
}

export function priority(lister: Lister): AdmissionPlugin {
  return {
    name: 'Priority',
    mutate(request) {
      if (!concerns(request, 'pods') || !request.object) return
      const pod = request.object as unknown as Pod
      if (request.operation === 'CREATE') setPriority(lister, request, pod)
      else if (request.operation === 'UPDATE') keepPriority(pod, request.old as unknown as Pod)
    },
    validate(request) {
      if (request.resource.plural !== 'priorityclasses') return
      if (request.resource.group === 'scheduling.k8s.io') requireOneDefault(lister, request)
    },
  }
}

const classOf = ({ metadata, value = 0, preemptionPolicy }: PriorityClass): Class => ({
  name: metadata.name ?? '',
  value,
  preemptionPolicy: preemptionPolicy ?? 'PreemptLowerPriority',
})

function find(lister: Lister, name: string): Class | undefined {
  const found = lister.get<PriorityClass>(kind, '', name)
  if (found) return classOf(found)
  // The system's own are known before anybody could make them.
  const value = systemPriorities.get(name)
  if (value === undefined) return undefined
  return { name, value, preemptionPolicy: 'PreemptLowerPriority' }
}

const defaults = (lister: Lister): Class[] =>
  lister
    .list(kind, '')
    .map(({ object }) => object as unknown as PriorityClass)
    .filter(({ globalDefault }) => globalDefault === true)
    .map(classOf)
    .sort((one, other) => one.value - other.value)

const ofNobody: Class = { name: '', value: 0, preemptionPolicy: 'PreemptLowerPriority' }

function setPriority(lister: Lister, request: AdmissionRequest, { spec }: Pod): void {
  if (!spec) return
  const wanted = spec.priorityClassName ?? ''
  const found = wanted === '' ? (defaults(lister)[0] ?? ofNobody) : find(lister, wanted)
  if (!found) throw refusal(request, `no PriorityClass with name ${wanted} was found`)
  const { name, value, preemptionPolicy } = found
  if (spec.priority !== undefined && spec.priority !== value)
    throw refusal(
      request,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    )
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy)
    throw refusal(
      request,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
    )
  if (name !== '') spec.priorityClassName = name
  spec.priority = value
  spec.preemptionPolicy = preemptionPolicy
}

/** A client that does not know the fields leaves them out. */
function keepPriority({ spec }: Pod, old: Pod): void {
  if (!spec) return
  spec.priority ??= old.spec?.priority
  spec.preemptionPolicy ??= old.spec?.preemptionPolicy
}

function requireOneDefault(lister: Lister, request: AdmissionRequest): void {
  const { globalDefault, metadata } = (request.object ?? {}) as unknown as PriorityClass
  if (globalDefault !== true) return
  const [other] = defaults(lister)
  if (!other || (request.operation === 'UPDATE' && other.name === metadata.name)) return
  throw refusal(
    request,
    `PriorityClass ${other.name} is already marked as default. Only one default can exist`,
  )
}
