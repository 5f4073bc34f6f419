/** Events about pods and the node, as people read them in `kubectl describe`. Recording never fails and never waits. */

import type { Node, Pod } from '../../api/types.ts'
import {
  type EventText,
  type Recorder,
  type RecorderOptions,
  recorder,
} from '../../controllers/framework/index.ts'
import { ephemeralContainers, initContainers } from './pod-progress.ts'

export interface EventRecorder {
  record(about: Pod | Node, event: EventText): void
  stop(): Promise<void>
}

/** What an event about one container of a pod names beside the pod. */
export function containerPath(pod: Pod, name: string): string {
  const among = (list: { name: string }[]) => list.some((container) => container.name === name)
  if (among(initContainers(pod))) return `spec.initContainers{${name}}`
  if (among(ephemeralContainers(pod))) return `spec.ephemeralContainers{${name}}`
  return `spec.containers{${name}}`
}

/** A pod that only the runtime remembers has nobody to tell. */
const isKnown = ({ metadata, spec }: Pod | Node): boolean =>
  spec !== undefined && metadata.name !== undefined

export function eventRecorder(
  options: Pick<RecorderOptions, 'cluster' | 'clock' | 'random'> & {
    nodeName: string
    warningsOnly: boolean
  },
): EventRecorder {
  const { nodeName, warningsOnly, ...rest } = options
  const events: Recorder = recorder({
    ...rest,
    component: 'kubelet',
    instance: nodeName,
    host: nodeName,
  })
  return {
    record(about, event) {
      if (isKnown(about) && !(warningsOnly && event.type === 'Normal'))
        events.record({ ...about }, event)
    },
    stop: () => events.stop(),
  }
}

export type Say = (type: EventText['type'], reason: string, message: string) => void

/** Records events about one container of a pod. */
export function sayer(events: EventRecorder, pod: Pod, container: string): Say {
  const fieldPath = containerPath(pod, container)
  return (type, reason, message) => events.record(pod, { type, reason, message, fieldPath })
}
