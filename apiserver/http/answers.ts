/** Answers of one piece: objects in the shape that was asked for, `Status`, errors. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Resource } from '../resources/resource.ts'
import {
  CompactedError,
  FutureRevisionError,
  StorageUnavailableError,
  ValueTooLargeError,
} from '../storage/storage.ts'
import type { Exchange, Headers } from './exchange.ts'
import { type Accepted, wantsErrorsInProtobuf } from './negotiation.ts'
import { PlainError } from './plain-errors.ts'
import { expired, internalError, StatusError, serviceUnavailable, tooLarge } from './status.ts'
import { includeObjectOf, type Printed, partialObject, type Source, tableOf } from './table.ts'

export const json: Headers = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-cache, private',
}

type ProtobufAnswers = typeof import('./protobuf/answers.ts')

/** Loaded when somebody first asks for it. */
export const protobufAnswers = (): Promise<ProtobufAnswers> => import('./protobuf/answers.ts')

/** How the answer is to look. */
export interface Wish extends Accepted {
  /** There where the encoding is protobuf. */
  protobuf?: ProtobufAnswers
  query: URLSearchParams
  /** What ages are reckoned from: a watch outlives the moment of its request. */
  clock: Pick<Clock, 'now'>
}

export function sendObject(
  exchange: Exchange,
  code: number,
  printed: Printed,
  source: Source,
  wish: Wish,
): void {
  if (wish.protobuf) wish.protobuf.sendObject(exchange, code, source, wish)
  else exchange.send(code, json, shaped(printed, source, wish))
}

function shaped(printed: Printed, source: Source, { shape, version, query, clock }: Wish): Buffer {
  switch (shape) {
    case undefined:
      return source.bytes
    case 'Table': {
      const include = includeObjectOf(query.get('includeObject'))
      return Buffer.from(tableOf(printed, source, { version, include, now: clock.now() }))
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return Buffer.from(partialObject(source.object, version))
    default:
      return shape satisfies never
  }
}

/** What tells a client that its object is gone: without a code, as Kubernetes has it. */
export function sendDeleted(
  exchange: Exchange,
  { group, plural }: Resource,
  { metadata }: KubernetesObject,
  { protobuf }: Wish,
): void {
  const details = {
    name: metadata.name,
    ...(group !== '' && { group }),
    kind: plural,
    uid: metadata.uid,
  }
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
  if (protobuf) exchange.send(200, protobuf.headers, protobuf.envelopeOf(status))
  else exchange.send(200, json, Buffer.from(JSON.stringify(status)))
}

/** Any error as one that a client can be told. @param unexpected hears of what should not have happened */
export function asStatusError(
  error: unknown,
  mutating: boolean,
  unexpected: (error: unknown) => void,
): StatusError | PlainError {
  if (error instanceof StatusError || error instanceof PlainError) return error
  if (error instanceof ValueTooLargeError) return tooLarge(3 << 20)
  if (error instanceof CompactedError) return expired(error.message)
  if (error instanceof FutureRevisionError) return internalError(error.message)
  // A write may have happened: nobody is told to try it again blindly.
  if (error instanceof StorageUnavailableError)
    return serviceUnavailable(error.message, mutating ? undefined : 1)
  unexpected(error)
  return internalError(error instanceof Error ? error.message : String(error))
}

export interface ErrorAnswer {
  code: number
  headers: Headers
  body: Buffer
}

export function errorAnswer(error: StatusError | PlainError): ErrorAnswer {
  if (error instanceof PlainError)
    return {
      code: error.code,
      headers: {
        'Content-Type': 'text/plain; charset=utf-8',
        'X-Content-Type-Options': 'nosniff',
      },
      body: Buffer.from(`${error.message}\n`),
    }
  const { status } = error
  const wait = status.details?.retryAfterSeconds
  return {
    code: status.code,
    headers: {
      ...json,
      'X-Content-Type-Options': 'nosniff',
      ...(wait !== undefined && wait > 0 && { 'Retry-After': wait }),
    },
    body: Buffer.from(`${JSON.stringify(status)}\n`),
  }
}

/** The same, as the client reads it. @param accept the request's header */
export async function negotiatedError(
  error: StatusError | PlainError,
  accept: string | undefined,
): Promise<ErrorAnswer> {
  const answer = errorAnswer(error)
  if (error instanceof PlainError || !wantsErrorsInProtobuf(accept)) return answer
  const { headers, envelopeOf } = await protobufAnswers()
  return {
    code: answer.code,
    headers: { ...answer.headers, ...headers },
    body: envelopeOf(error.status),
  }
}
