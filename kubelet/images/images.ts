/**
 * Images as containers need them: present, or fetched, or a clear reason why not. Pulls of one reference are shared, few
 * run at once, and a reference that failed is left alone for a while. An image named `localhost/...` has no registry to
 * ask, so what is here is used whatever the policy says. A pod's pull secrets are asked for when they are needed and
 * forgotten afterwards.
 */

import type { Container, Pod } from '../../api/types.ts'
import { ApiError } from '../../controllers/framework/index.ts'
import type { Clock } from '../../ports/clock.ts'
import { type BackOff, crashRule, longer, noBackOff } from '../pods/back-off.ts'
import type { Objects } from '../pods/environment.ts'
import { Limiter } from '../pods/limiter.ts'
import {
  type RegistryCredentials,
  type Runtime,
  RuntimeError,
  type RuntimeImage,
} from '../runtime/runtime.ts'
import { credentialsFor } from './credentials.ts'

export type ImageReason =
  | 'ErrImagePull'
  | 'ImagePullBackOff'
  | 'ErrImageNeverPull'
  | 'InvalidImageName'
  | 'ImageInspectError'

/** Why a container has no image. */
export class ImageError extends Error {
  override name = 'ImageError'
  readonly reason: ImageReason
  /** Milliseconds since the epoch: not before it. */
  readonly retryAt: number
  constructor(reason: ImageReason, message: string, retryAt: number) {
    super(message)
    this.reason = reason
    this.retryAt = retryAt
  }
}

export interface ImageEvent {
  type: 'Normal' | 'Warning'
  reason:
    | 'Pulling'
    | 'Pulled'
    | 'Failed'
    | 'BackOff'
    | 'ErrImageNeverPull'
    | 'InspectFailed'
    | 'FailedToRetrieveImagePullSecret'
  message: string
}

const concurrentPulls = 3
/** Failed references remembered; the oldest is forgotten first. */
const mostFailures = 1000
/** Milliseconds after which a failure is shown as back-off. */
const showFailureFor = 1000

/** As the API defaults it. */
export function pullPolicy(container: Container): 'Always' | 'IfNotPresent' | 'Never' {
  const policy = container.imagePullPolicy
  if (policy === 'Always' || policy === 'Never' || policy === 'IfNotPresent') return policy
  const image = container.image ?? ''
  const tag = /:([^/:@]+)$/.exec(image.replace(/@.*$/, ''))?.[1]
  return !image.includes('@') && (tag === undefined || tag === 'latest') ? 'Always' : 'IfNotPresent'
}

const isLocal = (image: string): boolean => image.startsWith('localhost/')
/** `[host[:port]/]path[:tag][@digest]`. */
const reference = (() => {
  const host = '[a-zA-Z0-9-]+(?:\\.[a-zA-Z0-9-]+)*(?::[0-9]+)?'
  const component = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*'
  const path = `${component}(?:/${component})*`
  return new RegExp(`^(?:${host}/)?${path}(?::\\w[\\w.-]{0,127})?(?:@[a-z0-9+.]+:[a-f0-9]{32,})?$`)
})()
const isReference = (image: string): boolean => image.length <= 4096 && reference.test(image)

export class Images {
  readonly #runtime: Runtime
  readonly #clock: Clock
  readonly #secrets: Pick<Objects, 'secret'>
  readonly #limiter = new Limiter(concurrentPulls)
  readonly #pulls = new Map<string, Promise<string>>()
  readonly #failures = new Map<string, BackOff & { message: string }>()

  constructor(runtime: Runtime, clock: Clock, secrets: Pick<Objects, 'secret'>) {
    this.#runtime = runtime
    this.#clock = clock
    this.#secrets = secrets
  }

  /** The image of a container; rejects with `ImageError`. */
  async ensure(
    pod: Pod,
    container: Container,
    report: (event: ImageEvent) => void,
  ): Promise<RuntimeImage> {
    const reference = container.image ?? ''
    const now = this.#clock.now()
    if (!isReference(reference))
      throw new ImageError(
        'InvalidImageName',
        `couldn't parse image name "${reference}"`,
        now + 60_000,
      )
    const present = await this.#inspect(reference, report)
    const policy = pullPolicy(container)
    if (present && (policy !== 'Always' || isLocal(reference))) {
      const why =
        policy === 'Always'
          ? `Container image "${reference}" is a local one and present on machine; there is no registry to ask`
          : `Container image "${reference}" already present on machine`
      report({ type: 'Normal', reason: 'Pulled', message: why })
      return present
    }
    if (policy === 'Never') {
      const message = `Container image "${reference}" is not present with pull policy of Never`
      report({ type: 'Warning', reason: 'ErrImageNeverPull', message })
      throw new ImageError('ErrImageNeverPull', message, now + 10_000)
    }
    return this.#pull(pod, reference, report)
  }

