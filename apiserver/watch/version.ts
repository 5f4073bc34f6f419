/**
 * The cached object itself. One buffer holds the line that watchers get when the version appears; the object's own
 * bytes and its form as a list item are views of it. Of the parsed object only what selectors and indexes ask for is
 * kept: everything else is parsed again when somebody reads it.
 */

import type { KubernetesObject, OwnerReference } from '../../api/object.ts'
import type { Requirement, Selector } from '../../api/selector.ts'
import { requirementMatches } from '../../api/selector.ts'
import type { Entry, Revision } from '../storage/storage.ts'
import type { CachedObject, ChangeType } from './cached-object.ts'
import { encodeObject, splice, splicePoint, unsplice } from './encode.ts'
import type { Foreseen } from './foreseen.ts'
import type { ParsedObjects } from './parsed-objects.ts'

/** What a cache needs to know of its kind. */
export interface CacheSpec {
  /** Field selectors beyond `metadata.name` and `metadata.namespace`: label -> value. */
  fieldSelectors?: Record<string, (object: never) => string>
  /** Those of them that have an index, since many watchers ask for one value (`spec.nodeName`). */
  indexedFields?: readonly string[]
}

/** A kind's fields in a fixed order, so that a version keeps their values only. */
export class FieldReader {
  readonly names: readonly string[]
  readonly #read: readonly ((object: never) => string)[]

  constructor({ fieldSelectors = {} }: CacheSpec) {
    this.names = Object.keys(fieldSelectors)
    this.#read = Object.values(fieldSelectors)
  }

  values(object: KubernetesObject): string[] {
    return this.#read.map((read) => read(object as never))
  }
}

/** What all versions of one cache share. */
export interface VersionContext {
  fields: FieldReader
  parsed: ParsedObjects
  foreseen?: Foreseen<Extract>
}

const lineEnd = '}\n'
const lineStart = {
  ADDED: '{"type":"ADDED","object":',
  MODIFIED: '{"type":"MODIFIED","object":',
  DELETED: '{"type":"DELETED","object":',
}
const kindAndVersionEnd = '"metadata":{'.length

/** What is kept of an object beside its bytes. */
export interface Extract {
  namespace: string
  name: string
  uid: string
  labels: Readonly<Record<string, string>> | undefined
  fieldValues: readonly string[]
  owners: readonly string[]
}

const noOwners: readonly string[] = []

function extract(object: KubernetesObject, fields: FieldReader): Extract {
  const { metadata } = object
  const owners = metadata.ownerReferences
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    labels: metadata.labels,
    fieldValues: fields.values(object),
    owners: owners?.length ? owners.map(({ uid }: OwnerReference) => uid) : noOwners,
  }
}

function objectIn(line: Buffer, type: ChangeType): Buffer {
  return line.subarray(lineStart[type].length, line.length - lineEnd.length)
}

export class Version implements CachedObject {
  readonly key: string
  readonly revision: Revision
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** The uids of its owners. */
  readonly owners: readonly string[]
  /** The line of the change that made this version. */
  readonly #line: Buffer
  readonly #type: ChangeType
  readonly #context: VersionContext
  readonly #extract: Extract
  /** Where its form as a list item begins in the line; found when a list first asks. */
  #tailStart = 0
  /** Lines of other types, for selectors that it enters; kept as long as somebody sends them. */
  #other: { type: ChangeType; line: WeakRef<Buffer> } | undefined

  private constructor(
    key: string,
    revision: Revision,
    line: Buffer,
    type: ChangeType,
    extracted: Extract,
    context: VersionContext,
  ) {
    this.key = key
    this.revision = revision
    this.namespace = extracted.namespace
    this.name = extracted.name
    this.uid = extracted.uid
    this.owners = extracted.owners
    this.#line = line
    this.#type = type
    this.#extract = extracted
    this.#context = context
  }

