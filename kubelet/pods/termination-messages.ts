/** The last words of ended containers, each read once from its file. */

import type { Container, Pod } from '../../api/types.ts'
import type { RuntimeContainer } from '../runtime/runtime.ts'
import type { PodFiles } from './pod-files.ts'

/** Instances remembered a pod. */
const most = 64

export class TerminationMessages {
  readonly #files: PodFiles
  readonly #changed: () => void
  readonly #onError: (error: unknown) => void
  /** By the runtime's id; `undefined` while being read. */
  readonly #messages = new Map<string, string | undefined>()

  constructor(files: PodFiles, changed: () => void, onError: (error: unknown) => void) {
    this.#files = files
    this.#changed = changed
    this.#onError = onError
  }

  want(pod: Pod, container: Container, ended: RuntimeContainer): void {
    if (this.#messages.has(ended.id)) return
    const [oldest] = this.#messages.keys()
    if (this.#messages.size >= most && oldest !== undefined) this.#messages.delete(oldest)
    this.#messages.set(ended.id, undefined)
    this.#files
      .terminationMessage(pod, container, ended.attempt, ended.exitCode)
      .catch((error) => {
        this.#onError(error)
        return ''
      })
      .then((message) => {
        this.#messages.set(ended.id, message)
        this.#changed()
      })
  }

  get(id: string): string {
    return this.#messages.get(id) ?? ''
  }

  /** Whether the words of one of these are still being read. */
  pending(containers: readonly RuntimeContainer[]): boolean {
    return containers.some(
      ({ id }) => this.#messages.has(id) && this.#messages.get(id) === undefined,
    )
  }
}
