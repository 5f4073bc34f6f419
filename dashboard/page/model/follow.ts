/** What the stream tells becomes state: once a frame, the latest alone, and only what differs. */

import { batch } from '@preact/signals'
import type {
  Hello,
  LinkState,
  ListView,
  Moment,
  RolloutView,
  TimelineMark,
} from '../../protocol.ts'
import type { Announcer } from '../announce.ts'
import type { Server } from '../link/server.ts'
import type { ServerEvent } from '../link/sse.ts'
import { type Line, type Reading, readStream } from '../link/stream.ts'
import type { Ports } from '../ports.ts'
import { keepSame } from '../same.ts'
import { type Chronicle, chronicleOf, longest, withMarks, withView } from '../time/chronicle.ts'
import type { State } from './state.ts'

/** A smaller difference is the way of the answer, and seconds that are whole. */
const clockToleranceMs = 2_500

/** The timeline is drawn again at this distance: there is more of it than of anything else. */
const timelineMs = 250
/** Marks that come while the timeline is asked for. */
const mostRecent = 200

/** A page may be out of sight for so long and still know at once. */
const unseenMs = 30_000

interface Pending {
  hello?: Hello
  list?: string
  rollout?: { text: string; receivedAt: number }
  marks: TimelineMark[]
  head?: Moment
}

export class Follower {
  readonly #ports: Ports
  readonly #state: State
  readonly #server: Server
  readonly #announcer: Announcer
  #pending: Pending = { marks: [] }
  #due = false
  #reading: Reading | undefined
  /** As it is by now; what is drawn may be a little older. */
  #chronicle: Chronicle | undefined
  /** What came last: an answer that was under way meanwhile may lack it. */
  #recent: TimelineMark[] = []
  #drawnAt = Number.NEGATIVE_INFINITY
  #cancelDraw: (() => void) | undefined
  #cancelRest: (() => void) | undefined
  #question = new AbortController()

  constructor(ports: Ports, state: State, server: Server, announcer: Announcer) {
    this.#ports = ports
    this.#state = state
    this.#server = server
    this.#announcer = announcer
  }

  /** Follows what the address names now, and nothing else any more. */
  follow(): void {
    this.stop()
    const { token, namespace, deployment } = this.#state.address.peek()
    const query = new URLSearchParams({ namespace, ...(deployment && { deployment }) })
    this.#reading = readStream(this.#ports, `/api/stream?${query}`, token, {
      line: (line) => this.#line(line),
      clock: (serverNow) => this.#clock(serverNow),
      event: (event) => this.#event(event),
    })
  }

  stop(): void {
    this.#reading?.stop()
    this.#reading = undefined
    this.#question.abort()
    this.#pending = { marks: [] }
    this.#cancelDraw?.()
    this.#cancelDraw = undefined
    this.#chronicle = undefined
    this.#recent = []
  }

  /** A browser has few connections for a server: a page that nobody sees lets go of its own. */
  seen(visible: boolean): void {
    this.#cancelRest?.()
    this.#cancelRest = undefined
    if (visible) this.#reading?.wake()
    else this.#cancelRest = this.#ports.later(unseenMs, () => this.#reading?.rest())
  }

  #line(line: Line): void {
    this.#state.line.value = line
  }

  #clock(serverNow: number): void {
    const ahead = serverNow - this.#ports.now()
    this.#state.ahead.value = Math.abs(ahead) > clockToleranceMs ? ahead : 0
  }

  #event({ type, data }: ServerEvent): void {
    const pending = this.#pending
    if (type === 'list') pending.list = data
    else if (type === 'rollout') pending.rollout = { text: data, receivedAt: this.#ports.now() }
    else if (type === 'hello') pending.hello = (JSON.parse(data) as { hello: Hello }).hello
    else if (type === 'link')
      this.#state.cluster.value = (JSON.parse(data) as { link: LinkState }).link
    else if (type === 'marks') this.#marks(JSON.parse(data))
    if (this.#due) return
    this.#due = true
    this.#ports.frame(() => {
      this.#due = false
      this.#flush()
    })
  }

  #marks({ marks, head }: { marks: TimelineMark[]; head: Moment }): void {
    this.#pending.marks = [...this.#pending.marks, ...marks].slice(-longest)
    this.#pending.head = head
  }

  #flush(): void {
    const { hello, list, rollout, marks, head } = this.#pending
    this.#pending = { marks: [] }
    batch(() => {
      if (hello) this.#greeted(hello)
      if (list) this.#listed((JSON.parse(list) as { list: ListView }).list)
      if (head) {
        this.#recent = [...this.#recent, ...marks].slice(-mostRecent)
        this.#grow((chronicle) => withMarks(chronicle, marks, head))
      }
      if (rollout) this.#told(rollout.text, rollout.receivedAt)
    })
  }

  #greeted(hello: Hello): void {
    this.#state.hello.value = keepSame(this.#state.hello.peek(), hello)
    void this.readTimeline()
  }

  #listed(list: ListView): void {
    const { liveList, address } = this.#state
    liveList.value = keepSame(liveList.peek(), list)
    const [first] = list.rows
    if (first && !address.peek().deployment)
      address.value = { ...address.peek(), deployment: first.name }
  }

  #told(text: string, receivedAt: number): void {
    const { rollout } = JSON.parse(text) as { rollout: RolloutView }
    const state = this.#state
    if (rollout.progress.name !== state.deployment.peek()) return
    state.live.value = keepSame(state.live.peek(), rollout)
    this.#grow((chronicle) => withView(chronicle, rollout))
    this.#announcer.told(rollout)
    state.painted.value = { revision: rollout.moment.revision, receivedAt }
  }

  #grow(change: (chronicle: Chronicle) => Chronicle): void {
    if (!this.#chronicle) return
    this.#chronicle = change(this.#chronicle)
    if (this.#cancelDraw) return
    const wait = this.#drawnAt + timelineMs - this.#ports.now()
    if (wait <= 0) this.#draw()
    else this.#cancelDraw = this.#ports.later(wait, () => this.#draw())
  }

  #draw(): void {
    this.#cancelDraw = undefined
    this.#drawnAt = this.#ports.now()
    this.#state.timeline.value = this.#chronicle
  }

  /** From the edge of what is kept; of another Deployment nothing is taken. */
  async readTimeline(): Promise<void> {
    const { namespace, deployment } = this.#state.address.peek()
    if (!deployment) return
    this.#question.abort()
    this.#question = new AbortController()
    const { signal } = this.#question
    try {
      const answer = await this.#server.timeline({ namespace, deployment }, signal)
      const later = this.#recent.filter(({ revision }) => revision > answer.head.revision)
      this.#chronicle = withMarks(chronicleOf(answer), later, later.at(-1) ?? answer.head)
      const live = this.#state.live.peek()
      this.#grow((chronicle) => (live ? withView(chronicle, live) : chronicle))
    } catch (error) {
      if (signal.aborted) return
      this.#state.toast.value = { bad: true, text: `No timeline: ${(error as Error).message}` }
    }
  }
}
