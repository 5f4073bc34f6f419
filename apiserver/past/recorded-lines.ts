/** Lines of a recording as bytes: of what is stored nothing is parsed or encoded again. Pure. */

import { type Header, type Moment, recordingFormat } from '../../recordings/recording.ts'
import type { Entry, StorageEvent } from '../storage/storage.ts'
import { splice } from '../watch/encode.ts'

const end = Buffer.from('}\n')
const comma = Buffer.from(',')

export function headerLine(header: Omit<Header, 'type' | 'format'>): Buffer {
  const line: Header = { type: 'HEADER', format: recordingFormat, ...header }
  return Buffer.from(`${JSON.stringify(line)}\n`)
}

/** The beginning of one; each `keyframeObject` and `keyframeEnd` follow. */
export const keyframeStart = ({ revision, at }: Moment): Buffer =>
  Buffer.from(`{"type":"KEYFRAME","revision":${revision},"at":${JSON.stringify(at)},"objects":[`)

export const keyframeEnd: Buffer = Buffer.from(']}\n')

/** @param first no other stands before it */
export function keyframeObject({ value, modified }: Entry, first: boolean): Buffer {
  const object = splice(value, modified)
  return first ? object : Buffer.concat([comma, object])
}

/** @param by the record of the write, in JSON */
export function changeLine(event: StorageEvent, at: string, by: Buffer | undefined): Buffer {
  const [type, revision, entry] =
    event.type === 'put'
      ? ['PUT', event.entry.modified, event.entry]
      : ['DELETE', event.revision, event.previous]
  const time = JSON.stringify(at)
  return Buffer.concat([
    Buffer.from(`{"type":"${type}","revision":${revision},"at":${time}`),
    ...(by ? [Buffer.from(',"by":'), by] : []),
    Buffer.from(',"object":'),
    splice(entry.value, entry.modified),
    end,
  ])
}

export const momentLine = (type: 'MARK' | 'END', { revision, at }: Moment): Buffer =>
  Buffer.from(`${JSON.stringify({ type, revision, at })}\n`)

export const revisionOf = (event: StorageEvent): number =>
  event.type === 'put' ? event.entry.modified : event.revision

export const keyOf = (event: StorageEvent): string =>
  event.type === 'put' ? event.entry.key : event.key
