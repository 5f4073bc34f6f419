/** Applies what a run wants of objects, unless it provably changes nothing. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Patch, WithMeta } from './cluster.ts'
import type { Following } from './following.ts'
import type { Key } from './inputs.ts'
import type { Intents } from './intents.ts'
import type { Kind } from './kind.ts'
import { refOf, type Writer } from './writer.ts'

export interface ApplierOptions {
  key: Key
  following: Following
  intents: Intents
  writer: Writer
}

export interface ApplierCall {
  force: boolean
  /** The object itself without it. */
  subresource?: string
  /** Refused with Conflict when the object has another by now. */
  version?: string | undefined
}

export class Applier {
  readonly #options: ApplierOptions

  constructor(options: ApplierOptions) {
    this.#options = options
  }

  async apply(
    kind: Kind,
    body: KubernetesObject,
    { force, subresource = '', version }: ApplierCall,
  ): Promise<KubernetesObject> {
    const { intents, writer } = this.#options
    const known = this.#known(kind, body)
    if (known && intents.isSettled(kind, subresource, body, known)) return known
    intents.forget(kind, subresource, body)
    const options = subresource ? { subresource } : undefined
    const guarded = version
      ? { ...body, metadata: { ...body.metadata, resourceVersion: version } }
      : body
    const patch: Patch = { type: 'apply', body: guarded, force }
    const stored = await writer.patch(kind, refOf(body), patch, options)
    intents.applied(kind, subresource, body, stored)
    return stored
  }

  /** The object as the informer has it, if a change of it would run this key: else nobody would ever mend it. */
  #known(kind: Kind, { metadata }: WithMeta): KubernetesObject | undefined {
    const { following, key } = this.#options
    const { namespace = '', name = '' } = metadata
    const known = following.informer(kind)?.reader.get(namespace, name) as
      | KubernetesObject
      | undefined
    return known && following.concerns(kind, known, key) ? known : undefined
  }
}
