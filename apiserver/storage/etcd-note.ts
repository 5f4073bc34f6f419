/**
 * Where notes lie in etcd: all of them are versions of one key, written in the transaction of the write that they belong
 * to. So etcd's own history holds each at its write's revision for as long as it holds that revision, and a deleted key
 * leaves nothing behind. That key follows directly on all keys of the store: no range or watch of those meets it, and one
 * watch can cover both.
 */

import type { KeyValue } from './etcd-client.ts'

/** Every key of the store begins with this. */
export const firstOf = (prefix: string): string => `${prefix}/`

/** '0' is the character after '/'. */
export const noteKeyOf = (prefix: string): string => `${prefix}0`

/** The first key after that of the notes. */
export const afterNotes = (prefix: string): string => `${noteKeyOf(prefix)}\0`

export interface Note {
  /** What was written, as etcd has it. */
  key: Buffer
  note: Buffer
}

const lengthBytes = 4

/** The key's length, the key, the note. */
export function encodeNote({ key, note }: Note): Buffer {
  const length = Buffer.alloc(lengthBytes)
  length.writeUInt32BE(key.length)
  return Buffer.concat([length, key, note])
}

export function decodeNote({ value }: Pick<KeyValue, 'value'>): Note {
  const end = lengthBytes + value.readUInt32BE()
  return { key: value.subarray(lengthBytes, end), note: value.subarray(end) }
}
