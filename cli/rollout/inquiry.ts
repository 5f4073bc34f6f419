/**
 * Asks what pods in trouble do not say themselves: their events, and the last lines of containers that ended. Only for
 * those that the verdict is about, each again only when it has failed once more, one question at a time.
 */

import type { Event as EventObject, Pod as PodObject } from '../../api/types.ts'
import { ApiError, ConnectionError } from '../../controllers/framework/index.ts'
import type { Explanation } from '../../rollouts/explanation.ts'
import type { LogTail, Snapshot } from '../../rollouts/snapshot.ts'
import { placesOf } from '../../rollouts/troubles/index.ts'
import { endOf } from '../../rollouts/troubles/trouble.ts'
import { eventsOf } from './family.ts'
import type { Reading } from './look.ts'

/** Lines of a log that are kept. */
export const tailLines = 10
/** Pods that are remembered. */
const remembered = 16

interface Answer {
  /** What was true of the pod when it was asked about. */
  state: string
  events: EventObject[]
  logs: LogTail[]
}

export class Inquiry {
  readonly #session: Reading
  readonly #answers = new Map<string, Answer>()
  #asking = false

  constructor(session: Reading) {
    this.#session = session
  }

  /** What is known so far. */
  get told(): Pick<Snapshot, 'events' | 'logs'> {
    const answers = [...this.#answers.values()]
    return {
      events: answers.flatMap(({ events }) => events),
      logs: answers.flatMap(({ logs }) => logs),
    }
  }

  /** A question is under way: soon more may be known. */
  get asking(): boolean {
    return this.#asking
  }

  /** @returns whether more is known than before */
  async ask(explanation: Explanation, pods: readonly PodObject[]): Promise<boolean> {
    if (this.#asking || !['crash', 'readiness', 'init', 'start'].includes(explanation.code))
      return false
    const pod = pods.find(
      ({ metadata }) => `pod/${metadata.name}` === explanation.because[0]?.object,
    )
    const uid = pod?.metadata.uid
    if (!pod || !uid) return false
    const state = stateOf(pod)
    if (this.#answers.get(uid)?.state === state) return false
    this.#asking = true
    try {
      const answer = { state, ...(await inquire(this.#session, pod)) }
      this.#answers.delete(uid)
      this.#answers.set(uid, answer)
      const [oldest] = this.#answers.keys()
      if (this.#answers.size > remembered && oldest) this.#answers.delete(oldest)
      return true
    } catch (error) {
      // The verdict stands without it; it is asked again.
      if (error instanceof ApiError || error instanceof ConnectionError) return false
      throw error
    } finally {
      this.#asking = false
    }
  }
}

/** Changes when there may be something new to read. */
const stateOf = (pod: PodObject): string =>
  placesOf(pod)
    .map(({ status }) => `${status.name} ${status.restartCount} ${Object.keys(status.state ?? {})}`)
    .join()

/** What was told of a pod, and what its failed containers wrote last; what cannot be had is left out. */
export async function inquire(
  session: Reading,
  pod: PodObject,
): Promise<{ events: EventObject[]; logs: LogTail[] }> {
  const { name = '', uid = '' } = pod.metadata
  const events = await eventsOf(session, { kind: 'Pod', name, uid })
  const logs: LogTail[] = []
  for (const place of placesOf(pod)) {
    const { status } = place
    if (!endOf(place) || endOf(place)?.exitCode === 0) continue
    const lines = await lastLines(session, name, status.name, !status.state?.terminated)
    if (lines.length > 0) logs.push({ uid, container: status.name, lines })
  }
  return { events, logs }
}

async function lastLines(
  { cluster, namespace }: Reading,
  name: string,
  container: string,
  previous: boolean,
): Promise<string[]> {
  try {
    const text = await cluster.podLog({ namespace, name }, { container, previous, tailLines })
    return text.split('\n').filter((line) => line.trim() !== '')
  } catch (error) {
    // The log is gone with its container, or may not be read: the rest can be told without it.
    if (error instanceof ApiError || error instanceof ConnectionError) return []
    throw error
  }
}
