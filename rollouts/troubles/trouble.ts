/** What can keep one pod from being ready, and where that is written. */

import type { Container, ContainerStatus, Event, Pod } from '../../api/types.ts'
import type { Because } from '../explanation.ts'
import type { LogTail } from '../snapshot.ts'

/** What keeps a pod from being ready, the graver first: a rollout is explained by the first that any of its pods has. */
export const troubleCodes = [
  'unschedulable',
  'image',
  'config',
  'start',
  'crash',
  'init',
  'readiness',
] as const

export type TroubleCode = (typeof troubleCodes)[number]

export interface Trouble {
  code: TroubleCode
  /**
   * Begins with the container, or with a verb about the pod; ends without a full stop. While the cause lasts it does not
   * change with each attempt, so that it can stand in a condition.
   */
  sentence: string
  /** Where in the pod it is written. */
  field: string
  /** What the scheduler or the kubelet said, word for word; may change with each attempt. */
  detail: string
  /** Waiting will not help. */
  hopeless: boolean
  /** What else is known of this pod, the most telling first. */
  more?: Omit<Because, 'object'>[]
  /** What to do, where more is known than the code tells. */
  next?: string
}

/** What was told about pods, beside what stands in them. */
export interface Told {
  events: readonly Event[]
  logs: readonly LogTail[]
  now: number | undefined
}

/** One container of a pod. */
export interface Place {
  pod: Pod
  status: ContainerStatus
  spec: Container | undefined
  /** `container "app"`. */
  label: string
  /** Ends with `.state`. */
  field: string
  init: boolean
}

export type PlaceRule = (place: Place, told: Told) => Trouble | undefined

export const waiting = ({ status }: Place) => status.state?.waiting

export const detailOf = (place: Place): string =>
  waiting(place)?.message ?? waiting(place)?.reason ?? ''

/** How it ended: just now, or before it was started again. */
export const endOf = ({ status: { state, lastState } }: Place) =>
  state?.terminated ?? lastState?.terminated
