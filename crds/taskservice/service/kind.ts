/** `TaskService`: so many tasks of a definition, always; and how one definition takes the place of another. */

import {
  array,
  bool,
  conditions,
  dateTime,
  enumeration,
  int,
  kind,
  type ObjectOf,
  type OutputOf,
  object,
  rule,
  string,
} from '../../../controllers/framework/index.ts'
import { group } from '../task-definition/kind.ts'
import { reference } from '../task-definition/reference.ts'

const circuitBreaker = object({
  enable: bool().default(false).describe('Tasks that fail in a row make a deployment fail.'),
  rollback: bool().default(false).describe('A failed one gives way to the last that completed.'),
})

const deploymentConfiguration = object({
  minimumHealthyPercent: int()
    .min(0)
    .max(100)
    .default(100)
    .describe('Of desiredCount, rounded up.'),
  maximumPercent: int().min(100).max(200).default(200).describe('Of desiredCount, rounded down.'),
  deploymentCircuitBreaker: circuitBreaker.default({}),
}).rule(
  'self.minimumHealthyPercent < 100 || self.maximumPercent > 100',
  'minimumHealthyPercent and maximumPercent cannot both be 100: this would block deployments',
)
export type DeploymentConfiguration = OutputOf<typeof deploymentConfiguration>

const deployment = object({
  id: string(),
  status: enumeration('PRIMARY', 'ACTIVE', 'INACTIVE'),
  taskDefinition: string(),
  desiredCount: int(),
  runningCount: int(),
  pendingCount: int(),
  failedTasks: int().describe('Failed in a row, none of them having become healthy.'),
  rolloutState: enumeration('IN_PROGRESS', 'COMPLETED', 'FAILED'),
  rolloutStateReason: string(),
  createdAt: dateTime(),
  updatedAt: dateTime(),
})
export type Deployment = OutputOf<typeof deployment>

const serviceEvent = object({ createdAt: dateTime(), message: string() })
export type ServiceEvent = OutputOf<typeof serviceEvent>

/** Why a service stops a task whose checks fail. */
export const unhealthy = 'Task failed container health checks'

const serviceStatus = object({
  status: enumeration('ACTIVE', 'DRAINING').optional(),
  runningCount: int().optional(),
  pendingCount: int().optional(),
  tasks: array(string()).describe('Its tasks that are not stopping.').optional(),
  startedTasks: int().describe('How many it has started in its life.').optional(),
  requestedDeployment: string().describe('The deployment that its spec asks for.').optional(),
  deployments: array(deployment).describe('The PRIMARY one first.').optional(),
  events: array(serviceEvent).describe('The newest first, 100 of them.').optional(),
  selector: string().optional(),
  observedGeneration: int().optional(),
  conditions: conditions(),
})
export type ServiceStatus = OutputOf<typeof serviceStatus>

export const TaskService = kind({
  group,
  name: 'TaskService',
  shortNames: ['tsvc'],
  categories: ['ecs'],
}).version('v1', {
  spec: object({
    taskDefinition: reference(),
    desiredCount: int().min(0).max(1000).default(1),
    deploymentConfiguration: deploymentConfiguration.default({}),
    forceNewDeployment: string()
      .max(100)
      .describe('Any other value starts a new deployment of the same definition.')
      .optional(),
  }),
  status: serviceStatus,
  rules: [rule('self.metadata.name.size() <= 52', 'a service has 52 characters at most')],
  columns: {
    Status: '.status.status',
    Desired: { path: '.spec.desiredCount', type: 'integer' },
    Running: { path: '.status.runningCount', type: 'integer' },
    Pending: { path: '.status.pendingCount', type: 'integer' },
    Definition: '.status.deployments[0].taskDefinition',
    Rollout: '.status.deployments[0].rolloutState',
    Reason: { path: '.status.deployments[0].rolloutStateReason', priority: 1 },
    Age: { path: '.metadata.creationTimestamp', type: 'date' },
  },
  scale: {
    spec: '.spec.desiredCount',
    status: '.status.runningCount',
    selector: '.status.selector',
  },
})
export type TaskService = ObjectOf<typeof TaskService>
