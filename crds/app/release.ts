/** What a revision consists of: an image by its digest, and the settings that its pods run with. Pure. */

import { createHash } from 'node:crypto'
import type { App, LastGood, Settings, Spec } from './kind.ts'
import { parseReference } from './registry/reference.ts'

export interface Release {
  readonly digest: string
  readonly settings: Settings
  /** The same for the same digest and settings, whatever the order they were written in; fits into a label. */
  readonly release: string
}

export function releaseOf(spec: Spec, digest: string): Release {
  const settings = settingsOf(spec)
  return { digest, settings, release: hashOf({ digest, settings }) }
}

/** The release that has come up last, as the status kept it. */
export const keptRelease = ({ digest, settings, release }: LastGood): Release => ({
  digest,
  settings,
  release,
})

/** What of the spec goes into pods; scale and exposure do not. */
function settingsOf({ image, port, env, resources, healthPath, pullSecret }: Spec): Settings {
  const { host, repository } = parseReference(image)
  return plain({
    image: `${host}/${repository}`,
    port,
    env,
    resources: textual(resources),
    healthPath,
    pullSecret,
  })
}

/** Quantities as texts, which they may be written without. */
const textual = (resources: Spec['resources']) => ({
  ...(resources?.requests ? { requests: texts(resources.requests) } : {}),
  ...(resources?.limits ? { limits: texts(resources.limits) } : {}),
})

const texts = (quantities: Record<string, string | number>) =>
  Object.fromEntries(Object.entries(quantities).map(([name, value]) => [name, String(value)]))

const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

const hashOf = (value: unknown) =>
  createHash('sha256').update(canonical(value)).digest('hex').slice(0, 16)

/** JSON with the fields of objects in order. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  )

/** `sha256:0123456789ab`, for people. */
export const short = (digest: string): string => digest.slice(0, 'sha256:'.length + 12)

/** On all that belongs to an app. */
export const appLabel = 'demo.example.com/app'

export const labelsOf = ({ metadata }: App) => ({ [appLabel]: metadata.name! })

/** On pods: the release that they are of. */
export const releaseLabel = 'demo.example.com/release'
