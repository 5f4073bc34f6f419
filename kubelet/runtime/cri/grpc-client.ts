/**
 * Calls over a gRPC socket with a deadline each, their failures told as `RuntimeError`. Refuses to wait for ever and to
 * retry: whether a call may be made again is known only to who made it.
 */

import * as grpc from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import type { Clock } from '../../../ports/clock.ts'
import { RuntimeError, type RuntimeErrorCode } from '../runtime.ts'

/** A message as it stands on the wire: absent scalars at their zero, int64 as text, enums by name. */
export type Message = Record<string, unknown>

/** How messages stand in memory; the same for every proto here. */
export const protoOptions = {
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
  arrays: true,
  objects: true,
} as const

/** Bytes of the largest answer taken; containerd sends up to 16 MiB. */
const largestMessage = 16 * 1024 * 1024

const codes: ReadonlyMap<grpc.status, RuntimeErrorCode> = new Map([
  [grpc.status.NOT_FOUND, 'notFound'],
  [grpc.status.ALREADY_EXISTS, 'alreadyExists'],
  [grpc.status.UNAVAILABLE, 'unavailable'],
  [grpc.status.CANCELLED, 'unavailable'],
  [grpc.status.DEADLINE_EXCEEDED, 'deadlineExceeded'],
  [grpc.status.UNAUTHENTICATED, 'unauthorized'],
  [grpc.status.PERMISSION_DENIED, 'unauthorized'],
])

export function runtimeError(method: string, error: grpc.ServiceError): RuntimeError {
  const code = codes.get(error.code) ?? 'other'
  return new RuntimeError(code, `${method}: ${error.details || error.message}`)
}

/** One service of a proto file over one socket. */
export interface GrpcService {
  call<Answer extends object>(
    method: string,
    request: object,
    deadlineMilliseconds: number,
  ): Promise<Answer>
  stream(method: string, request: object): grpc.ClientReadableStream<Message>
  /** Resolves when the other side has answered the connection; rejects when it does not in time. */
  connected(deadlineMilliseconds: number): Promise<void>
  close(): void
}

export interface GrpcServiceOptions {
  /** `unix:///run/x.sock` or a bare path. */
  endpoint: string
  proto: string
  /** `runtime.v1.RuntimeService`. */
  service: string
  metadata?: Record<string, string>
  clock: Clock
}

export const grpcTarget = (endpoint: string): string =>
  endpoint.startsWith('/') ? `unix://${endpoint}` : endpoint

export function grpcService(options: GrpcServiceOptions): GrpcService {
  const definition = loadSync(options.proto, protoOptions)[options.service]
  if (!definition || 'type' in definition)
    throw new Error(`${options.proto} has no service ${options.service}`)
  const Client = grpc.makeGenericClientConstructor(definition, options.service)
  const client = new Client(grpcTarget(options.endpoint), grpc.credentials.createInsecure(), {
    'grpc.max_receive_message_length': largestMessage,
    'grpc.max_send_message_length': largestMessage,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2000,
    'grpc.enable_retries': 0,
    'grpc.use_local_subchannel_pool': 1,
  })
  const metadata = new grpc.Metadata()
  for (const [key, value] of Object.entries(options.metadata ?? {})) metadata.set(key, value)
  const methodOf = (name: string) => {
    const method = definition[name]
    if (!method) throw new Error(`${options.service} has no method ${name}`)
    return method
  }
  return {
    call: (name, request, deadlineMilliseconds) =>
      new Promise((resolve, reject) => {
        const method = methodOf(name)
        client.makeUnaryRequest(
          method.path,
          method.requestSerialize,
          method.responseDeserialize,
          request,
          metadata,
          { deadline: options.clock.now() + deadlineMilliseconds },
          (error, answer) => {
            if (error) reject(runtimeError(name, error))
            else resolve(answer as never)
          },
        )
      }),
    stream(name, request) {
      const method = methodOf(name)
      return client.makeServerStreamRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize as (bytes: Buffer) => Message,
        request,
        metadata,
      )
    },
    connected: (deadlineMilliseconds) =>
      new Promise((resolve, reject) => {
        client.waitForReady(options.clock.now() + deadlineMilliseconds, (error) => {
          if (error) reject(new RuntimeError('unavailable', error.message))
          else resolve()
        })
      }),
    close: () => client.close(),
  }
}

/** Stopping and removing what is not there has been done. */
export async function unlessAbsent(call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof RuntimeError && error.code === 'notFound')) throw error
  }
}
