/** The runtime contract spoken to containerd: CRI v1 for everything, containerd's event service for speed. */

import { join } from 'node:path'
import type { Subscription } from 'rxjs'
import { Subject } from 'rxjs/internal/Subject'
import type { Clock } from '../../../ports/clock.ts'
import { type Runtime, RuntimeError, type RuntimeEvent } from '../runtime.ts'
import { containerCalls, streamCalls } from './container-calls.ts'
import { deadlines } from './deadlines.ts'
import { type GrpcService, grpcService } from './grpc-client.ts'
import { imageCalls } from './image-calls.ts'
import { kernelLog } from './kernel-log.ts'
import type { ContainerMessage, SandboxMessage } from './messages.ts'
import { nodeCalls } from './node-calls.ts'
import { sandboxCalls } from './sandbox-calls.ts'
import { taskEvents } from './task-events.ts'

export interface CriRuntimeOptions {
  /** `unix:///run/tiphys/containerd.sock` or a bare path. */
  endpoint: string
  clock: Clock
}

const proto = join(import.meta.dirname, 'runtime.proto')

/** Connects when first used; a socket that is not there makes calls reject with `unavailable`. */
export function criRuntime(options: CriRuntimeOptions): Runtime {
  const { endpoint, clock } = options
  const open = (service: string) =>
    grpcService({ endpoint, proto, service: `runtime.v1.${service}`, clock })
  const runtime = open('RuntimeService')
  const images = open('ImageService')
  const log = kernelLog()
  const events = new Subject<RuntimeEvent>()
  const subscription: Subscription = taskEvents({
    endpoint,
    clock,
    hasEnded: (id, forMemory) => hasEnded(runtime, id, forMemory),
  }).subscribe(events)
  return {
    ...nodeCalls(runtime),
    ...sandboxCalls(runtime),
    ...containerCalls(runtime, log),
    ...streamCalls(runtime),
    ...imageCalls(images),
    events: events.asObservable(),
    close() {
      subscription.unsubscribe()
      events.complete()
      log.close()
      runtime.close()
      images.close()
    },
  }
}

async function hasEnded(runtime: GrpcService, id: string, forMemory: boolean): Promise<boolean> {
  try {
    const answer = await runtime.call<{ status: ContainerMessage }>(
      'ContainerStatus',
      { container_id: id },
      deadlines.read,
    )
    const { state, reason } = answer.status
    return state !== 'CONTAINER_RUNNING' && (!forMemory || reason === 'OOMKilled')
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error
    if (error.code !== 'notFound') return true
  }
  try {
    const answer = await runtime.call<{ status: SandboxMessage }>(
      'PodSandboxStatus',
      { pod_sandbox_id: id },
      deadlines.read,
    )
    return answer.status.state !== 'SANDBOX_READY'
  } catch (error) {
    if (error instanceof RuntimeError) return true
    throw error
  }
}
