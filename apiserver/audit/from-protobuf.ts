/** Answers in protobuf as the objects that they are: an audit log is read by people and by what reads JSON. */

import { StatusError } from '../http/status.ts'
import { decode, mediaTypes } from '../schema/decode.ts'
import { messageOf } from '../schema/protobuf/envelope.ts'
import { ProtobufError, readEnvelope } from '../schema/protobuf/read.ts'

/** `undefined` for what is no object, or was broken off. */
export function objectFromProtobuf(bytes: Buffer): object | undefined {
  try {
    const { apiVersion, kind } = readEnvelope(bytes)
    const [version = '', group = ''] = apiVersion.split('/').reverse()
    const schema = messageOf({ apiVersion, kind })?.name
    if (schema === undefined) return undefined
    return decode<object>(bytes, mediaTypes.protobuf, { group, version, kind, schema }).object
  } catch (error) {
    if (error instanceof ProtobufError || error instanceof StatusError) return undefined
    throw error
  }
}
