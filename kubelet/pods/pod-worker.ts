/**
 * One pod's worker: whenever something may have changed it looks at everything it knows, steps the pod's state, starts
 * what `decide` names and reports the status. Looking never waits; what takes time runs beside, at most once an action,
 * and its end is a reason to look again.
 */

import { isDeepStrictEqual } from 'node:util'
import type { Pod } from '../../api/types.ts'
import type { Cancel } from '../../ports/clock.ts'
import type { ResizeRefusal } from './allocation.ts'
import { killContainer } from './container-kill.ts'
import { StartError, startContainer } from './container-start.ts'
import { type Action, decide, newest, operationKey, type Situation } from './decide.ts'
import { nodeFacts } from './field-ref.ts'
import type { NodeContext } from './node-context.ts'
import { PodEvidence } from './pod-evidence.ts'
import { deadlineOf, podFacts } from './pod-facts.ts'
import { type FoundPod, foundPod } from './pod-lookup.ts'
import { PodOperations } from './pod-operations.ts'
import { PodResize, reconsiderEvery } from './pod-resize.ts'
import { type PodFacts, type PodState, step } from './pod-state.ts'
import { podStatus } from './status.ts'
import { UnderWay } from './under-way.ts'

export interface PodWorkerOptions {
  node: NodeContext
  pod: Pod
  /** The node's refusal of a pod that has not begun. */
  refused?: { reason: string; message: string }
  /** Why the node cannot hold the pod with other amounts. */
  refuseResize(pod: Pod): ResizeRefusal | undefined
  /** The pod holds other amounts of the node than before. */
  onResized(): void
  /** Nothing is left, here and in the API. */
  onGone(): void
}

export class PodWorker {
  readonly #node: NodeContext
  readonly #operations: PodOperations
  readonly #refused: PodWorkerOptions['refused']
  readonly #onGone: () => void
  readonly #underWay: UnderWay
  readonly #evidence: PodEvidence
  readonly #stopped = new Set<string>()
  readonly #seenAt: number
  readonly #resize: PodResize
  #state: PodState = { phase: 'active' }
  #vanished = false
  #evicted: PodFacts['evicted']
  #volumes: Situation['volumes'] = 'absent'
  /** Ends attempts to start containers when the pod is to stop. */
  readonly #stopping = new AbortController()
  #forgotten = false
  #woken = false
  #closed = false
  #cancelWake: Cancel = () => {}
  #refreshVolumes = false
  /** Over before this agent knew of it: its status is history. */
  readonly #isHistory: boolean

  constructor({ node, pod, refused, refuseResize, onResized, onGone }: PodWorkerOptions) {
    this.#node = node
    this.#resize = new PodResize({ node, pod, refuse: refuseResize, granted: onResized })
    this.#refused = refused
    this.#onGone = onGone
    this.#seenAt = node.clock.now()
    this.#isHistory = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
    this.#operations = new PodOperations(node)
    this.#underWay = new UnderWay(node.clock, () => this.wake())
    this.#evidence = new PodEvidence(node, () => this.wake())
    if (node.volumes.mounted(pod.metadata.uid ?? '')) this.#adoptVolumes()
    this.update(pod)
  }

  /** With the amounts that it may run with. */
  get pod(): Pod {
    return this.#pod
  }

