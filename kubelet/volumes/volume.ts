/** What every type of volume answers to. Each makes a directory or file on the node appear; `volumes.ts` does the rest. */

import type { Pod, Volume } from '../../api/types.ts'
import type { Objects } from '../pods/environment.ts'
import type { NodeFacts } from '../pods/field-ref.ts'
import type { Mounter } from './mounter.ts'
import type { PodTokens } from './pod-tokens.ts'

export interface VolumeContext {
  pod: Pod
  volume: Volume
  /** The volume's own directory on the node, for types that need one; not made yet. */
  directory: string
  objects: Objects
  tokens: PodTokens
  facts: NodeFacts
  mounter: Mounter
}

export interface VolumeType {
  /** The field of `spec.volumes[]` that selects this type. */
  readonly field: keyof Volume & string
  /**
   * Makes the volume, or brings its content up to date if it is there already. Resolves to its path on the node;
   * rejects with `VolumeError` when something it needs is not there (yet).
   */
  setUp(context: VolumeContext): Promise<string>
}

/** The volume cannot be had as it is described, or not yet. */
export class VolumeError extends Error {
  override name = 'VolumeError'
}
