import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { KubernetesObject } from '../../controllers/framework/index.ts'
import { type LogEntry, startWorld } from '../../world/index.ts'
import { boundsOf } from './service/bounds.ts'
import type { TaskService } from './service/kind.ts'
import { isRunning, stays, takesPlace } from './service/tasks.ts'
import type { Task } from './task/kind.ts'
import { taskService } from './task-service.ts'

const apiVersion = 'ecs.example.com/v1'
/** The third cannot be pulled, the fourth ends by itself. */
const containers = [
  { image: 'hello:v1' },
  { image: 'hello:v2' },
  { image: 'registry.invalid/hello:v3' },
  { image: 'hello:v4', dockerLabels: { 'tiphys.dev/simulated-exit': '1@20s' } },
]
const definitions = containers.map((container, index) => ({
  apiVersion,
  kind: 'TaskDefinition',
  metadata: { name: `web-${index + 1}`, namespace: 'default' },
  spec: {
    family: 'web',
    revision: index + 1,
    containerDefinitions: [{ name: 'main', ...container }],
  },
}))

interface Wish {
  revision: number
  desiredCount: number
  minimumHealthyPercent: number
  maximumPercent: number
  rollback: boolean
  /** Seconds until the next one. */
  patience: number
}

const wish: fc.Arbitrary<Wish> = fc.record({
  revision: fc.integer({ min: 1, max: 4 }),
  desiredCount: fc.integer({ min: 0, max: 5 }),
  minimumHealthyPercent: fc.integer({ min: 0, max: 99 }),
  maximumPercent: fc.integer({ min: 100, max: 200 }),
  rollback: fc.boolean(),
  patience: fc.integer({ min: 0, max: 90 }),
})

const serviceOf = ({ revision, desiredCount, rollback, ...bounds }: Wish): KubernetesObject => ({
  apiVersion,
  kind: 'TaskService',
  metadata: { name: 'web' },
  spec: {
    taskDefinition: `web:${revision}`,
    desiredCount,
    deploymentConfiguration: {
      minimumHealthyPercent: bounds.minimumHealthyPercent,
      maximumPercent: bounds.maximumPercent,
      deploymentCircuitBreaker: { enable: true, rollback },
    },
  },
})

/** Objects to each write by which the service left its bounds, with what it should have kept to. */
class Watchman {
  readonly #tasks = new Map<string, Task>()
  #bounds = { lower: 0, upper: 0 }

  see({ type, kind, ref, after, before, by }: LogEntry): void {
    if (kind.kind === 'TaskService' && after) {
      const { desiredCount, deploymentConfiguration } = (after as unknown as TaskService).spec
      this.#bounds = boundsOf(desiredCount, deploymentConfiguration)
    }
    if (kind.kind !== 'Task') return
    if (type === 'deleted') this.#tasks.delete(ref.name)
    else this.#tasks.set(ref.name, after as unknown as Task)
    if (by !== 'controllers') return
    const tasks = [...this.#tasks.values()]
    if (type === 'created') {
      const count = tasks.filter(takesPlace).length
      assert.ok(count <= this.#bounds.upper, `${ref.name} is one of ${count} tasks`)
    }
    const [was, is] = [before, after] as unknown as (Task | undefined)[]
    if (type === 'updated' && was && is && stays(was) && isRunning(was) && isStopped(is)) {
      const count = tasks.filter((task) => stays(task) && isRunning(task)).length
      assert.ok(count >= this.#bounds.lower, `${ref.name} leaves ${count} tasks`)
    }
  }
}

const isStopped = ({ spec }: Task): boolean => spec.desiredStatus === 'STOPPED'

describe('a service under random updates', () => {
  it('never leaves its bounds by what it does', async function () {
    this.timeout(60_000)
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { minLength: 2, maxLength: 6 }), async (wishes) => {
        const world = await startWorld({ ...taskService, objects: definitions })
        const watchman = new Watchman()
        world.follow((entry) => watchman.see(entry))
        try {
          for (const one of wishes) {
            await world.apply(serviceOf(one))
            await world.advance(one.patience * 1000)
          }
        } finally {
          await world.close()
        }
      }),
      { numRuns: 12, seed: 1 },
    )
  })
})
