/**
 * The pod table that every kubectl user knows: one word for what a pod is doing, from its phase, its conditions and
 * its containers' states. The word is for people; nothing in the system decides by it.
 */

import type { ContainerStatus, Pod } from '../../../../api/types.ts'
import { age } from '../../ages.ts'
import { ageColumn, nameColumn } from '../../common-columns.ts'
import type { Column } from '../../resource.ts'

/** What the table says of a pod. */
export interface PodSummary {
  /** `Running`, `Init:0/2`, `CrashLoopBackOff`, `Terminating`, ... */
  status: string
  ready: number
  /** Containers, restartable init containers included. */
  total: number
  restarts: number
  /** When the container that ended last ended; absent when none has been restarted. */
  lastRestart?: string
}

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>

/** `Error`, or `Signal:9`, or `ExitCode:2` where the runtime gave no reason. */
const endOf = ({ reason, signal, exitCode }: Terminated): string =>
  reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`)

const hasCondition = (pod: Pod, type: string) =>
  pod.status?.conditions?.some((c) => c.type === type && c.status === 'True') ?? false

/** Restarts of some containers, and when the last of them ended. */
class Restarts {
  count = 0
  last: string | undefined

  add(status: ContainerStatus) {
    this.count += status.restartCount ?? 0
    const ended = status.lastState?.terminated?.finishedAt
    if (ended && (!this.last || Date.parse(ended) > Date.parse(this.last))) this.last = ended
  }
}

interface Initialization {
  /** Absent when all init containers are done or, being restartable, started. */
  status?: string
  ready: number
  restarts: Restarts
  /** Of the restartable ones alone, which go on counting beside the pod's own containers. */
  restartableRestarts: Restarts
}

function initialization(pod: Pod): Initialization {
  const specs = pod.spec?.initContainers ?? []
  const restartable = new Set(
    specs.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  )
  const result: Initialization = {
    ready: 0,
    restarts: new Restarts(),
    restartableRestarts: new Restarts(),
  }
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    result.restarts.add(status)
    if (restartable.has(status.name)) result.restartableRestarts.add(status)
    const { terminated, waiting } = status.state ?? {}
    if (terminated && terminated.exitCode === 0) continue
    if (restartable.has(status.name) && status.started) {
      if (status.ready) result.ready++
      continue
    }
    if (terminated) result.status = `Init:${endOf(terminated)}`
    else if (waiting?.reason && waiting.reason !== 'PodInitializing')
      result.status = `Init:${waiting.reason}`
    else result.status = `Init:${index}/${specs.length}`
    break
  }
  return result
}

interface Running {
  status?: string
  ready: number
  anyRunning: boolean
}

/** From the last container to the first, so that the first one in trouble gives its word. */
function running(statuses: ContainerStatus[], restarts: Restarts): Running {
  const result: Running = { ready: 0, anyRunning: false }
  for (const status of [...statuses].reverse()) {
    restarts.add(status)
    const { waiting, terminated, running } = status.state ?? {}
    if (waiting?.reason) result.status = waiting.reason
    else if (terminated) result.status = endOf(terminated)
    else if (status.ready && running) {
      result.ready++
      result.anyRunning = true
    }
  }
  return result
}

function phaseWord(pod: Pod): string {
  const gated = pod.status?.conditions?.some(
    (c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated',
  )
  return gated ? 'SchedulingGated' : pod.status?.reason || pod.status?.phase || ''
}

export function summarizePod(pod: Pod): PodSummary {
  const init = initialization(pod)
  let status = init.status ?? phaseWord(pod)
  let { ready } = init
  let restarts = init.restarts
  if (!init.status || hasCondition(pod, 'Initialized')) {
    restarts = init.restartableRestarts
    const main = running(pod.status?.containerStatuses ?? [], restarts)
    status = main.status ?? status
    ready += main.ready
    if (status === 'Completed' && main.anyRunning)
      status = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady'
  }
  if (pod.metadata.deletionTimestamp) {
    const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
    if (pod.status?.reason === 'NodeLost') status = 'Unknown'
    else if (!finished) status = 'Terminating'
  }
  const sidecars = (pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always')
  return {
    status,
    ready,
    total: (pod.spec?.containers ?? []).length + sidecars.length,
    restarts: restarts.count,
    ...(restarts.last && { lastRestart: restarts.last }),
  }
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? []
  if (gates.length === 0) return '<none>'
  const passed = gates.filter(({ conditionType }) => hasCondition(pod, conditionType))
  return `${passed.length}/${gates.length}`
}

export const podColumns: Column<Pod>[] = [
  nameColumn,
  {
    name: 'Ready',
    type: 'string',
    description: 'How many of the containers are ready to serve.',
    cell(pod) {
      const { ready, total } = summarizePod(pod)
      return `${ready}/${total}`
    },
  },
  {
    name: 'Status',
    type: 'string',
    description: 'What the containers of this pod are doing, in a word.',
    cell: (pod) => summarizePod(pod).status,
  },
  {
    name: 'Restarts',
    type: 'string',
    description: 'How often containers of this pod were restarted, and when last.',
    cell(pod, { now }) {
      const { restarts, lastRestart } = summarizePod(pod)
      return restarts !== 0 && lastRestart
        ? `${restarts} (${age(lastRestart, now)} ago)`
        : `${restarts}`
    },
  },
  ageColumn,
  {
    name: 'IP',
    type: 'string',
    priority: 1,
    description: 'The address of the pod.',
    cell: (pod) => pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || '<none>',
  },
  {
    name: 'Node',
    type: 'string',
    priority: 1,
    description: 'The node that the pod is bound to.',
    cell: (pod) => pod.spec?.nodeName || '<none>',
  },
  {
    name: 'Nominated Node',
    type: 'string',
    priority: 1,
    description: 'The node where room is being made for the pod.',
    cell: (pod) => pod.status?.nominatedNodeName || '<none>',
  },
  {
    name: 'Readiness Gates',
    type: 'string',
    priority: 1,
    description: 'How many of the additional conditions for readiness hold.',
    cell: readinessGates,
  },
]

/** Finished pods' rows carry `Completed`, by which clients may leave them out. */
export function podRowConditions(pod: Pod) {
  const phase = pod.status?.phase
  if (phase === 'Succeeded')
    return [
      {
        type: 'Completed',
        status: 'True',
        reason: 'Succeeded',
        message: 'The pod has completed successfully.',
      },
    ]
  if (phase === 'Failed')
    return [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }]
  return []
}
