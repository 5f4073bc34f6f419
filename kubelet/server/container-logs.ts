/** Serves `logs`: which container, which part, and for how long. */

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Clock } from '../../ports/clock.ts'
import type { FoundContainer, FoundPod, PodLookup } from '../pods/pod-lookup.ts'
import { type LogOptions, readLog } from './logs.ts'
import { podAt } from './places.ts'
import { Refusal } from './refusal.ts'
import { type ContainerPlace, flag, wholeNumber } from './routes.ts'

export async function serveLogs(
  { pods, clock }: { pods: PodLookup; clock: Clock },
  route: ContainerPlace,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const previous = flag(query, 'previous')
  const container = logContainer(podAt(pods, route), route.container, previous)
  const options = logOptions(query, clock.now())
  const controller = new AbortController()
  response.on('close', () => controller.abort())
  const running = async () => !previous && stillRuns(pods, route, container.id)
  const source = { path: container.logPath, running, clock, signal: controller.signal }
  response.setHeader('Content-Type', 'text/plain')
  for await (const chunk of readLog(source, options)) {
    if (!response.write(chunk))
      await Promise.race([once(response, 'drain'), once(response, 'close')])
    if (response.destroyed) return
  }
  response.end()
}

function stillRuns(pods: PodLookup, { namespace, pod }: ContainerPlace, id: string): boolean {
  const found = pods.find(namespace, pod)
  const container = found?.containers.find((candidate) => candidate.id === id)
  return container?.state === 'running' || container?.state === 'created'
}

function logContainer(found: FoundPod, name: string, previous: boolean): FoundContainer {
  const { metadata } = found.pod
  const list = previous ? found.previous : found.containers
  const container = list.find((candidate) => candidate.name === name)
  if (container) return container
  throw new Refusal(
    400,
    previous
      ? `previous terminated container "${name}" in pod "${metadata.name}" not found`
      : `container "${name}" in pod "${metadata.name}" is waiting to start: ${waitingReason(found, name)}`,
  )
}

function waitingReason({ pod }: FoundPod, name: string): string {
  const statuses = [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.ephemeralContainerStatuses ?? []),
  ]
  const status = statuses.find((candidate) => candidate.name === name)
  return status?.state?.waiting?.reason ?? 'ContainerCreating'
}

function logOptions(query: URLSearchParams, now: number): LogOptions {
  const seconds = wholeNumber(query, 'sinceSeconds')
  const time = query.get('sinceTime')
  const since = seconds === undefined ? (time ? Date.parse(time) : undefined) : now - seconds * 1000
  if (Number.isNaN(since)) throw new RangeError(`sinceTime must be RFC 3339, not "${time}"`)
  const stream = query.get('stream')?.toLowerCase()
  return {
    follow: flag(query, 'follow'),
    timestamps: flag(query, 'timestamps'),
    tailLines: wholeNumber(query, 'tailLines'),
    limitBytes: wholeNumber(query, 'limitBytes'),
    since,
    stream: stream === 'stdout' || stream === 'stderr' ? stream : undefined,
  }
}
