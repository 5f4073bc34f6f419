/** A source whose lines are told by the test, and a tab that takes what it wants. */

import type { KubernetesObject } from '../../../api/object.ts'
import { seededRandom } from '../../../ports/random.ts'
import { VirtualClock } from '../../../ports/virtual-clock.ts'
import { Inbox } from '../../../recordings/inbox.ts'
import { type Line, recordingFormat } from '../../../recordings/recording.ts'
import type { EventStream } from '../event-stream.ts'
import { Follower } from '../follower.ts'
import type { ReadOptions, Source } from '../source.ts'
import { Viewer } from '../viewer.ts'

const begin = Date.UTC(2026, 0, 1)

/** A Deployment of so many replicas, at this revision; it is paused, so that no clock goes. */
export const web = (revision: number, replicas = 3): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: 'default',
    uid: 'web-uid',
    generation: replicas,
    resourceVersion: String(revision),
  },
  spec: {
    replicas,
    paused: true,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } },
  },
  status: { observedGeneration: replicas },
})

export class Script {
  readonly clock = new VirtualClock(begin)
  /** What was asked of the source, so far. */
  readonly asked: Pick<ReadOptions, 'after'>[] = []
  readonly reported: unknown[] = []
  readonly follower: Follower
  /** How often the present is read beside the past just now. */
  previews = 0
  #inbox = new Inbox<Line>()
  readonly #preview = new Inbox<Line>()

  constructor() {
    const script = this
    const source: Source = {
      async *lines(_, { signal: _signal, trouble: _trouble, ...asked }) {
        script.asked.push(asked)
        yield* script.#inbox
      },
      async *present() {
        script.previews++
        yield* script.#preview
        script.previews--
      },
    }
    this.follower = new Follower({
      source,
      namespace: 'default',
      clock: this.clock,
      random: seededRandom(1),
      report: (error) => this.reported.push(error),
    })
  }

  tell(...lines: Line[]): void {
    for (const line of lines) this.#inbox.push(line)
  }

  /** Of the present, which is read where the past takes long. */
  preview(...lines: Line[]): void {
    for (const line of lines) this.#preview.push(line)
  }

  /** The source breaks off; whoever asks again gets what is told from now on. */
  fail(error: unknown): void {
    const inbox = this.#inbox
    this.#inbox = new Inbox()
    inbox.fail(error)
  }

  /** Lets what is told be heard. */
  settle = (): Promise<void> => this.clock.advance(0)

  at = (revision: number) => ({ revision, at: new Date(this.clock.now()).toISOString() })

  header = (): Line => ({
    type: 'HEADER',
    format: recordingFormat,
    server: 'v1.36.0',
    namespace: 'default',
    resources: ['deployments.apps'],
    edge: this.at(1),
  })

  keyframe = (revision: number, ...objects: KubernetesObject[]): Line => ({
    type: 'KEYFRAME',
    ...this.at(revision),
    objects,
  })

  mark = (revision: number): Line => ({ type: 'MARK', ...this.at(revision) })

  put = (revision: number, replicas: number): Line => ({
    type: 'PUT',
    ...this.at(revision),
    object: web(revision, replicas),
  })

  /** All that is there has been read. */
  async begin(): Promise<void> {
    this.tell(this.header(), this.keyframe(1, web(1)), this.mark(1))
    await this.settle()
  }

  tab(options: { after?: number } = {}): Tab {
    return new Tab(this, options.after)
  }
}

export class Tab {
  /** With the milliseconds since the beginning. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
  readonly heard: { time: number; type: string; data: any; id: number | undefined }[] = []
  slow = false
  readonly viewer: Viewer

  constructor({ follower, clock, reported }: Script, after: number | undefined) {
    const tab = this
    const stream: EventStream = {
      get ready() {
        return !tab.slow
      },
      send: (type, data, id) => this.heard.push({ time: clock.now() - begin, type, data, id }),
      close: () => undefined,
    }
    this.viewer = new Viewer({
      clock,
      follower,
      deployment: 'web',
      after,
      stream,
      hello: async () => ({
        server: '',
        context: '',
        namespaces: [],
        edge: follower.edge,
        causes: false,
      }),
      attend: () => undefined,
      report: (error) => reported.push(error),
    })
  }

  get types(): string[] {
    return this.heard.map(({ type }) => type)
  }

  /** What it was told of the replicas, each with its time. */
  get rollouts(): [time: number, desired: number][] {
    return this.heard
      .filter(({ type }) => type === 'rollout')
      .map(({ time, data }) => [time, data.rollout.progress.gauge.desired])
  }
}
