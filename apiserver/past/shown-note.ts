/**
 * A record of a write as the reader of a recording may have it: of what caused the write, only objects that the reader may
 * read. Where that cannot be told at once it is not shown; nothing waits for it.
 */

import type { ObjectVersion, WriteRecord } from '../../api/write-record.ts'
import type { Authorizer } from '../auth/authorization.ts'
import type { User } from '../registry/registry.ts'
import { readNote } from '../registry/write-note.ts'

export interface Reader {
  user: User
  authorize: Authorizer
  /** Where the reader may read everything of these: `pods`, `deployments.apps`. */
  namespace: string
  resources: ReadonlySet<string>
  /** Hears why it could not be told what the reader may do. */
  unexpected(error: unknown): void
}

/** Objects of which it is remembered whether the reader may read them. */
const remembered = 4_096

const mark = Buffer.from('"cause":')

export class ShownNotes {
  readonly #reader: Reader
  readonly #known = new Map<string, boolean>()

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** The note itself where nothing has to be left out. */
  of(note: Buffer): Buffer {
    if (!note.includes(mark)) return note
    const record = readNote(note)
    if (!record?.cause) return note
    const { for: primary, because } = record.cause
    const shown = because.filter((version) => this.#mayRead(version))
    const isShown = !primary || this.#mayRead(primary)
    if (isShown && shown.length === because.length) return note
    return Buffer.from(JSON.stringify(withCause(record, isShown, shown)))
  }

  #mayRead({ resource, group, namespace, name }: ObjectVersion): boolean {
    const { user, authorize, namespace: here, resources, unexpected } = this.#reader
    const kind = group === '' ? resource : `${resource}.${group}`
    if (namespace === here && resources.has(kind)) return true
    const key = `${kind}/${namespace}/${name}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const asked = authorize({ user, verb: 'get', group, resource, namespace, name })
    if ('then' in asked) {
      this.#learn(key, false)
      asked.then(({ allowed }) => this.#learn(key, allowed), unexpected)
      return false
    }
    this.#learn(key, asked.allowed)
    return asked.allowed
  }

  #learn(key: string, allowed: boolean): void {
    if (this.#known.size >= remembered) this.#known.clear()
    this.#known.set(key, allowed)
  }
}

function withCause(record: WriteRecord, isShown: boolean, because: ObjectVersion[]): WriteRecord {
  const { cause, ...rest } = record
  const { for: primary, ...others } = cause ?? { because }
  return { ...rest, cause: { ...others, ...(isShown && primary && { for: primary }), because } }
}
