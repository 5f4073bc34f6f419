/**
 * Why an object is what it is: the write that made it so, the write on whose account that was done, and so on up to a
 * person's command, or to the edge of what is kept.
 */

import type { ObjectVersion, WriteRecord } from './write-record.ts'

/** One write, and what it was done on account of. */
export interface Link {
  /** What was written, at the revision of the write. */
  object: ObjectVersion
  kind: string
  type: 'created' | 'updated' | 'deleted'
  /** Paths that the write changed, `spec.replicas`; at most twelve, and none of a creation or a deletion. */
  changed: string[]
  /** In a few words, where there are some: `replicas 2 -> 3`, `image web 1.2 -> 1.3`. */
  summary?: string
  /** Absent where nothing is kept of the write. */
  record?: WriteRecord
  /** What had woken the writer, beside the next link. */
  because: ObjectVersion[]
  /** What some of those were that are of other objects than this link and the next. */
  woken?: Woken[]
  /**
   * How the next link is known: `told` by the writer, or `inferred` from the owner reference of an object whose writer
   * says nothing.
   */
  next?: 'told' | 'inferred'
}

/** A write that has woken the writer of another. */
export interface Woken extends Pick<Link, 'kind' | 'type' | 'summary' | 'record'> {
  /** As `because` has it. */
  object: ObjectVersion
}

export interface Lineage {
  /** The nearest first. */
  links: Link[]
  /**
   * Why it ends: with one who acts for nobody else (`author`), with what history no longer holds (`edge`), with an object
   * that the asker may not read (`forbidden`), or because it is as long as one is told (`long`).
   */
  end: 'author' | 'edge' | 'forbidden' | 'long'
  /** Where history begins; `at` where a record says when. */
  edge: { revision: number; at?: string }
}
