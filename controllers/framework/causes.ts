/** Why keys run: collected from what comes in until the run begins. For people to read; no run is decided by it. */

import type { KubernetesObject } from '../../api/object.ts'
import { same } from '../../api/same.ts'
import { causesTold, type ObjectVersion, type WriteCause } from '../../api/write-record.ts'
import type { Controller } from './controller.ts'
import type { Key } from './inputs.ts'
import { keyText } from './queue.ts'

/** One reason for a run. */
export type Cause =
  /** An object of a declared kind has changed; its `resourceVersion` says by which write. */
  | {
      role: 'primary' | 'owns' | 'watches'
      change: 'added' | 'updated' | 'deleted'
      kind: string
      /** Empty for the core group. */
      group: string
      plural: string
      namespace?: string
      name: string
      resourceVersion?: string
    }
  /** A key came from a `trigger`. */
  | { role: 'trigger' }
  /** All keys are run now and then. */
  | { role: 'resync' }
  /** Something that the last run wrote was gone before it was seen. */
  | { role: 'vanished' }
  /** The last run had asked for it, or had failed. */
  | { role: 'requeue' | 'retry' }

/** Keys of which causes are remembered. */
const remembered = 100_000

/** What has come since the last run of a key began. */
export interface Collected {
  /** The first that came. */
  causes: Cause[]
  /** Others. */
  more: number
}

export class Causes {
  readonly #pending = new Map<string, Collected>()

  add(key: Key, cause: Cause): void {
    const text = keyText(key)
    const known = this.#pending.get(text)
    if (!known) {
      if (this.#pending.size < remembered) this.#pending.set(text, { causes: [cause], more: 0 })
      return
    }
    // An owner is asked for the old object and for the new one.
    if (known.causes.some((one) => same(one, cause))) return
    if (known.causes.length < causesTold) known.causes.push(cause)
    else known.more++
  }

  take(key: Key): Collected {
    const text = keyText(key)
    const collected = this.#pending.get(text) ?? { causes: [], more: 0 }
    this.#pending.delete(text)
    return collected
  }

  clear(): void {
    this.#pending.clear()
  }
}

/** On account of what a run writes: its object as it was seen, and what of its causes has a version. */
export function accountOf(
  { name: by, primary: { group, plural } }: Pick<Controller, 'name' | 'primary'>,
  { namespace, name }: Key,
  object: KubernetesObject | undefined,
  { causes, more }: Collected,
): WriteCause {
  const { resourceVersion = '' } = object?.metadata ?? {}
  return {
    by,
    for: { resource: plural, group, namespace, name, resourceVersion },
    because: causes.flatMap(changedVersion),
    ...(more > 0 && { more }),
  }
}

function changedVersion(cause: Cause): ObjectVersion[] {
  if (!('change' in cause)) return []
  const { plural: resource, group, namespace = '', name, resourceVersion = '' } = cause
  return [{ resource, group, namespace, name, resourceVersion }]
}
