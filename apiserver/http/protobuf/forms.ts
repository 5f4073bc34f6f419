/**
 * Objects in protobuf, as clients get them: alone, as the item of a list, as the event of a watch. Made once a
 * version, from its JSON, and shared by all who want it; what is stored and what most read stays JSON.
 */

import type { WatchEvent } from '../../registry/registry.ts'
import { type BackwardBytes, written } from '../../schema/protobuf/backward-bytes.ts'
import { type Typed, trailer, writeEnvelope } from '../../schema/protobuf/envelope.ts'
import { scalarPutting } from '../../schema/protobuf/write-values.ts'
import type { CachedObject } from '../../watch/cached-object.ts'
import { decodeObject } from '../../watch/encode.ts'
import type { Accepted } from '../negotiation.ts'
import type { Source } from '../table.ts'
import { KeptForms } from './kept-forms.ts'
import type { Turns } from './turns.ts'

type EventType = WatchEvent['type'] | 'ERROR'

/** One object, alone. */
export const envelopeOf = (object: Typed): Buffer =>
  written((out) => {
    writeEnvelope(out, object)
  })

const putType = scalarPutting(1, 'string')
const objectTag = (2 << 3) | 2
const rawTag = (1 << 3) | 2

/** Turns the envelope that has been written into an event, with its length before it. */
function writeFrame(out: BackwardBytes, type: EventType): void {
  out.head(rawTag, 0)
  out.head(objectTag, 0)
  putType(out, type)
  const length = Buffer.allocUnsafe(4)
  length.writeUInt32BE(out.written)
  out.bytes(length)
}

/** An event of an object that nobody else is told. */
export const frameOf = (type: EventType, object: Typed): Buffer =>
  written((out) => {
    writeEnvelope(out, object)
    writeFrame(out, type)
  })

/** One version in protobuf. */
export class Form {
  readonly size: number
  readonly envelope: Buffer
  /** As a field of number 2, which is what lists hold. */
  readonly item: Buffer
  readonly #type: EventType | undefined
  /** The event whose end the envelope is. */
  readonly #frame: Buffer
  /** Of another type, for selectors that it enters; kept as long as somebody sends it. */
  #other: { type: EventType; frame: WeakRef<Buffer> } | undefined

  /** @param type of the event that is going to be asked for, if one is */
  constructor(object: Typed, type?: EventType) {
    let item = 0
    let envelope = 0
    const bytes = written((out) => {
      item = writeEnvelope(out, object)
      envelope = out.written
      if (type !== undefined) writeFrame(out, type)
    })
    this.size = bytes.length
    this.envelope = bytes.subarray(bytes.length - envelope)
    this.item = this.envelope.subarray(envelope - trailer.length - item, envelope - trailer.length)
    this.#type = type
    this.#frame = bytes
  }

  /** As an event. */
  frame(type: EventType): Buffer {
    if (type === this.#type) return this.#frame
    const kept = this.#other?.type === type ? this.#other.frame.deref() : undefined
    if (kept) return kept
    const frame = written((out) => {
      out.bytes(this.envelope)
      writeFrame(out, type)
    })
    this.#other = { type, frame: new WeakRef(frame) }
    return frame
  }
}

/** Whole objects, or their metadata under the version of `meta.k8s.io` that was asked for. */
export type View = 'whole' | Accepted['version']

export const viewOf = ({ shape, version }: Accepted): View =>
  shape === undefined ? 'whole' : version

const kept: Record<View, KeptForms<Form>> = {
  whole: new KeptForms(64 << 20),
  v1: new KeptForms(16 << 20),
  v1beta1: new KeptForms(1 << 20),
}

const seen = (object: Source['object'], view: View): Typed =>
  view === 'whole' ? object : partialMetadata(object, view)

const partialMetadata = ({ metadata }: Source['object'], version: Accepted['version']) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata,
})

/** The version's form if there is one already. */
export const keptForm = (source: object, view: View): Form | undefined => kept[view].get(source)

/** Parses the object from its bytes, so that the objects parsed last for others stay those. */
export function formOf(source: CachedObject, view: View, turns: Turns, type?: EventType): Form {
  const before = kept[view].get(source)
  if (before) return before
  turns.count(source.bytes.length)
  const form = new Form(seen(decodeObject(source.bytes), view), type)
  kept[view].put(source, form)
  return form
}

/** Of an object that was asked for alone: it is not kept. */
export const envelopeFor = (source: Source, view: View): Buffer =>
  keptForm(source, view)?.envelope ?? envelopeOf(seen(source.object, view))