  get #pod(): Pod {
    return this.#resize.pod
  }

  /** What it asks for may fit by now. */
  reconsider(): void {
    if (this.#resize.isDeferred) this.wake()
  }

  get state(): PodState {
    return this.#state
  }

  /** The pod as the API server has it now. */
  update(pod: Pod): void {
    const { labels, annotations } = this.#pod.metadata
    const shown = [pod.metadata.labels, pod.metadata.annotations]
    if (!isDeepStrictEqual([labels, annotations], shown)) this.#refreshVolumes = true
    this.#resize.update(pod)
    if (!this.#vanished && pod.spec) this.#node.objects.retain(pod)
    this.#node.statuses.observe(pod)
    this.#evidence.triggerProbes()
    this.wake()
  }

  /** The API server does not know the pod any more. */
  vanish(): void {
    this.#vanished = true
    this.wake()
  }

  /** Ends the pod for the node's sake; what was said first stays. */
  evict(message: string): void {
    this.#evicted ??= { reason: 'Evicted', message }
    this.wake()
  }

  /** A ConfigMap or Secret that the pod refers to has changed. */
  objectsChanged(): void {
    this.#refreshVolumes = true
    this.#underWay.forgive('volumes')
    this.#evidence.retryNow()
    this.wake()
  }

  /** Looks again soon; as often as one likes. */
  wake(): void {
    if (this.#woken || this.#closed) return
    this.#woken = true
    queueMicrotask(() => {
      this.#woken = false
      if (!this.#closed) this.#look()
    })
  }

  /** Stops looking; what runs goes on running. */
  close(): void {
    this.#closed = true
    this.#cancelWake()
    this.#evidence.close()
    this.#node.objects.release(this.#pod.metadata.uid ?? '')
  }

  found(): FoundPod {
    // As in the status: an instance that has ended is the last one as soon as the next is waited for.
    return foundPod(
      this.#pod,
      this.#view(),
      ({ name, state }) =>
        state === 'exited' &&
        this.#state.phase === 'active' &&
        this.#evidence.memory(this.#pod, name).waiting !== undefined,
    )
  }

  #view() {
    return this.#node.view.pod(this.#pod.metadata.uid ?? '')
  }

  /** Volumes made before a restart are there, but may be out of date or half made: make them again. */
  #adoptVolumes(): void {
    const [sandbox] = this.#view().sandboxes
    if (sandbox?.state !== 'ready') return
    this.#volumes = 'mounted'
    this.#refreshVolumes = true
  }

  #look(): void {
    const active = this.#state.phase === 'active'
    this.#evidence.observe(this.#pod, this.#view(), active, (name) =>
      this.#underWay.has(`start/${name}`),
    )
    for (let next = step(this.#state, this.#facts()); next !== this.#state; ) {
      this.#state = next
      this.#announce(next)
      next = step(this.#state, this.#facts())
    }
    if (this.#state.phase !== 'active') {
      this.#stopping.abort()
      this.#evidence.probeReadinessAlone()
    }
    if (this.#state.phase === 'gone') {
      this.#end()
      return
    }
    if (this.#state.phase === 'active' && this.#resize.consider()) {
      this.#refreshVolumes = true
      this.#underWay.forgive('resize')
    }
    const situation = this.#situation()
    for (const action of decide(situation)) this.#begin(action)
    if (this.#refreshVolumes && this.#volumes === 'mounted') this.#updateVolumes()
    this.#report()
    this.#scheduleWake()
  }

  /** Whoever asks why a pod failed finds it in the pod's events as well as in its status. */
  #announce(state: PodState): void {
    const failure =
      state.phase === 'rejected'
        ? state
        : state.phase === 'stopping' && state.cause.kind === 'failed'
          ? state.cause
          : undefined
    if (!failure) return
    const { reason, message } = failure
    this.#node.events.record(this.#pod, { type: 'Warning', reason, message })
  }

  #facts(): PodFacts {
    return podFacts({
      node: this.#node,
      pod: this.#pod,
      seenAt: this.#seenAt,
      vanished: this.#vanished,
      refused: this.#refused,
      evicted: this.#evicted,
      underWay: this.#underWay,
      stopped: this.#stopped,
      tries: this.#tries,
    })
  }

  readonly #tries: Situation['tries'] = (name) => this.#evidence.tries(this.#pod, name)

  #situation(): Situation {
    const { clock, volumes } = this.#node
    const uid = this.#pod.metadata.uid ?? ''
    const releasing = this.#state.phase === 'releasing'
    return {
      pod: this.#pod,
      state: this.#state,
      now: clock.now(),
      view: this.#view(),
      tries: this.#tries,
      volumes: releasing && volumes.mounted(uid) ? 'mounted' : this.#volumes,
      notBefore: (key) => this.#underWay.notBefore(key),
      resize: this.#resize.work(),
      stopped: this.#stopped,
      left: () => this.#node.files.exist(this.#pod),
      forgotten: this.#forgotten,
      busy: this.#underWay.marks,
    }
  }

  #begin(action: Action): void {
    const mark = action.do === 'kill' ? { deadline: action.deadline } : {}
    this.#underWay.begin(
      operationKey(action),
      mark,
      (again) => this.#do(action, again),
      (error, retryAt) => this.#failed(action, error, retryAt),
    )
  }

  async #do(action: Action, again: boolean): Promise<void> {
    const pod = this.#pod
    const operations = this.#operations
    const uid = pod.metadata.uid ?? ''
    switch (action.do) {
      case 'mountVolumes':
        await operations.mountVolumes(pod)
        this.#volumes = 'mounted'
        return
      case 'runSandbox':
        return operations.runSandbox(pod, action.attempt)
      case 'stopSandbox':
        await operations.stopSandbox(action.id)
        this.#stopped.add(action.id)
        return
      case 'removeSandbox':
        return operations.removeSandbox(action.id, this.#view().containers)
      case 'removeContainer':
        return operations.removeContainer(pod, action.container)
      case 'start':
        return this.#start(action)
      case 'resize':
        return this.#resize.apply()
      case 'kill':
        if (action.reason === 'changed' || action.reason === 'resized')
          this.#evidence.memory(pod, action.container.name).owe(action.container.id)
        return killContainer(this.#node, pod, action, again)
      case 'unmountVolumes':
        await this.#node.volumes.unmount(uid)
        this.#volumes = 'absent'
        return
      case 'removeLeftovers':
        return this.#node.files.remove(pod)
      case 'forget':
        if (await operations.forget(pod)) this.#vanished = true
        else this.#forgotten = true
        return
      default:
        return action satisfies never
    }
  }

  async #start(action: Action & { do: 'start' }): Promise<void> {
    const { container, attempt, sandbox } = action
    const memory = this.#evidence.memory(this.#pod, container.name)
    const last = newest(this.#view(), container.name)
    // Before it starts: it may have ended before anybody hears that it has started.
    if (last?.state === 'exited') memory.restarting(last, this.#node.clock.now())
    try {
      const id = await startContainer(
        this.#node,
        { pod: this.#pod, container, attempt, sandbox },
        this.#stopping.signal,
      )
      this.#resize.started(container.name, id, container.resources)
      memory.hasStarted(id)
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      if (!(error instanceof StartError)) throw error
      memory.couldNotStart(error.reason, error.message, error.retryAt)
    }
  }

  #failed(action: Action, error: unknown, retryAt: number): void {
    this.#node.onError(error)
    if (action.do === 'resize') this.#resize.failed(error as Error)
    if (action.do === 'start')
      this.#evidence
        .memory(this.#pod, action.container.name)
        .couldNotStart('CreateContainerError', (error as Error).message, retryAt)
  }

  #updateVolumes(): void {
    if (this.#underWay.has('volumes') || this.#state.phase !== 'active') return
    this.#refreshVolumes = false
    const [sandbox] = this.#view().sandboxes
    const facts = nodeFacts(this.#pod, sandbox, this.#node.settings)
    const { volumes, onError } = this.#node
    const mount = () => volumes.mount(this.#pod, facts).catch(onError)
    this.#underWay.begin('volumes', {}, mount, onError)
  }

  #report(): void {
    if (this.#vanished || this.#isHistory || !this.#pod.spec) return
    const { statuses, settings, runtimeName, clock } = this.#node
    const pod = { ...this.#pod, status: statuses.latest(this.#pod) }
    const status = podStatus({
      pod,
      state: this.#state,
      now: clock.now(),
      seenAt: this.#seenAt,
      view: this.#view(),
      runtimeName,
      hostIPs: settings.hostIPs,
      waiting: (name) => this.#evidence.memory(pod, name).waiting,
      startedId: (name) => this.#evidence.memory(pod, name).startedId,
      passesReadiness: (id) => this.#evidence.passesReadiness(id),
      terminationMessage: (id) => this.#evidence.terminationMessage(id),
      amountsOf: this.#resize.amountsOf,
      resize: this.#resize.progress(),
    })
    if (this.#evidence.isIncomplete(this.#view().containers)) return
    statuses.set(this.#pod, status)
  }

  /** At the next moment when waiting alone changes something. */
  #scheduleWake(): void {
    this.#cancelWake()
    const { clock } = this.#node
    const times = this.#underWay.moments()
    if (this.#state.phase === 'active') {
      times.push(...this.#evidence.moments())
      if (this.#resize.isDeferred) times.push(clock.now() + reconsiderEvery)
      const deadline = deadlineOf(this.#pod, this.#seenAt)
      if (deadline !== undefined) times.push(deadline)
    }
    const now = clock.now()
    const next = Math.min(...times.filter((at) => at > now))
    if (Number.isFinite(next)) this.#cancelWake = clock.after(next - now, () => this.wake())
  }

  #end(): void {
    this.close()
    this.#node.statuses.forget(this.#pod.metadata.uid ?? '')
    this.#onGone()
  }
}
