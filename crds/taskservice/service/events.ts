/** What a service tells of itself, in ECS's words: the newest first, bounded. Pure. */

import { time } from '../../../controllers/framework/index.ts'
import type { ServiceEvent, TaskService } from './kind.ts'

const bound = 100

/** @param messages the oldest first */
export function eventsOf(
  { metadata, status }: TaskService,
  messages: readonly string[],
  now: number,
): ServiceEvent[] {
  const added = messages.map((message) => ({
    createdAt: time(now),
    message: `(service ${metadata.name}) ${message}`,
  }))
  return [...added.reverse(), ...(status?.events ?? [])].slice(0, bound)
}

type Named = { metadata?: { name?: string | undefined } | undefined }

export const started = (tasks: readonly Named[]): string =>
  `has started ${tasks.length} tasks: ${listOf(tasks)}.`

export const stopped = (tasks: readonly Named[]): string =>
  `has stopped ${tasks.length} running tasks: ${listOf(tasks)}.`

export const steady = 'has reached a steady state.'
export const inconsistent = 'is unable to consistently start tasks successfully.'
export const blocked =
  'was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.'

const listOf = (tasks: readonly Named[]) =>
  tasks.map(({ metadata }) => `(task ${metadata?.name})`).join(' ')
