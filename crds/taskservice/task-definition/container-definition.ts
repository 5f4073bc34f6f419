/** What one container of a task is: the fields of ECS's `ContainerDefinition` that mean something on a pod. */

import {
  array,
  bool,
  enumeration,
  int,
  listMap,
  map,
  type OutputOf,
  object,
  string,
} from '../../../controllers/framework/index.ts'

const argv = () => array(string().max(4096)).max(64)

const healthCheck = object({
  command: array(string().max(4096))
    .min(2)
    .max(64)
    .rule("self[0] in ['CMD', 'CMD-SHELL']", 'begins with CMD or CMD-SHELL')
    .rule("self[0] == 'CMD' || self.size() == 2", 'CMD-SHELL takes one line of shell'),
  interval: int().min(5).max(300).default(30).describe('Seconds between two checks.'),
  timeout: int().min(2).max(60).default(5).describe('Seconds a check may take.'),
  retries: int().min(1).max(10).default(3).describe('Failures in a row that make it UNHEALTHY.'),
  startPeriod: int().min(0).max(300).default(0).describe('Seconds in which failures do not count.'),
})

export const containerDefinition = object({
  name: string()
    .max(63)
    .pattern(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
  image: string().min(1).max(512),
  essential: bool().default(true).describe('When it ends, the task ends.'),
  entryPoint: argv().optional(),
  command: argv().optional(),
  workingDirectory: string().max(4096).optional(),
  environment: listMap('name', object({ name: string().max(256), value: string().max(32_768) }))
    .max(100)
    .optional(),
  portMappings: listMap(
    ['containerPort', 'protocol'],
    object({
      containerPort: int().min(1).max(65_535),
      protocol: enumeration('tcp', 'udp').default('tcp'),
      name: string()
        .max(15)
        .pattern(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
        .optional(),
    }),
  )
    .max(20)
    .optional(),
  cpu: int().min(1).max(196_608).describe('Units, 1024 a core; a share of the rest.').optional(),
  memory: int().min(6).max(1_048_576).describe('MiB; above them it is killed.').optional(),
  memoryReservation: int().min(6).max(1_048_576).describe('MiB that are kept for it.').optional(),
  dockerLabels: map(string().max(1024)).max(50).describe('Annotations of the pod.').optional(),
  healthCheck: healthCheck.optional(),
  startTimeout: int().min(2).max(3600).default(180).describe('Seconds to run, or fail.'),
  stopTimeout: int().min(0).max(3600).default(30).describe('Seconds between SIGTERM and SIGKILL.'),
})
  .rule(
    '!has(self.memory) || !has(self.memoryReservation) || self.memoryReservation <= self.memory',
    'memoryReservation is at most memory',
  )
  .describe('As in ECS.')

export type ContainerDefinition = OutputOf<typeof containerDefinition>

/** What is registered: the same for a family, whose next revision it is, and for a revision. */
export const registered = {
  cpu: string()
    .max(6)
    .pattern(/^[1-9][0-9]*$/)
    .default('256')
    .describe('Units of the whole task, 1024 a core.'),
  memory: string()
    .max(7)
    .pattern(/^[1-9][0-9]*$/)
    .default('512')
    .describe('MiB of the whole task.'),
  containerDefinitions: listMap('name', containerDefinition)
    .min(1)
    .max(10)
    .rule('self.exists(container, container.essential)', 'one container at least is essential'),
}
