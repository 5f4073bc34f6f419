/** Sandboxes that are an address and a name, and nothing else. */

import { type Clock, sleep } from '../../../ports/clock.ts'
import { RuntimeError, type Sandbox, type SandboxConfig } from '../runtime.ts'

export interface SimulatedSandboxesOptions {
  clock: Clock
  newId(): string
  addresses: { take(): string; giveBack(ip: string): void }
  /** Milliseconds that making one takes. */
  delay: number
  /** A sandbox is not ready any more. */
  stopped(id: string): void
}

export class SimulatedSandboxes {
  readonly #options: SimulatedSandboxesOptions
  readonly #sandboxes = new Map<string, Sandbox>()

  constructor(options: SimulatedSandboxesOptions) {
    this.#options = options
  }

  get(id: string): Sandbox {
    const found = this.#sandboxes.get(id)
    if (!found) throw new RuntimeError('notFound', `sandbox ${id} not found`)
    return found
  }

  all(): Sandbox[] {
    return [...this.#sandboxes.values()]
  }

  async run(config: SandboxConfig): Promise<string> {
    const { clock, newId, addresses, delay } = this.#options
    if (delay > 0) await sleep(clock, delay)
    const { pod, attempt, labels, annotations } = config
    for (const other of this.#sandboxes.values())
      if (other.pod.uid === pod.uid && other.attempt === attempt)
        throw new RuntimeError('other', `sandbox name ${pod.name}_${attempt} is reserved`)
    const id = newId()
    const ips = config.hostNetwork ? [] : [addresses.take()]
    const createdAt = clock.now()
    const sandbox = {
      id,
      pod,
      attempt,
      state: 'ready',
      createdAt,
      ips,
      labels,
      annotations,
    } as const
    this.#sandboxes.set(id, sandbox)
    return id
  }

  /** Gives its address back. */
  stop(id: string): void {
    const sandbox = this.#sandboxes.get(id)
    if (sandbox?.state !== 'ready') return
    for (const ip of sandbox.ips) this.#options.addresses.giveBack(ip)
    this.#sandboxes.set(id, { ...sandbox, state: 'notReady', ips: [] })
    this.#options.stopped(id)
  }

  remove(id: string): void {
    this.stop(id)
    this.#sandboxes.delete(id)
  }
}
