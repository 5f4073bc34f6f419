/** What the page changes: undo with its plan, redo, pause and resume. It never forces anything. */

import type { UndoPlan } from '../../protocol.ts'
import { Refusal, type Server } from '../link/server.ts'
import { shortHash } from '../rollout/words.ts'
import type { State, UndoAsked } from './state.ts'

export class Writer {
  readonly #state: State
  readonly #server: Server

  constructor(state: State, server: Server) {
    this.#state = state
    this.#server = server
  }

  /** Opens the dialog: what going back would do. Without a hash: to what was before. */
  async plan(to?: string): Promise<void> {
    const { namespace, deployment } = this.#state.address.peek()
    try {
      const plan = await this.#server.plan({ namespace, deployment, ...(to && { to }) })
      this.#state.undo.value = { plan, namespace, deployment, changed: false, busy: false }
    } catch (error) {
      this.#refused(error)
    }
  }

  close(): void {
    this.#state.undo.value = undefined
  }

  async confirm(): Promise<void> {
    const asked = this.#state.undo.peek()
    if (!asked || asked.busy) return
    this.#state.undo.value = { ...asked, busy: true }
    try {
      await this.#undo(asked, asked.plan)
      this.close()
    } catch (error) {
      this.#state.undo.value = after(asked, error)
    }
  }

  async redo(): Promise<void> {
    const { redo } = this.#state.toast.peek() ?? {}
    if (!redo) return
    this.#state.toast.value = undefined
    const { hash, namespace, deployment } = redo
    try {
      const plan = await this.#server.plan({ namespace, deployment, to: hash })
      await this.#undo({ namespace, deployment }, plan)
    } catch (error) {
      this.#refused(error)
    }
  }

  async #undo(
    { namespace, deployment }: Pick<UndoAsked, 'namespace' | 'deployment'>,
    { target, resourceVersion, cause }: UndoPlan,
  ): Promise<void> {
    const { redo } = await this.#server.undo({
      namespace,
      deployment,
      to: target.hash,
      resourceVersion,
    })
    const text = `${deployment}: ${cause || `undo to ${shortHash(target.hash)}`}`
    this.#state.toast.value = { bad: false, text, redo: { hash: redo, namespace, deployment } }
  }

  async pause(verb: 'pause' | 'resume'): Promise<void> {
    const { namespace, deployment } = this.#state.address.peek()
    const { resourceVersion } = this.#state.live.peek() ?? {}
    if (resourceVersion === undefined) return
    try {
      await this.#server.pause(verb, { namespace, deployment, resourceVersion })
      this.#state.toast.value = { bad: false, text: `${deployment} is ${verb}d` }
    } catch (error) {
      this.#refused(error)
    }
  }

  #refused(error: unknown): void {
    this.#state.toast.value = { bad: true, text: words(error) }
  }
}

/** It has changed meanwhile: what it would do now is shown, and asked again. */
function after(asked: UndoAsked, error: unknown): UndoAsked {
  const plan = error instanceof Refusal && error.status === 409 ? error.plan : undefined
  return plan
    ? { ...asked, plan, changed: true, busy: false }
    : { ...asked, busy: false, error: words(error) }
}

const words = (error: unknown): string =>
  error instanceof Refusal ? `${error.message} ${error.next}`.trim() : (error as Error).message
