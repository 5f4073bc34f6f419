/** An object as it goes over the wire in protobuf: its message, and around it what says of which kind it is. */

import { type Definition, definition, definitionOfKind, findDefinition } from '../schema.ts'
import type { BackwardBytes } from './backward-bytes.ts'
import { magic } from './read.ts'
import { writeMessage } from './write.ts'
import { delimited, scalarPutting } from './write-values.ts'

/** Neither the encoding nor the type of the content is told. */
export const trailer = Buffer.from([0x1a, 0x00, 0x22, 0x00])

/** An object by what its JSON says of itself. */
export interface Typed {
  kind?: string
  apiVersion?: string
}

/** What anybody may answer, whatever group it serves. */
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.'
const metaVersions = new Set(['', 'v1', 'meta.k8s.io/v1', 'meta.k8s.io/v1beta1'])
/** Versions that are written as a newer one, since their messages are the same. */
const sameAs = new Map([['apidiscovery.k8s.io/v2beta1', 'apidiscovery.k8s.io/v2']])

const found = new Map<string, Definition>()

/** The message of a kind; `undefined` where there is none, as for custom resources. */
export function messageOf({ apiVersion = '', kind = '' }: Typed): Definition | undefined {
  const key = `${apiVersion} ${kind}`
  const before = found.get(key)
  if (before) return before
  const [version = '', group = ''] = (sameAs.get(apiVersion) ?? apiVersion).split('/').reverse()
  const name = definitionOfKind({ group, version, kind })
  const own = name === undefined ? undefined : definition(name)
  const made = own ?? (metaVersions.has(apiVersion) ? findDefinition(meta + kind) : undefined)
  if (made) found.set(key, made)
  return made
}

const putVersion = scalarPutting(1, 'string')
const putKind = scalarPutting(2, 'string')
const putTypeMeta = delimited(1, (out, value) => {
  const { apiVersion, kind } = value as Typed
  putKind(out, kind ?? '')
  putVersion(out, apiVersion ?? '')
})

/** The message as a field: what an envelope holds, and the item of a list. */
const contentTag = (2 << 3) | 2

/**
 * @returns how many bytes the message has as a field of number 2: the last ones before the trailer
 * @throws TypeError where the kind has no message
 */
export function writeEnvelope(out: BackwardBytes, object: Typed): number {
  const message = messageOf(object)
  if (!message) throw new TypeError(`${object.apiVersion} ${object.kind} has no form in protobuf`)
  out.bytes(trailer)
  const before = out.written
  writeMessage(out, object, message)
  out.head(contentTag, before)
  const size = out.written - before
  writeStart(out, object)
  return size
}

/**
 * What stands before a message that is put together elsewhere; `trailer` follows it.
 * @param size the message's, in bytes
 */
export function writeEnvelopeHead(out: BackwardBytes, typed: Typed, size: number): void {
  out.varint(size)
  out.varint(contentTag)
  writeStart(out, typed)
}

function writeStart(out: BackwardBytes, typed: Typed): void {
  putTypeMeta(out, typed)
  out.bytes(magic)
}
