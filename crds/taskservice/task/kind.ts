/** `Task`: containers that run together once, in exactly one pod. What became of them stays readable afterwards. */

import {
  dateTime,
  enumeration,
  int,
  kind,
  listMap,
  type ObjectOf,
  type OutputOf,
  object,
  string,
} from '../../../controllers/framework/index.ts'
import { group } from '../task-definition/kind.ts'
import { reference } from '../task-definition/reference.ts'

const fixed = 'cannot be changed: run another task'

export const stopCode = () =>
  enumeration(
    'TaskFailedToStart',
    'EssentialContainerExited',
    'UserInitiated',
    'ServiceSchedulerInitiated',
    'TerminationNotice',
  )
const health = () => enumeration('HEALTHY', 'UNHEALTHY', 'UNKNOWN')

const container = object({
  name: string(),
  lastStatus: enumeration('PENDING', 'RUNNING', 'STOPPED'),
  exitCode: int().optional(),
  reason: string().optional(),
  healthStatus: health().optional(),
})
export type ContainerState = OutputOf<typeof container>

const taskStatus = object({
  lastStatus: enumeration(
    'PROVISIONING',
    'PENDING',
    'RUNNING',
    'DEPROVISIONING',
    'STOPPED',
  ).optional(),
  taskDefinition: string().describe('The revision that runs.').optional(),
  pod: string().describe('The uid of its pod: it never gets another.').optional(),
  node: string().optional(),
  startedAt: dateTime().optional(),
  healthStatus: health().optional(),
  healthyAt: dateTime()
    .describe('When its checks first passed, or it had run for 40 seconds where nothing checks it.')
    .optional(),
  stoppingAt: dateTime().optional(),
  stoppedAt: dateTime().optional(),
  stopCode: stopCode().optional(),
  stoppedReason: string().optional(),
  containers: listMap('name', container).optional(),
})
export type TaskStatus = OutputOf<typeof taskStatus>

export const Task = kind({ group, name: 'Task', categories: ['ecs'] }).version('v1', {
  spec: object({
    taskDefinition: reference().rule('self == oldSelf', fixed),
    desiredStatus: enumeration('RUNNING', 'STOPPED')
      .default('RUNNING')
      .rule("oldSelf == self || self == 'STOPPED'", 'a stopped task does not start again'),
    stopCode: stopCode().describe('Who stops it: UserInitiated unless told.').optional(),
    stoppedReason: string().max(1024).describe('Why it is to stop.').optional(),
    group: string().max(100).describe('`service:web` or `family:web`').optional(),
    startedBy: string().max(100).rule('self == oldSelf', fixed).optional(),
  }),
  status: taskStatus,
  columns: {
    Definition: '.spec.taskDefinition',
    'Last Status': '.status.lastStatus',
    Health: '.status.healthStatus',
    'Stop Code': '.status.stopCode',
    Reason: { path: '.status.stoppedReason', priority: 1 },
    'Started By': { path: '.spec.startedBy', priority: 1 },
    Age: { path: '.metadata.creationTimestamp', type: 'date' },
  },
})
export type Task = ObjectOf<typeof Task>
