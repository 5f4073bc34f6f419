/**
 * What is done about a pod as a whole: volumes, sandboxes, what is left of it. Each operation is one call or a few to the
 * runtime, the volumes and the API server. Remembers nothing; what fails is told by the error.
 */

import type { Pod } from '../../api/types.ts'
import {
  ApiError,
  objectVersion,
  onAccountOf,
  Pod as PodKind,
} from '../../controllers/framework/index.ts'
import type { RuntimeContainer } from '../runtime/runtime.ts'
import { VolumeError } from '../volumes/volume.ts'
import { nodeFacts } from './field-ref.ts'
import type { NodeContext } from './node-context.ts'
import { sandboxConfig } from './sandbox-config.ts'

export class PodOperations {
  readonly #node: NodeContext

  constructor(node: NodeContext) {
    this.#node = node
  }

  async mountVolumes(pod: Pod): Promise<void> {
    const { volumes, files, events, settings } = this.#node
    try {
      await files.prepare(pod)
      await volumes.mount(pod, nodeFacts(pod, undefined, settings))
    } catch (error) {
      const reason = error instanceof VolumeError ? 'FailedMount' : 'FailedCreatePodContainer'
      events.record(pod, { type: 'Warning', reason, message: (error as Error).message })
      throw error
    }
  }

  async runSandbox(pod: Pod, attempt: number): Promise<void> {
    const { runtime, view, limiter, events, settings } = this.#node
    try {
      const config = sandboxConfig({ ...settings, pod, attempt })
      const id = await limiter.run(() => runtime.runSandbox(config))
      await view.refreshSandbox(id)
    } catch (error) {
      const message = `Failed to create pod sandbox: ${(error as Error).message}`
      events.record(pod, { type: 'Warning', reason: 'FailedCreatePodSandBox', message })
      await view.relist()
      throw error
    }
  }

  async stopSandbox(id: string): Promise<void> {
    const { runtime, view, limiter } = this.#node
    await limiter.run(() => runtime.stopSandbox(id))
    await view.refresh(id)
  }

  /** Its containers go with it. */
  async removeSandbox(id: string, containers: readonly RuntimeContainer[]): Promise<void> {
    const { runtime, view, limiter } = this.#node
    await limiter.run(() => runtime.removeSandbox(id))
    await Promise.all([
      view.refresh(id),
      ...containers.filter(({ sandboxId }) => sandboxId === id).map(({ id }) => view.refresh(id)),
    ])
  }

  async removeContainer(pod: Pod, container: RuntimeContainer): Promise<void> {
    const { runtime, view, limiter, files } = this.#node
    await limiter.run(() => runtime.removeContainer(container.id))
    if (container.state !== 'created')
      await files.removeLogs(pod, container.name, container.attempt)
    await view.refresh(container.id)
  }

  /** Tells the API server that it may forget the pod. `true` when it knows it no more. */
  async forget(pod: Pod): Promise<boolean> {
    const { cluster, statuses } = this.#node
    const { namespace, name = '', uid } = pod.metadata
    await statuses.flush(uid ?? '')
    const account = { by: 'kubelet', for: objectVersion(PodKind, pod), because: [] }
    try {
      await onAccountOf(account, () =>
        cluster.remove(PodKind, { namespace, name }, { uid, gracePeriodSeconds: 0 }),
      )
      return false
    } catch (error) {
      if (error instanceof ApiError && (error.code === 404 || error.code === 409)) return true
      throw error
    }
  }
}
