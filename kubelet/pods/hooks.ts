/** What a container wants done after its start and before its end. */

import type { Container, Pod } from '../../api/types.ts'
import { type Clock, sleep } from '../../ports/clock.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { httpGet } from './prober.ts'

type Handler = NonNullable<NonNullable<Container['lifecycle']>['preStop']>

export interface HookTarget {
  pod: Pod
  container: Container
  id: string
  ip: string
}

/** Rejects when the hook fails or takes longer than `timeoutMilliseconds`. */
export async function runHook(
  handler: Handler,
  target: HookTarget,
  timeoutMilliseconds: number,
  { runtime, clock }: { runtime: Runtime; clock: Clock },
): Promise<void> {
  if (handler.exec) {
    const seconds = Math.max(1, Math.ceil(timeoutMilliseconds / 1000))
    const answer = await runtime.exec(target.id, handler.exec.command ?? [], seconds)
    if (answer.exitCode === 0) return
    const output = Buffer.concat([answer.stdout, answer.stderr]).subarray(0, 1024).toString('utf8')
    throw new Error(
      `command '${(handler.exec.command ?? []).join(' ')}' exited with ${answer.exitCode}: ${output}`,
    )
  }
  if (handler.httpGet) {
    const { container, ip } = target
    const outcome = await httpGet(handler.httpGet, container, ip, timeoutMilliseconds, clock)
    if (outcome.result !== 'success') throw new Error(outcome.message)
    return
  }
  if (handler.sleep) {
    await sleep(clock, Math.min(handler.sleep.seconds * 1000, timeoutMilliseconds))
    return
  }
  throw new Error('invalid handler: exec, httpGet or sleep is needed')
}
