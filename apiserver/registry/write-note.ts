/**
 * What is kept beside every write of an object: who wrote it, by what request and on account of what. It is told here
 * once, and small whatever a client says of itself; nothing of it is ever read to decide a write.
 */

import type { WriteCause, WriteRecord } from '../../api/write-record.ts'
import type { Clock } from '../../ports/clock.ts'
import type { RequestContext, Target, WriteOptions } from './registry.ts'

/** What a request asks for, as records tell it. */
export type Asked = Pick<WriteRecord, 'verb' | 'subresource' | 'fieldManager'>

/** Characters of a name that a client gave itself. */
const longestName = 256
/** Characters of all that a client says of causes: some twenty objects of ordinary names. */
const longestCause = 2_048

/** Says in the context what is asked for, for all that is written on its account. */
export function asking(
  context: RequestContext,
  verb: WriteRecord['verb'],
  { subresource }: Target,
  { fieldManager }: WriteOptions = {},
): void {
  context.asked = {
    verb,
    ...(subresource && { subresource }),
    ...(fieldManager && { fieldManager }),
  }
}

/** Of a write that a request asks for, at this moment. */
export function noteOf({ clock }: { clock: Pick<Clock, 'now'> }, context: RequestContext): Buffer {
  const { user, impersonator, userAgent, requestId, asked = { verb: 'update' } } = context
  const record = {
    at: moment(clock),
    ...asked,
    user: user.name.slice(0, longestName),
    ...(impersonator && { impersonatedBy: impersonator.slice(0, longestName) }),
    ...(userAgent && { userAgent: userAgent.slice(0, longestName) }),
    requestId,
  }
  const whole = encode({ ...record, ...(context.cause && { cause: context.cause }) })
  // As nearly always: what is small with its cause has a small cause.
  if (!context.cause || whole.length <= longestCause) return whole
  const cause = bounded(context.cause)
  return encode({ ...record, ...(cause && { cause }) })
}

/** Of a write that nobody asked for: the server's own upkeep. */
export const ownNote = (clock: Pick<Clock, 'now'>, asked: Asked): Buffer =>
  encode({ at: moment(clock), ...asked, user: 'system:apiserver', requestId: '' })

/** What a note says; `undefined` where it is none. */
export function readNote(note: Buffer | undefined): WriteRecord | undefined {
  return note && (JSON.parse(note.toString()) as WriteRecord)
}

/** When the write was, for those who read many notes: it stands first. */
export const noteTime = (note: Buffer): string =>
  note.toString('latin1', timeAt, timeAt + timeLength)

const timeAt = '{"at":"'.length
const timeLength = '2026-01-02T03:04:05.678Z'.length

const encode = (record: WriteRecord): Buffer => Buffer.from(JSON.stringify(record))

const moment = (clock: Pick<Clock, 'now'>): string => new Date(clock.now()).toISOString()

/** As much of a cause as is kept; what woke is left out before the object on whose behalf it is. */
function bounded(cause: WriteCause): WriteCause | undefined {
  const { by, for: primary, because, more = 0 } = cause
  let told = because
  let kept: WriteCause = cause
  while (JSON.stringify(kept).length > longestCause) {
    if (told.length === 0) return undefined
    told = told.slice(0, -1)
    kept = {
      ...(by && { by }),
      ...(primary && { for: primary }),
      because: told,
      more: more + because.length - told.length,
    }
  }
  return kept
}
