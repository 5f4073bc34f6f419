import { create, patch, remove, sieve } from '../../world/index.ts'
import { TaskService } from './service/kind.ts'
import { Task } from './task/kind.ts'
import { TaskFamily } from './task-definition/kind.ts'
import { taskService } from './task-service.ts'

const definition = (revision: number, more: object = {}) => ({
  apiVersion: 'ecs.example.com/v1',
  kind: 'TaskDefinition',
  metadata: { name: `web-${revision}`, namespace: 'default' },
  spec: {
    family: 'web',
    revision,
    containerDefinitions: [{ name: 'main', image: 'hello:v1', ...more }],
  },
})

/** A few of some thousand ways each; seeds differ so that they are not the same ones. */
const few = { ...taskService, builtIn: true, maxPlans: 12 }

describe('task services, whatever goes wrong once', function () {
  this.timeout(60_000)

  it('a family ends registered', () =>
    sieve({
      ...taskService,
      scenario: [
        create(TaskFamily, {
          metadata: { name: 'web' },
          spec: { containerDefinitions: [{ name: 'main', image: 'hello:v1' }] },
        }),
        patch(TaskFamily, 'web', { spec: { cpu: '512' } }),
      ],
      // Registering is history: what nobody saw is not registered, and who takes a change back registers once more.
      only: ['crash', 'lost-reply', 'refused', 'stale', 'duplicate', 'takeover'],
    }))

  it('a task ends once, and tells how', () =>
    sieve({
      ...few,
      seed: 2,
      objects: [definition(1, { dockerLabels: { 'tiphys.dev/simulated-exit': '3@5s' } })],
      scenario: [create(Task, { metadata: { name: 'once' }, spec: { taskDefinition: 'web:1' } })],
    }))

  it('a service ends on what it was told last, and goes as a whole', () =>
    sieve({
      ...few,
      seed: 3,
      objects: [definition(1), definition(2)],
      scenario: [
        create(TaskService, { metadata: { name: 'web' }, spec: { taskDefinition: 'web:1' } }),
        patch(TaskService, 'web', { spec: { taskDefinition: 'web:2', desiredCount: 2 } }),
        remove(TaskService, 'web'),
      ],
    }))

  it('a failed deployment ends where it was rolled back to', () =>
    sieve({
      ...few,
      seed: 4,
      objects: [definition(1), definition(2, { image: 'registry.invalid/hello:v1' })],
      scenario: [
        create(TaskService, {
          metadata: { name: 'web' },
          spec: {
            taskDefinition: 'web:1',
            deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
          },
        }),
        patch(TaskService, 'web', { spec: { taskDefinition: 'web:2' } }),
      ],
      // What was never seen to complete is nothing to go back to.
      only: ['crash', 'lost-reply', 'refused', 'stale', 'duplicate', 'takeover'],
      // Told as it happened, which is never the same.
      ignore: [{ kind: TaskService, path: '.status.events' }],
    }))
})
