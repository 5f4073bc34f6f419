/**
 * What is found out beside the source about a rollout that somebody looks at: what its dead containers wrote last, and
 * whether its next rollout has room. Asked once for each state of things, one question at a time, and never in the way.
 */

import { ApiError, type Cluster, ConnectionError } from '../../controllers/framework/index.ts'
import type { Clock } from '../../ports/clock.ts'
import { boundsOf, isRollingUpdate } from '../../rollouts/bounds.ts'
import { foresee } from '../../rollouts/room.ts'
import { placesOf } from '../../rollouts/troubles/index.ts'
import { endOf, type Place } from '../../rollouts/troubles/trouble.ts'
import type { Follower } from './follower.ts'
import type { Gateway } from './gateway.ts'
import { roomOf } from './nodes.ts'
import { logLines } from './views/log.ts'
import type { Look } from './views/look.ts'

/** Lines of a log that explain an end. */
const tailLines = 10
/** Ends of containers that were asked about, and forecasts. */
const remembered = 256
/** Milliseconds that a forecast holds. */
const forecastMs = 30_000

export interface AttendanceOptions {
  cluster: Pick<Cluster, 'list'>
  gateway: Pick<Gateway, 'liveLog'>
  clock: Clock
}

export class Attendance {
  readonly #options: AttendanceOptions
  readonly #asked = new Map<string, true>()
  readonly #forecasts = new Map<string, { generation: number | undefined; at: number }>()
  #busy = false
  /** Asked for meanwhile. */
  #next: [Follower, string] | undefined

  constructor(options: AttendanceOptions) {
    this.#options = options
  }

  /** Resolves when there is nothing more to ask; tells the follower what it has found. */
  async attend(follower: Follower, name: string): Promise<void> {
    if (this.#busy) {
      this.#next = [follower, name]
      return
    }
    this.#busy = true
    try {
      const look = follower.board.look(name)
      if (look) {
        await this.#forecast(follower, look)
        await this.#lastWords(follower, look)
      }
    } catch (error) {
      // The views stand without it; it is asked again.
      if (!(error instanceof ApiError || error instanceof ConnectionError)) throw error
    } finally {
      this.#busy = false
    }
    const next = this.#next
    this.#next = undefined
    if (next) await this.attend(...next)
  }

  async #forecast(follower: Follower, { deployment }: Look): Promise<void> {
    const { name = '', generation } = deployment.metadata
    const { maxUnavailable, desired } = boundsOf(deployment)
    const key = `${follower.namespace}/${name}`
    if (!isRollingUpdate(deployment) || maxUnavailable > 0 || desired === 0) {
      this.#forecasts.delete(key)
      follower.foresee(name, undefined)
      return
    }
    const now = this.#options.clock.monotonic()
    const last = this.#forecasts.get(key)
    if (last && last.generation === generation && now - last.at < forecastMs) return
    keep(this.#forecasts, key, { generation, at: now })
    const room = await roomOf(this.#options.cluster)
    const forecast = foresee(deployment, deployment.spec?.template, room)
    follower.foresee(name, forecast && forecast.fits !== true ? forecast.message : undefined)
  }

  async #lastWords(follower: Follower, look: Look): Promise<void> {
    for (const place of look.pods.flatMap(placesOf)) {
      const end = endOf(place)
      if (!end || end.exitCode === 0) continue
      const { uid = '', name: pod = '' } = place.pod.metadata
      const key = `${uid}/${place.status.name}/${end.finishedAt ?? place.status.restartCount}`
      if (this.#asked.has(key)) continue
      keep(this.#asked, key, true)
      const lines = await this.#tail(follower.namespace, pod, place)
      if (lines.length === 0) continue
      follower.hear({
        type: 'LOG',
        at: end.finishedAt ?? look.moment.at,
        pod: { name: pod, uid },
        container: place.status.name,
        restarts: place.status.restartCount,
        lines,
      })
    }
  }

  async #tail(namespace: string, pod: string, { status }: Place): Promise<string[]> {
    const previous = !status.state?.terminated
    const container = { namespace, pod, container: status.name }
    const text = await this.#options.gateway.liveLog(container, { previous, lines: tailLines })
    return logLines(text).map(({ text }) => text)
  }
}

/** The oldest gives way. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > remembered && oldest !== undefined) map.delete(oldest)
}