  /** @throws SyntaxError, TypeError when the stored value is no object */
  static of(entry: Entry, type: ChangeType, context: VersionContext): Version {
    const { key, value, modified } = entry
    const line = splice(value, modified, { before: lineStart[type], after: lineEnd })
    const foreseen = context.foreseen?.take(key, value)
    if (foreseen) return new Version(key, modified, line, type, foreseen, context)
    const object = context.parsed.parse(objectIn(line, type))
    const version = new Version(key, modified, line, type, extract(object, context.fields), context)
    context.parsed.keep(version, object)
    return version
  }

  /** This process is about to store the object so: its text will not be read. The object may change afterwards. */
  static foresee(
    key: string,
    value: Buffer,
    object: KubernetesObject,
    { fields, foreseen }: VersionContext,
  ): void {
    const known = extract(object, fields)
    foreseen?.put(key, value, { ...known, labels: known.labels && { ...known.labels } })
  }

  /** A cached version in another form, with fields of its own. The object may be shared: it is not kept. */
  static shown(
    object: KubernetesObject,
    { key, revision }: Pick<CachedObject, 'key' | 'revision'>,
    type: ChangeType,
    context: VersionContext,
  ): Version {
    const frame = { before: lineStart[type], after: lineEnd }
    const line = splice(encodeObject(object), revision, frame)
    return new Version(key, revision, line, type, extract(object, context.fields), context)
  }

  /** The same content as watchers see it when it is gone: with the revision of its going. */
  deletedAt(revision: Revision): Version {
    const frame = { before: lineStart.DELETED, after: lineEnd }
    const line = splice(unsplice(this.bytes), revision, frame)
    return new Version(this.key, revision, line, 'DELETED', this.#extract, this.#context)
  }

  get bytes(): Buffer {
    return objectIn(this.#line, this.#type)
  }

  get itemTail(): Buffer {
    this.#tailStart ||= splicePoint(this.#line) - kindAndVersionEnd
    return this.#line.subarray(this.#tailStart, this.#line.length - lineEnd.length)
  }

  get itemBytes(): Buffer {
    return Buffer.concat([openBrace, this.itemTail])
  }

  /** What it weighs in memory, without what is parsed. */
  get size(): number {
    return this.#line.length
  }

  frame(type: ChangeType): Buffer {
    if (type === this.#type) return this.#line
    const kept = this.#other?.type === type ? this.#other.line.deref() : undefined
    if (kept) return kept
    const line = Buffer.concat([Buffer.from(lineStart[type]), this.bytes, Buffer.from(lineEnd)])
    this.#other = { type, line: new WeakRef(line) }
    return line
  }

  get labels(): ReadonlyMap<string, string> {
    return new Map(Object.entries(this.#extract.labels ?? {}))
  }

  label(key: string): string | undefined {
    const { labels } = this.#extract
    return labels && Object.hasOwn(labels, key) ? labels[key] : undefined
  }

  get fields(): ReadonlyMap<string, string> {
    const { names } = this.#context.fields
    return new Map([
      ['metadata.name', this.name],
      ['metadata.namespace', this.namespace],
      ...names.map((name, at): [string, string] => [name, this.#extract.fieldValues[at] ?? '']),
    ])
  }

  get object(): KubernetesObject {
    return this.#context.parsed.get(this, () => this.bytes)
  }

  /** A field selector's value; `undefined` where the kind has no such field. */
  field(name: string): string | undefined {
    if (name === 'metadata.name') return this.name
    if (name === 'metadata.namespace') return this.namespace
    const at = this.#context.fields.names.indexOf(name)
    return at < 0 ? undefined : (this.#extract.fieldValues[at] ?? '')
  }

  matches(labels: Selector, fields: Selector): boolean {
    for (const requirement of labels)
      if (!requirementMatches(requirement, this.#extract.labels)) return false
    for (const requirement of fields) if (!this.#fieldMatches(requirement)) return false
    return true
  }

  #fieldMatches({ key, operator, values }: Requirement): boolean {
    const value = this.field(key)
    const equal = value !== undefined && value === values[0]
    return operator === '!=' ? !equal : equal
  }
}

const openBrace = Buffer.from('{')
