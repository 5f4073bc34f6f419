/**
 * What one run of a controller wrote, and the wait until the informers have seen it: a run that acts on a view older
 * than its own last write does things twice. Kinds without an informer are not waited for.
 */

import { ApiError, ConnectionError, type Ref, type WithMeta } from './cluster.ts'
import type { Informer } from './informer.ts'
import { type Kind, kindKey } from './kind.ts'
import type { Changed } from './loops.ts'
import { compareResourceVersions } from './resource-version.ts'
import { isGuarded } from './safeguards.ts'
import { type Unknown, unknownIsSeen } from './unknown-write.ts'
import { patiently, type WaitOptions } from './waiting.ts'

type Write =
  | { type: 'stored'; kind: Kind; object: WithMeta }
  | { type: 'removed'; kind: Kind; object: WithMeta }
  /** No answer, or one that does not say whether it was done. */
  | ({ type: 'unknown' } & Unknown)

export interface OwnWritesOptions extends WaitOptions {
  /** The informer through which the controller reads `kind`. */
  informer(kind: Kind): Informer<WithMeta> | undefined
}

export class OwnWrites {
  readonly #options: OwnWritesOptions
  readonly #writes: Write[] = []
  readonly #changes: Changed[] = []

  constructor(options: OwnWritesOptions) {
    this.#options = options
  }

  /** Writes that were done, or may have been. */
  get count(): number {
    return this.#writes.length
  }

  /** Objects that were known before they were written. */
  get changes(): readonly Changed[] {
    return this.#changes
  }

  /** The resourceVersion that the last write of `object` has given it; `undefined` when it was not written. */
  versionOf({ metadata: { uid } }: WithMeta): string | undefined {
    const last = this.#writes.findLast(
      (write) => write.type === 'stored' && write.object.metadata.uid === uid,
    )
    return last?.type === 'stored' ? last.object.metadata.resourceVersion : undefined
  }

  /** @param before as the informer had it when it was written */
  stored(kind: Kind, object: WithMeta, before?: WithMeta): void {
    this.#writes.push({ type: 'stored', kind, object })
    if (before) this.#changes.push({ kind, before, after: object })
  }

  removed(kind: Kind, object: WithMeta): void {
    this.#writes.push({ type: 'removed', kind, object })
  }

  /** A write was refused, unless the answer leaves open whether it was done. */
  failed(kind: Kind, about: Partial<Ref>, error: unknown): void {
    if (mayBeDone(error)) this.#writes.push({ type: 'unknown', kind, about })
  }

  /** Resolves when all writes are in the informers' readers, or never can be; rejects when the signal aborts. */
  async seen(): Promise<void> {
    if (!isGuarded('parking')) return
    await Promise.all([...this.#newest().values()].map((write) => this.#seen(write)))
  }

  /**
   * Whether something that was stored is not there, once all is seen: who made it away before an informer that listed
   * anew had seen either, has left no event behind that would run the key.
   */
  get vanished(): boolean {
    const last = new Map(this.#writes.map((write) => [uidOf(write), write]))
    return [...last.values()].some((write) => write.type === 'stored' && this.#isAbsent(write))
  }

  #isAbsent({ kind, object: { metadata } }: Extract<Write, { type: 'stored' }>): boolean {
    const informer = this.#options.informer(kind)
    if (!informer || informer.state.name === 'absent' || isPartial(informer)) return false
    const { namespace = '', name = '', uid, resourceVersion } = metadata
    const isSeen = compareResourceVersions(informer.resourceVersion, resourceVersion) >= 0
    return isSeen && informer.reader.get(namespace, name)?.metadata.uid !== uid
  }

  /**
   * Of several stored objects of one kind only the newest matters: versions of one kind arrive in order. Where the
   * informer sees a part of the kind, the newest may be outside of it, and says nothing of the others.
   */
  #newest(): Map<string, Write> {
    const newest = new Map<string, Write>()
    for (const write of this.#writes) {
      const place = placeOf(write, isPartial(this.#options.informer(write.kind)))
      const known = newest.get(place)
      const older =
        write.type === 'stored' && known?.type === 'stored' && !isNewer(write.object, known.object)
      if (!older) newest.set(place, write)
    }
    return newest
  }

  async #seen(write: Write): Promise<void> {
    const informer = this.#options.informer(write.kind)
    if (!informer) return
    switch (write.type) {
      case 'stored': {
        const { resourceVersion = '' } = write.object.metadata
        return patiently(this.#options, informer, write.object, (signal) =>
          informer.whenSeen(resourceVersion, signal),
        )
      }
      case 'removed':
        return patiently(this.#options, informer, write.object, (signal) =>
          informer.whenRemoved(write.object, signal),
        )
      case 'unknown':
        return unknownIsSeen(this.#options, informer, write)
      default:
        write satisfies never
    }
  }
}

const uidOf = (write: Write): string | undefined =>
  write.type === 'unknown' ? undefined : write.object.metadata.uid

const mayBeDone = (error: unknown): boolean =>
  error instanceof ConnectionError || (error instanceof ApiError && error.code >= 500)

function placeOf(write: Write, partial: boolean): string {
  const kind = kindKey(write.kind)
  switch (write.type) {
    case 'stored':
      return partial ? `${kind}!${write.object.metadata.uid}` : kind
    case 'removed':
      return `${kind}#${write.object.metadata.uid}`
    case 'unknown':
      return `${kind}?${write.about.namespace ?? ''}/${write.about.name ?? ''}`
    default:
      return write satisfies never
  }
}

const isPartial = (informer: Informer<WithMeta> | undefined): boolean =>
  informer !== undefined &&
  [informer.scope.namespace, informer.scope.labelSelector, informer.scope.fieldSelector].some(
    Boolean,
  )

const isNewer = ({ metadata }: WithMeta, { metadata: other }: WithMeta): boolean =>
  compareResourceVersions(metadata.resourceVersion, other.resourceVersion) > 0
