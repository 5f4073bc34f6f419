/** What is legal in claims to storage and in volumes, and does not mean what its writer may think. */

import { parseQuantity } from '../../../api/quantity.ts'
import type { PersistentVolume, PersistentVolumeClaim } from '../../../api/types.ts'
import { expressionWarnings, type Warnings } from './node-label-warnings.ts'
import { betaClass } from './storage-columns.ts'

type Amounts = Record<string, string>
type ClaimSpec = NonNullable<PersistentVolumeClaim['spec']>

/** Nano-units. */
const byte = 1_000_000_000n

/** Of amounts of bytes, of which there are no parts. */
export function* fractionWarnings(
  amounts: Amounts | undefined,
  names: readonly string[],
  field: string,
): Warnings {
  if (!amounts) return
  for (const name of names) {
    const amount = Object.hasOwn(amounts, name) ? amounts[name] : undefined
    if (amount !== undefined && (parseQuantity(amount) ?? 0n) % byte !== 0n)
      yield `${field}[${name}]: fractional byte value "${amount}" is invalid, must be an integer`
  }
}

export function* claimSpecWarnings({ resources }: ClaimSpec, field: string): Warnings {
  for (const list of ['requests', 'limits'] as const)
    yield* fractionWarnings(resources?.[list], ['storage'], `${field}.resources.${list}`)
}

export function* claimWarnings({ metadata, spec }: PersistentVolumeClaim): Warnings {
  yield* classWarnings(metadata.annotations)
  if (spec) yield* claimSpecWarnings(spec, 'spec')
}

/** Kinds of volumes that nobody mounts any more. */
const gone = new Map([
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
])
/** How it is called where it is told of, and not in JSON. */
const told = new Map([['storageos', 'storageOS']])

/** @param volume what says where it comes from */
export function* sourceWarnings(volume: object, field: string): Warnings {
  for (const source of Object.keys(volume)) {
    const why = gone.get(source)
    if (why) yield `${field}.${told.get(source) ?? source}: ${why}`
  }
}

export function* volumeWarnings({ metadata, spec }: PersistentVolume): Warnings {
  yield* classWarnings(metadata.annotations)
  if (!spec) return
  if (spec.persistentVolumeReclaimPolicy === 'Recycle')
    yield 'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.'
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? []
  for (const [index, { matchExpressions }] of terms.entries())
    yield* expressionWarnings(
      matchExpressions,
      `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`,
    )
  yield* sourceWarnings(spec, 'spec')
}

function* classWarnings(annotations: Record<string, string> | undefined): Warnings {
  if (annotations?.[betaClass] !== undefined)
    yield `metadata.annotations[${betaClass}]: deprecated since v1.8; use "storageClassName" attribute instead`
}
