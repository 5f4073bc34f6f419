/** For tests: answers in protobuf as the plain objects that the same answers in JSON are. */

import assert from 'node:assert/strict'
import { decodeObject, type Expected } from '../schema/decode.ts'
import { messageOf } from '../schema/protobuf/envelope.ts'
import { readEnvelope, readMessage } from '../schema/protobuf/read.ts'
import { definition } from '../schema/schema.ts'

export const protobufType = 'application/vnd.kubernetes.protobuf'

function expectation(apiVersion: string, kind: string): Expected {
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  const message = messageOf({ apiVersion, kind })
  assert.ok(message, `${apiVersion} ${kind} has no message`)
  return { group, version, kind, schema: message.name }
}

/** An object as it is once it has been decoded, in whatever encoding it came: empty lists stand in JSON alone. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
export function settled(object: any): any {
  const { object: decoded } = decodeObject(
    object,
    expectation(object.apiVersion ?? '', object.kind),
  )
  const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0
  return JSON.parse(JSON.stringify(decoded, (_, value) => (isEmptyList(value) ? undefined : value)))
}

// biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
export function plainOf(bytes: Buffer): any {
  const { apiVersion, kind, raw } = readEnvelope(bytes)
  const { schema = '' } = expectation(apiVersion, kind)
  return settled({ ...readMessage(raw, definition(schema)), apiVersion, kind })
}

/** One event, without its length. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
export function eventOf(frame: Buffer): { type: string; object: any } {
  // Its type is a short text; the object is the message in a message that follows.
  assert.equal(frame[0], 0x0a)
  const typeEnd = 2 + frame[1]!
  return {
    type: frame.toString('latin1', 2, typeEnd),
    object: plainOf(frame.subarray(frame.indexOf('k8s\0', typeEnd))),
  }
}

/** The events at the beginning of a stream, each with its length before it, and what follows of the next one. */
export function eventsIn(bytes: Buffer): { events: ReturnType<typeof eventOf>[]; rest: Buffer } {
  const events: ReturnType<typeof eventOf>[] = []
  let rest = bytes
  while (rest.length >= 4) {
    const end = 4 + rest.readUInt32BE()
    if (rest.length < end) break
    events.push(eventOf(rest.subarray(4, end)))
    rest = rest.subarray(end)
  }
  return { events, rest }
}
