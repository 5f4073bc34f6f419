/** Carries out what `finalizer.ts` decides, and says aloud when a clean-up does not succeed. */

import type { KubernetesObject } from '../../api/object.ts'
import { ApiError, isNotFound } from './cluster.ts'
import type { EventText } from './context.ts'
import type { Controller } from './controller.ts'
import { addition, holdOf, removal } from './finalizer.ts'
import { Recent } from './recent.ts'
import type { Result } from './result.ts'
import type { Run } from './run.ts'
import { isGuarded } from './safeguards.ts'

type Finalizer = NonNullable<Controller['finalizer']>

/** Objects whose failed clean-ups are counted. */
const counted = 10_000
/** How often the place of the finalizer in the list is looked up anew. */
const attempts = 3

export class Finalizing {
  readonly #finalizer: Finalizer
  readonly #record: (about: KubernetesObject, event: EventText) => void
  /** Failed clean-ups by uid. */
  readonly #failures = new Recent<number>(counted)

  constructor(finalizer: Finalizer, record: (about: KubernetesObject, event: EventText) => void) {
    this.#finalizer = finalizer
    this.#record = record
  }

  /** Runs `reconcile` when nothing is in the way of it, and otherwise what is. */
  async around(
    object: KubernetesObject,
    run: Run,
    reconcile: () => Promise<Result>,
  ): Promise<Result> {
    const { name } = this.#finalizer
    const hold = holdOf(name, object)
    switch (hold) {
      case 'run':
      case 'leave':
        return reconcile()
      case 'add':
        // The write is seen as a change, which runs the key again.
        await run.patchPrimary(object, { type: 'json', operations: addition(name, object) })
        return undefined
      case 'finalize':
        return this.#finalize(object, run)
      default:
        return hold satisfies never
    }
  }

  async #finalize(object: KubernetesObject, run: Run): Promise<Result> {
    const { uid = '' } = object.metadata
    if (!isGuarded('finalizer-last')) await this.#release(object, run)
    try {
      const result = await run.reporting(() => this.#finalizer.finalize(object, run as never))
      if (result !== undefined) return result
    } catch (error) {
      this.#failed(uid, object, error)
      throw error
    }
    await this.#release(object, run)
    this.#failures.delete(uid)
    return undefined
  }

  #failed(uid: string, object: KubernetesObject, error: unknown): void {
    const failures = (this.#failures.get(uid) ?? 0) + 1
    this.#failures.set(uid, failures)
    const reason = error instanceof Error ? error.message : String(error)
    this.#record(object, {
      type: 'Warning',
      reason: 'FinalizeFailed',
      message: `Cleaning up for ${this.#finalizer.name} failed (attempt ${failures}): ${reason}`,
    })
  }

  /** Others take their finalizers away at the same time: the place is looked up anew when it was another. */
  async #release(object: KubernetesObject, run: Run): Promise<void> {
    let current = object
    for (let attempt = 1; ; attempt++) {
      const operations = removal(this.#finalizer.name, current)
      if (!operations) return
      try {
        await run.patchPrimary(object, { type: 'json', operations })
        return
      } catch (error) {
        if (isNotFound(error)) return
        if (!isOtherPlace(error) || attempt === attempts) throw error
      }
      const live = await run.primary.now()
      if (!live || live.metadata.uid !== object.metadata.uid) return
      current = live
    }
  }
}

const isOtherPlace = (error: unknown): boolean => error instanceof ApiError && error.code === 422
