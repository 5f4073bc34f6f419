/**
 * Who owns whom, by uid, over all kinds. It is fed with every change and says which objects must be looked at because of
 * it; it decides nothing about them.
 */

import type { KubernetesObject, OwnerReference } from '../../api/object.ts'
import type { DiscoveredKind } from '../framework/index.ts'

export const foregroundFinalizer = 'foregroundDeletion'
export const orphanFinalizer = 'orphan'

export interface Item {
  kind: DiscoveredKind
  object: KubernetesObject
}

const owners = ({ object }: Item): readonly OwnerReference[] =>
  object.metadata.ownerReferences ?? []

const has = ({ object }: Item, finalizer: string): boolean =>
  object.metadata.deletionTimestamp !== undefined &&
  (object.metadata.finalizers?.includes(finalizer) ?? false)

/** It is being deleted, but only after its dependents. */
export const deletesDependents = (item: Item): boolean => has(item, foregroundFinalizer)
/** It is being deleted and must leave its dependents behind. */
export const orphansDependents = (item: Item): boolean => has(item, orphanFinalizer)

export class OwnerGraph {
  readonly #items = new Map<string, Item>()
  readonly #dependents = new Map<string, Set<string>>()

  get size(): number {
    return this.#items.size
  }

  get(uid: string): Item | undefined {
    return this.#items.get(uid)
  }

  dependentsOf(uid: string): Item[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => {
      const item = this.#items.get(dependent)
      return item ? [item] : []
    })
  }

  /** Dependents that a foreground deletion of `uid` waits for. */
  blockersOf(uid: string): Item[] {
    return this.dependentsOf(uid).filter((item) =>
      owners(item).some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true),
    )
  }

  /** All that would have to be looked at if nothing had been looked at yet. */
  doubtful(): string[] {
    const found: string[] = []
    for (const [uid, item] of this.#items)
      if (deletesDependents(item) || orphansDependents(item) || this.#isDoubtful(item))
        found.push(uid)
    return found
  }

  /** Takes in an object as it is now. Returns the uids to look at. */
  upsert(item: Item): Set<string> {
    const uid = item.object.metadata.uid ?? ''
    const before = this.#items.get(uid)
    this.#items.set(uid, item)
    const affected = new Set<string>()
    const gained = before ? changedOwners(before, item) : owners(item)
    if (before) this.#relink(uid, before, item, affected)
    else for (const owner of owners(item)) this.#link(owner.uid, uid)
    if (gained.length > 0 && this.#isDoubtful(item)) affected.add(uid)
    const stages = (at: Item | undefined) =>
      at !== undefined && `${deletesDependents(at)} ${orphansDependents(at)}`
    if (stages(before) !== stages(item) && (deletesDependents(item) || orphansDependents(item)))
      affected.add(uid)
    return affected
  }

  /** Takes an object out. Returns the uids to look at: its dependents, and owners that waited for it. */
  remove(uid: string): Set<string> {
    const item = this.#items.get(uid)
    if (!item) return new Set()
    this.#items.delete(uid)
    const affected = new Set(this.#dependents.get(uid) ?? [])
    for (const owner of owners(item)) {
      this.#unlink(owner.uid, uid)
      this.#addWaiting(owner.uid, affected)
    }
    return affected
  }

  #relink(uid: string, before: Item, after: Item, affected: Set<string>): void {
    const kept = new Set(owners(after).map((owner) => owner.uid))
    for (const owner of owners(before)) {
      if (!kept.has(owner.uid)) this.#unlink(owner.uid, uid)
      this.#addWaiting(owner.uid, affected)
    }
    for (const owner of owners(after)) this.#link(owner.uid, uid)
  }

  /** An owner that waits for its dependents may have one less to wait for. */
  #addWaiting(uid: string, affected: Set<string>): void {
    const owner = this.#items.get(uid)
    if (owner && (deletesDependents(owner) || orphansDependents(owner))) affected.add(uid)
  }

  /** Some owner is unknown, going, or not where it should be. */
  #isDoubtful(item: Item): boolean {
    return owners(item).some((reference) => {
      const owner = this.#items.get(reference.uid)
      return !owner || deletesDependents(owner) || !isReachable(item, owner)
    })
  }

  #link(owner: string, dependent: string): void {
    const set = this.#dependents.get(owner)
    if (set) set.add(dependent)
    else this.#dependents.set(owner, new Set([dependent]))
  }

  #unlink(owner: string, dependent: string): void {
    const set = this.#dependents.get(owner)
    set?.delete(dependent)
    if (set?.size === 0) this.#dependents.delete(owner)
  }
}

/** An owner must be in the dependent's namespace or in none. */
export const isReachable = (dependent: Item, owner: Item): boolean =>
  !owner.kind.namespaced || owner.object.metadata.namespace === dependent.object.metadata.namespace

function changedOwners(before: Item, after: Item): OwnerReference[] {
  const known = new Set(owners(before).map((owner) => owner.uid))
  return owners(after).filter((owner) => !known.has(owner.uid))
}
