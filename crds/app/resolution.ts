/** Which digest an app's image is at this moment. What was known stays good where the registry cannot be asked. */

import type { Clock, Secret } from '../../controllers/framework/index.ts'
import type { App } from './kind.ts'
import { credentialsFor, pullSecretType } from './registry/credentials.ts'
import { type ImageReference, ImageReferenceError, parseReference } from './registry/reference.ts'
import {
  type Credentials,
  type Registry,
  RegistryError,
  type RegistryProblem,
} from './registry/registry.ts'

export interface Resolution {
  /** `undefined` while nobody can say. */
  readonly digest: string | undefined
  readonly problem?: {
    reason: RegistryProblem | 'InvalidImage' | 'PullSecretUnusable'
    message: string
  }
}

export interface Means {
  registry: Registry
  /** The Secret that the spec names, where there is one. */
  secret: Secret | undefined
  clock: Clock
  signal: AbortSignal
}

export async function resolve(app: App, means: Means): Promise<Resolution> {
  const image = referenceOf(app)
  if (image instanceof ImageReferenceError)
    return { digest: undefined, problem: { reason: 'InvalidImage', message: image.message } }
  if (image.digest) return { digest: image.digest }
  const { tag = 'latest' } = image
  const login = loginFor(app, image, means.secret)
  if ('problem' in login) return { digest: known(app), problem: login.problem }
  try {
    return { digest: await means.registry.resolve({ ...image, tag }, { ...means, ...login }) }
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    const { problem: reason, message } = error
    return { digest: known(app), problem: { reason, message } }
  }
}

/** Whether the image may become another by itself. */
export function follows(app: App): boolean {
  const image = referenceOf(app)
  return !(image instanceof ImageReferenceError) && image.digest === undefined
}

function referenceOf({ spec }: App): ImageReference | ImageReferenceError {
  try {
    return parseReference(spec.image)
  } catch (error) {
    if (error instanceof ImageReferenceError) return error
    throw error
  }
}

/** What the registry last said of the same reference. */
const known = ({ spec, status }: App): string | undefined =>
  status?.image?.reference === spec.image ? status.image.resolved : undefined

type Login =
  | { credentials: Credentials | undefined }
  | { problem: NonNullable<Resolution['problem']> }

function loginFor({ spec }: App, { host }: ImageReference, secret: Secret | undefined): Login {
  if (!spec.pullSecret) return { credentials: undefined }
  const unusable = (message: string): Login => ({
    problem: { reason: 'PullSecretUnusable', message },
  })
  if (secret?.type !== pullSecretType)
    return unusable(`there is no Secret ${spec.pullSecret} of type ${pullSecretType}`)
  try {
    return { credentials: credentialsFor(host, secret) }
  } catch (error) {
    return unusable((error as Error).message)
  }
}
