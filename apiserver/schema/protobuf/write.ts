/**
 * Writes the API's protobuf: plain JSON values as the messages of their definitions, byte for byte as the published
 * Go types write them: fields in the order of their numbers, keys sorted, zeros written where Go has no pointer. The
 * opposite of `read.ts`. It checks nothing: what it is given has been decoded before.
 *
 * How a definition is written is worked out once, when it is first met.
 */

import type { Definition, DefinitionType, Field, MessageField, Type } from '../schema.ts'
import type { BackwardBytes } from './backward-bytes.ts'
import {
  type Content,
  delimited,
  formContent,
  formZeros,
  scalarPutting,
  scalarZeros,
} from './write-values.ts'

/** The object's fields; `apiVersion` and `kind` have no place in a message. */
export function writeMessage(out: BackwardBytes, object: object, definition: Definition): void {
  structContent(definition)(out, object)
}

/** A field of a message, or a message whose fields stand in the same JSON object. */
interface Slot {
  /** `undefined`: flattened. */
  name: string | undefined
  /** With length and tag. */
  put: Content
  /** What stands for an absent value; `undefined` where nothing does. */
  zero: unknown
}

const known = new Map<Definition, Content>()

/** Definitions refer to themselves: their slots are made when the first object comes. */
function structContent(definition: Definition): Content {
  let content = known.get(definition)
  if (!content) {
    let slots: readonly Slot[] | undefined
    content = (out, value) => {
      slots ??= slotsOf(definition)
      const object = value as Record<string, unknown>
      for (const { name, put, zero } of slots) {
        const own = name === undefined ? object : (object[name] ?? zero)
        if (own !== undefined) put(out, own)
      }
    }
    known.set(definition, content)
  }
  return content
}

/** From the last to the first, as they are written. */
const slotsOf = ({ message }: Definition): Slot[] =>
  [...message].sort(([one], [other]) => other - one).map(([number, of]) => slotOf(number, of))

function slotOf(number: number, of: MessageField): Slot {
  if ('flattened' in of) {
    const put = delimited(number, structContent(of.flattened))
    return { name: undefined, put, zero: undefined }
  }
  const { name, type, pointer }: Field = of.field
  return { name, put: putting(number, type), zero: pointer ? undefined : zeroOf(type) }
}

function zeroOf(type: Type): unknown {
  switch (type.kind) {
    case 'list':
    case 'map':
      return undefined
    case 'definition':
      return formZeros[type.definition.form]
    default:
      return scalarZeros[type.kind]
  }
}

/** With length and tag; as often as there are items. */
function putting(number: number, type: Type): Content {
  switch (type.kind) {
    case 'list':
      return repeated(element(number, type.items))
    case 'map':
      return entries(number, element(2, type.values))
    case 'definition':
      return delimited(number, followed(type))
    default:
      return scalarPutting(number, type.kind)
  }
}

function followed(type: DefinitionType): Content {
  let content: Content | undefined
  return (out, value) => {
    content ??= formContent(type.definition.form, structContent(type.definition))
    content(out, value)
  }
}

/** In a list or a map an absent value has a place as well. */
function element(number: number, type: Type): Content {
  const put = putting(number, type)
  return (out, value) => put(out, value ?? zeroOf(type) ?? null)
}

function repeated(put: Content): Content {
  return (out, value) => {
    const items = value as readonly unknown[]
    for (let at = items.length - 1; at >= 0; at--) put(out, items[at])
  }
}

const putKey = scalarPutting(1, 'string')

function entries(number: number, putValue: Content): Content {
  const put = delimited(number, (out, entry) => {
    const [key, value] = entry as [string, unknown]
    putValue(out, value)
    putKey(out, key)
  })
  return (out, value) => {
    const map = value as Record<string, unknown>
    const keys = Object.keys(map).sort()
    for (let at = keys.length - 1; at >= 0; at--) put(out, [keys[at], map[keys[at]!]])
  }
}
