/** Events about pods and the node, as people read them in `kubectl describe`. Recording never fails and never waits. */

import type { Node, Pod } from '../../api/types.ts'
import { type Recorder, type RecorderOptions, recorder } from '../../controllers/framework/index.ts'

export interface EventText {
  type: 'Normal' | 'Warning'
  reason: string
  message: string
}

export interface EventRecorder {
  record(about: Pod | Node, event: EventText): void
  stop(): Promise<void>
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
  const events: Recorder = recorder({ ...rest, component: 'kubelet', instance: nodeName })
  return {
    record(about, event) {
      if (isKnown(about) && !(warningsOnly && event.type === 'Normal'))
        events.record({ ...about }, event)
    },
    stop: () => events.stop(),
  }
}