  async #inspect(
    reference: string,
    report: (event: ImageEvent) => void,
  ): Promise<RuntimeImage | undefined> {
    try {
      return await this.#runtime.image(reference)
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error
      const message = `Failed to inspect image "${reference}": ${error.message}`
      report({ type: 'Warning', reason: 'InspectFailed', message })
      throw new ImageError('ImageInspectError', message, this.#clock.now() + 1000)
    }
  }

  async #pull(
    pod: Pod,
    reference: string,
    report: (event: ImageEvent) => void,
  ): Promise<RuntimeImage> {
    const key = `${pod.metadata.uid}/${reference}`
    const failure = this.#failures.get(key)
    const start = this.#clock.now()
    if (failure && start < failure.at + failure.delay) {
      const message = `Back-off pulling image "${reference}": ErrImagePull: ${failure.message}`
      report({
        type: 'Normal',
        reason: 'BackOff',
        message: `Back-off pulling image "${reference}"`,
      })
      throw new ImageError('ImagePullBackOff', message, failure.at + failure.delay)
    }
    report({ type: 'Normal', reason: 'Pulling', message: `Pulling image "${reference}"` })
    try {
      await this.#withAny(reference, await this.#credentials(pod, reference, report))
      const image = await this.#runtime.image(reference)
      if (!image)
        throw new RuntimeError('imageNotFound', `${reference} is not there after its pull`)
      this.#failures.delete(key)
      const took = `${((this.#clock.now() - start) / 1000).toFixed(3)}s`
      const message = `Successfully pulled image "${reference}" in ${took}. Image size: ${image.size} bytes.`
      report({ type: 'Normal', reason: 'Pulled', message })
      return image
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error
      this.#remember(key, failure, error.message)
      report({
        type: 'Warning',
        reason: 'Failed',
        message: `Failed to pull image "${reference}": ${error.message}`,
      })
      throw new ImageError('ErrImagePull', error.message, this.#clock.now() + showFailureFor)
    }
  }

  /** A secret that is missing or makes no sense is told of; the image may be had without it. */
  async #credentials(
    pod: Pod,
    reference: string,
    report: (event: ImageEvent) => void,
  ): Promise<RegistryCredentials[]> {
    const names = (pod.spec?.imagePullSecrets ?? []).flatMap(({ name }) => name ?? [])
    const found: RegistryCredentials[] = []
    const useless: string[] = []
    for (const name of new Set(names))
      try {
        const secret = await this.#secrets.secret(pod.metadata.namespace ?? '', name)
        if (secret) found.push(...credentialsFor(reference, [secret]))
        else useless.push(name)
      } catch (error) {
        if (!(error instanceof SyntaxError || error instanceof ApiError)) throw error
        useless.push(name)
      }
    if (useless.length > 0)
      report({
        type: 'Warning',
        reason: 'FailedToRetrieveImagePullSecret',
        message: `Unable to retrieve some image pull secrets (${useless.join(', ')}); attempting to pull the image may not succeed.`,
      })
    return found
  }

  /** With the first credentials that are good, or the error of the last. */
  async #withAny(reference: string, credentials: RegistryCredentials[]): Promise<void> {
    const [first, ...others] = credentials
    try {
      await this.#shared(reference, first)
    } catch (error) {
      if (others.length === 0) throw error
      await this.#withAny(reference, others)
    }
  }

  #shared(reference: string, credentials: RegistryCredentials | undefined): Promise<string> {
    const key = JSON.stringify([reference, credentials])
    const current = this.#pulls.get(key)
    if (current) return current
    const pull = this.#limiter
      .run(() => this.#runtime.pullImage(reference, credentials))
      .finally(() => this.#pulls.delete(key))
    this.#pulls.set(key, pull)
    return pull
  }

  #remember(key: string, failure: BackOff | undefined, message: string): void {
    const next = longer(failure ?? noBackOff, crashRule, this.#clock.now())
    this.#failures.delete(key)
    this.#failures.set(key, { ...next, message })
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > mostFailures && oldest !== undefined) this.#failures.delete(oldest)
  }
}
