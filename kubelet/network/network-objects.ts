/** What the node's network follows: Services, EndpointSlices and this node's Pods, as one thing that changes. */

import type { Observable } from 'rxjs'
import { merge } from 'rxjs/internal/observable/merge'
import type { EndpointSlice, Pod, Service } from '../../api/types.ts'
import * as framework from '../../controllers/framework/index.ts'

export class NetworkObjects {
  readonly #services: framework.Informer<Service>
  readonly #slices: framework.Informer<EndpointSlice>
  readonly #pods: framework.Informer<Pod>
  /** Something is another than before. */
  readonly changes: Observable<unknown>

  constructor(informers: framework.Informers, nodeName: string) {
    this.#services = informers.of(framework.Service)
    this.#slices = informers.of(framework.EndpointSlice)
    this.#pods = informers.of(framework.Pod, { fieldSelector: `spec.nodeName=${nodeName}` })
    this.changes = merge(this.#services.changes$, this.#slices.changes$, this.#pods.changes$)
  }

  get synced(): boolean {
    return this.#all.every(({ synced }) => synced)
  }

  /** Rejects when `signal` aborts before. */
  async whenSynced(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#all.map((informer) => informer.whenSynced(signal)))
  }

  services(): Service[] {
    return this.#services.reader.list()
  }

  slices(): EndpointSlice[] {
    return this.#slices.reader.list()
  }

  pods(): Pod[] {
    return this.#pods.reader.list()
  }

  get #all() {
    return [this.#services, this.#slices, this.#pods]
  }
}
