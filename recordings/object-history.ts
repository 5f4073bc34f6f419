/**
 * What was at one place over time: versions in the order of their revisions, and in which keyframes it stood. A keyframe
 * that lacks it says that it was gone by then; that is worked out when it is asked for, so that what comes late or twice
 * changes nothing.
 */

import type { KubernetesObject } from '../api/object.ts'
import type { WriteRecord } from '../api/write-record.ts'
import type { Keyframes } from './keyframes.ts'
import { compare, firstAfter } from './ordered.ts'
import type { Place } from './place.ts'
import { bytesOf, sharing } from './sharing.ts'

export interface Version {
  revision: number
  /** As it was last, where it is gone. Shared with other versions: not to be changed. */
  object: KubernetesObject
  gone: boolean
  by?: WriteRecord
  /** Nobody told that it is gone: a keyframe does not have it. */
  inferred?: boolean
}

interface Kept extends Version {
  bytes: number
}

/** Bytes of memory for a version besides its object: itself, its moment, its place in lists. */
const overhead = 200

export class ObjectHistory {
  readonly place: Place
  readonly #keyframes: Keyframes
  readonly #versions: Kept[] = []
  /** Runs of keyframes that have it: the first and the last revision of each. */
  readonly #present: { from: number; to: number }[] = []
  bytes = 0
  #standing = 0

  constructor(place: Place, keyframes: Keyframes) {
    this.place = place
    this.#keyframes = keyframes
  }

  get empty(): boolean {
    return this.#versions.length === 0
  }

  /** The revisions of the version before a new one and of the one after it, where there are such. */
  add(version: Version): { before: number | undefined; after: number | undefined } | undefined {
    const at = this.#after(version.revision)
    const known = this.#versions[at - 1]
    if (known?.revision === version.revision) {
      if (version.by && !known.by) {
        known.by = version.by
        known.bytes += bytesOf(version.by)
        this.bytes += bytesOf(version.by)
      }
      return undefined
    }
    const { value, bytes } = sharing(known?.object, version.object)
    const kept: Kept = { ...version, object: value, bytes: bytes + overhead + recordBytes(version) }
    this.#versions.splice(at, 0, kept)
    this.bytes += kept.bytes
    return { before: known?.revision, after: this.#versions[at + 1]?.revision }
  }

  /** It stands in the keyframe of this revision, which is known already. */
  standsIn(revision: number): void {
    const before = this.#keyframes.before(revision)
    const after = this.#keyframes.after(revision)
    // Runs of keyframes that are forgotten say nothing any more.
    if (before === undefined)
      this.#present.splice(0, this.#present.filter(({ to }) => to < revision).length)
    const at = this.#present.findLastIndex(({ from }) => from <= revision)
    const run = this.#present[at]
    if (run && run.to >= revision) return
    const next = this.#present[at + 1]
    const joinsNext = next !== undefined && next.from === after
    if (run && run.to === before) {
      run.to = joinsNext ? next.to : revision
      if (joinsNext) this.#present.splice(at + 1, 1)
    } else if (joinsNext) next.from = revision
    else this.#present.splice(at + 1, 0, { from: revision, to: revision })
  }

  /** A keyframe that came late does not have it. */
  lacks(revision: number): void {
    const at = this.#present.findLastIndex(({ from }) => from < revision)
    const run = this.#present[at]
    if (!run || run.to <= revision) return
    // Of a run that began before what is kept only its beginning is known.
    const before = this.#keyframes.before(revision) ?? run.from
    const after = this.#keyframes.after(revision) as number
    this.#present.splice(at, 1, { from: run.from, to: before }, { from: after, to: run.to })
  }

  /** `undefined`: it had not been there yet, or nothing is kept of it. */
  at(revision: number): Version | undefined {
    const version = this.#versions[this.#after(revision) - 1]
    if (!version || version.gone) return version
    const missed = this.#missedAfter(version.revision)
    return missed !== undefined && missed <= revision ? lost(version, missed) : version
  }

  /** All that are kept, in order, with the ends that nobody told of. */
  all(): Version[] {
    return this.#versions.flatMap((version, at) => {
      const missed = version.gone ? undefined : this.#missedAfter(version.revision)
      const next = this.#versions[at + 1]?.revision ?? Number.POSITIVE_INFINITY
      return missed !== undefined && missed < next ? [version, lost(version, missed)] : [version]
    })
  }

  /** When a version ended by a keyframe that does not have it. */
  endOf(revision: number): number | undefined {
    const version = this.#versions[this.#after(revision) - 1]
    return version && !version.gone ? this.#missedAfter(version.revision) : undefined
  }

  /** Keeps what is needed from a revision on. */
  forget(revision: number): void {
    const last = this.#after(revision) - 1
    const base = this.#versions[last]
    if (!base) return
    const drop = last + (this.at(revision)?.gone ? 1 : 0)
    if (drop === 0) return
    for (const { bytes } of this.#versions.splice(0, drop)) this.bytes -= bytes
    if (drop === last) {
      // What it shared with others is now its own.
      this.bytes -= base.bytes
      base.bytes = bytesOf(base.object) + overhead + recordBytes(base)
      this.bytes += base.bytes
    }
    const runs = this.#present.findIndex(({ to }) => to > revision)
    this.#present.splice(0, runs < 0 ? this.#present.length : runs)
  }

  /**
   * Bytes that it takes, about, for being there now: nothing where it is gone.
   * @returns by how much that has changed since the last question
   */
  restand(): number {
    const last = this.at(Number.POSITIVE_INFINITY)
    const standing = last && !last.gone ? (this.#versions[0]?.bytes ?? 0) : 0
    const change = standing - this.#standing
    this.#standing = standing
    return change
  }

  /** The first keyframe after a revision that does not have it. */
  #missedAfter(revision: number): number | undefined {
    const next = this.#keyframes.after(revision)
    if (next === undefined) return undefined
    const run = this.#present.findLast(({ from }) => from <= next)
    return run && run.to >= next ? this.#keyframes.after(run.to) : next
  }

  /** The index of the first version after a revision. */
  #after(revision: number): number {
    const versions = this.#versions
    return firstAfter(revision, versions.length, (at) => (versions[at] as Kept).revision)
  }
}

const recordBytes = ({ by }: Version): number => (by ? bytesOf(by) : 0)

/** By namespace and name. */
export const inOrder = (histories: Iterable<ObjectHistory>): ObjectHistory[] =>
  [...histories].sort(
    ({ place: a }, { place: b }) => compare(a.namespace, b.namespace) || compare(a.name, b.name),
  )

const lost = ({ object }: Version, revision: number): Version => ({
  revision,
  object,
  gone: true,
  inferred: true,
})
