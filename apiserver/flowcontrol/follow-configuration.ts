/** Keeps flow control as its objects say, while they change. */

import type { FlowSchema, PriorityLevelConfiguration } from '../../api/types.ts'
import { type Follower, type FollowPorts, followChanges } from '../registry/follow-changes.ts'
import type { FlowControl } from './flow-control.ts'

const group = 'flowcontrol.apiserver.k8s.io'

/** @returns ends it */
export function followConfiguration(
  flowControl: Pick<FlowControl, 'configure'>,
  ports: FollowPorts,
): () => void {
  const schemas = new Map<string, FlowSchema>()
  const levels = new Map<string, PriorityLevelConfiguration>()
  let due = false
  const changed = () => {
    if (due) return
    due = true
    queueMicrotask(() => {
      due = false
      // Until there are some of both, what is built in holds.
      if (schemas.size === 0 || levels.size === 0) return
      flowControl.configure({ schemas: [...schemas.values()], levels: [...levels.values()] })
    })
  }
  const ends = [
    followChanges(ports, `flowschemas.${group}`, collecting(schemas, changed)),
    followChanges(ports, `prioritylevelconfigurations.${group}`, collecting(levels, changed)),
  ]
  return () => {
    for (const end of ends) end()
  }
}

/** All objects of a kind by name, as they are now. */
const collecting = <T>(objects: Map<string, T>, changed: () => void): Follower => ({
  reset: () => objects.clear(),
  changed({ name, object }) {
    objects.set(name, object as T)
    changed()
  },
  gone({ name }) {
    objects.delete(name)
    changed()
  },
})
