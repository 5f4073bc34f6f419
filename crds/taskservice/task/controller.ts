/**
 * Runs tasks: one pod each, never a second. A stopped task is kept for an hour, so that people can read what became of
 * it, and then removed with what is left of its pod.
 */

import { isDeepStrictEqual } from 'node:util'
import { controller, Pod, requeue } from '../../../controllers/framework/index.ts'
import { isOld } from '../old-view.ts'
import { familyOf, resolve, TaskDefinition } from '../task-definition/index.ts'
import { Task, type TaskStatus } from './kind.ts'
import { step } from './lifecycle.ts'
import { podOf } from './pod.ts'

/** Milliseconds. */
const kept = 3_600_000

export const taskController = controller(Task)
  .owns(Pod)
  .watches(TaskDefinition, ({ metadata, spec }, read) =>
    read(Task)
      .list({ namespace: metadata.namespace! })
      .filter((task) => !task.status?.pod && familyOf(task.spec.taskDefinition) === spec.family)
      .map((task) => ({ namespace: metadata.namespace!, name: task.metadata.name! })),
  )
  .concurrency(16)
  .reconcile(async (task, { read, live, apply, remove, status, clock, key }) => {
    const now = clock.now()
    if (endsAt(task) <= now)
      return void (await remove(Task, task, {
        because: (current) => current !== undefined && endsAt(current) <= now,
      }))

    const definitions = read(TaskDefinition).list({ namespace: key.namespace })
    const wanted = task.status?.taskDefinition ?? task.spec.taskDefinition
    const definition = resolve(wanted, definitions)
    const pod = read(Pod)
      .ownedBy(task.metadata.uid!)
      .find(({ metadata }) => metadata.name === key.name)
    const next = step(task, pod, definition, now)
    const changes = next.pod !== 'leave' || !isSame(next.status, task.status)
    if (changes && (await isOld(live, Task, task))) return requeue.after('1s')
    // That its pod is gone is the end of a task: not to be taken from an old view.
    if (changes && !pod && task.status?.pod) {
      const current = await live(Pod, key)
      if (current?.metadata.uid === task.status.pod) return requeue.after('1s')
    }
    status(next.status)

    if (next.pod === 'make' && definition) await apply(Pod, podOf(task, definition))
    if (next.pod === 'remove' && pod && !pod.metadata.deletionTimestamp)
      await remove(Pod, pod, {
        because: (current) => !current || current.status?.lastStatus === 'DEPROVISIONING',
      })
    const again = Math.min(next.again ?? Infinity, endsAt({ status: next.status }))
    return again === Infinity ? undefined : requeue.after(again - now)
  })

/** What is `undefined` here is absent there. */
const isSame = (said: TaskStatus, known: TaskStatus = {}): boolean =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(said)), known)

/** When a task has been stopped long enough, in milliseconds since the epoch. */
const endsAt = ({ status }: Pick<Task, 'status'>): number =>
  status?.lastStatus === 'STOPPED' ? Date.parse(status.stoppedAt ?? '') + kept : Infinity
