/** The registry as a port: all that an app's controller asks of the world outside of the cluster. */

import type { Clock } from '../../../controllers/framework/index.ts'
import type { ImageReference } from './reference.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

export interface Question {
  readonly credentials?: Credentials | undefined
  /** Bounds how long an answer is waited for. */
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface Registry {
  /**
   * The digest of what a tag names now: `sha256:...`. Rejects with `RegistryError` when there is no such image or the
   * registry cannot be asked, within a bounded time.
   */
  resolve(image: ImageReference & { tag: string }, question: Question): Promise<string>
}

export type RegistryProblem =
  /** The registry says that there is no such image or tag. */
  | 'ImageNotFound'
  /** It wants credentials, or others. */
  | 'Unauthorized'
  /** No answer, or none that says anything about the image. */
  | 'RegistryUnavailable'

export class RegistryError extends Error {
  override name = 'RegistryError'
  readonly problem: RegistryProblem

  constructor(problem: RegistryProblem, message: string, options?: ErrorOptions) {
    super(message, options)
    this.problem = problem
  }
}
