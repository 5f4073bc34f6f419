/**
 * Managers own fields of the version through which they wrote. To say what a write does to them, the object is seen
 * in their version; managers of a version that is no longer served are forgotten.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { MergeType } from '../schema/merge-type.ts'
import { type Comparison, compare } from './comparison.ts'
import { keepFields, type Managers } from './managers.ts'
import { reconciled } from './schema-walk.ts'
import type { ResetFields } from './tracked-fields.ts'

export interface Version {
  type: MergeType
  /** An object of the version that is being written, in this version, and back. */
  from(object: KubernetesObject): KubernetesObject
  back(object: KubernetesObject): KubernetesObject
}

export interface Written {
  apiVersion: string
  type: MergeType
  reset: ResetFields
  /** A version other than the one that is being written; `undefined` where the object cannot be seen in it now. */
  other(apiVersion: string): Version | undefined
  /** Whether the kind is served in this version at all. */
  serves(apiVersion: string): boolean
}

const itself = (object: KubernetesObject) => object

export const versionOf = (written: Written, apiVersion: string): Version | undefined =>
  apiVersion === written.apiVersion
    ? { type: written.type, from: itself, back: itself }
    : written.other(apiVersion)

/** What a write changes, in each version that somebody asks for. */
export class Changes {
  readonly #written: Written
  readonly #before: KubernetesObject
  readonly #after: KubernetesObject
  readonly #known = new Map<string, Comparison>()

  constructor(written: Written, before: KubernetesObject, after: KubernetesObject) {
    this.#written = written
    this.#before = before
    this.#after = after
  }

  /** @throws TypeMismatch */
  at(apiVersion: string): Comparison | undefined {
    let known = this.#known.get(apiVersion)
    if (!known) {
      const version = versionOf(this.#written, apiVersion)
      if (!version) return undefined
      known = this.#compared(version)
      this.#known.set(apiVersion, known)
    }
    return known
  }

  #compared({ type, from }: Version): Comparison {
    const { keep } = this.#written.reset
    const { removed, modified, added } = compare(from(this.#before), from(this.#after), type)
    return { removed: keep(removed), modified: keep(modified), added: keep(added) }
  }
}

/** Brings what was stored in line with the types of today. */
export function reconcile(managers: Managers, written: Written): void {
  for (const [id, { apiVersion, fields }] of managers) {
    const version = versionOf(written, apiVersion)
    if (version) keepFields(managers, id, reconciled(fields, version.type))
    else if (!written.serves(apiVersion)) managers.delete(id)
  }
}
