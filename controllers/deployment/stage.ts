/**
 * A stage for tests of rollouts: a cluster in memory, the two controllers, a virtual clock, and pods that do what the test
 * says instead of what a node would do.
 */

import { isDeepStrictEqual } from 'node:util'
import { concatMap, Observable } from 'rxjs'
import type { KubernetesObject } from '../../api/object.ts'
import { isPodActive, isPodReady, isPodTerminating } from '../../api/pod-status.ts'
import type {
  Deployment as DeploymentObject,
  Event as EventObject,
  Pod as PodObject,
  PodStatus,
  ReplicaSet as ReplicaSetObject,
} from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import {
  type Cluster,
  Deployment,
  Event,
  type Kind,
  Pod,
  ReplicaSet,
  type WithMeta,
  type WriteOptions,
} from '../framework/index.ts'
import { startManager } from '../framework/manager.ts'
import { MemoryCluster, type MemoryClusterOptions } from '../framework/memory-cluster.ts'
import { replicaSetController } from '../replicaset/index.ts'
import { deploymentController } from './index.ts'

const namespace = 'default'

type Spec = NonNullable<DeploymentObject['spec']>

/** With the defaults that the API server would have set. */
export function deploymentOf(spec: Partial<Spec> = {}, image = 'web:1'): DeploymentObject {
  return {
    metadata: { namespace, name: 'web' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
      },
      template: templateOf(image),
      ...spec,
    },
  }
}

/** Its finalizer stands for the grace period: pods stay until they are `ended`. */
export const templateOf = (image: string): Spec['template'] => ({
  metadata: { labels: { app: 'web' }, finalizers: ['test/grace'] },
  spec: { containers: [{ name: 'app', image }] },
})

/** Takes annotations along with a status, as the API server does for these kinds. */
class StageCluster extends MemoryCluster {
  override async update<T extends WithMeta>(
    kind: Kind<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T> {
    const stored = await super.update(kind, object, options)
    const { namespace, name = '', annotations } = object.metadata
    if (
      options?.subresource !== 'status' ||
      isDeepStrictEqual(annotations, stored.metadata.annotations)
    )
      return stored
    const ref = namespace === undefined ? { name } : { namespace, name }
    return super.patch(kind, ref, { type: 'merge', body: { metadata: { annotations } } })
  }
}

export interface StageOptions {
  seed?: number
  /** Milliseconds that controllers may learn of changes late (0). */
  lateness?: number
  intercept?: MemoryClusterOptions['intercept']
}

export class Stage {
  readonly clock = new VirtualClock()
  readonly cluster: MemoryCluster
  readonly #random
  readonly #lateness: number
  #manager: ReturnType<typeof startManager> | undefined

  constructor({ seed = 1, lateness = 0, intercept }: StageOptions = {}) {
    this.#lateness = lateness
    this.#random = seededRandom(seed)
    this.cluster = new StageCluster({
      clock: this.clock,
      random: this.#random,
      ...(intercept ? { intercept } : {}),
    })
  }

  async start(): Promise<void> {
    this.#manager = startManager({
      cluster: this.#lateness === 0 ? this.cluster : this.#late(),
      controllers: [deploymentController, replicaSetController],
      clock: this.clock,
      random: this.#random,
      component: 'test',
    })
    await this.settle()
    await this.#manager.ready
    await this.settle()
  }

  async stop(): Promise<void> {
    const stopped = this.#manager?.stop()
    await this.settle()
    await stopped
  }

  /** Lets all work end that needs no time of its own, but for short back-offs. */
  async settle(): Promise<void> {
    await this.clock.advance(900)
  }

  /** The same cluster, whose watches tell everything in order, but each event up to `lateness` after it happened. */
  #late(): Cluster {
    const { cluster, clock } = this
    return new Proxy(cluster, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (name === 'watch')
          return (...args: Parameters<Cluster['watch']>) =>
            cluster.watch(...args).pipe(
              concatMap(
                (event) =>
                  new Observable<typeof event>((subscriber) =>
                    clock.after(this.#random.next() * this.#lateness, () => {
                      subscriber.next(event)
                      subscriber.complete()
                    }),
                  ),
              ),
            )
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  async #all<T extends KubernetesObject>(kind: Kind<T>): Promise<T[]> {
    return (await this.cluster.list(kind)).items
  }

  async deployment(): Promise<DeploymentObject> {
    const found = await this.cluster.get(Deployment, { namespace, name: 'web' })
    if (!found) throw new Error('the deployment is gone')
    return found
  }

  async create(deployment: DeploymentObject): Promise<void> {
    await this.cluster.create(Deployment, deployment)
    await this.settle()
  }

  async change(spec: object): Promise<void> {
    const ref = { namespace, name: 'web' }
    await this.cluster.patch(Deployment, ref, { type: 'merge', body: { spec } })
    await this.settle()
  }

  setImage(image: string): Promise<void> {
    return this.change({ template: templateOf(image) })
  }

  async replicaSets(): Promise<ReplicaSetObject[]> {
    const all = await this.#all(ReplicaSet as unknown as Kind<KubernetesObject>)
    const sets = all as ReplicaSetObject[]
    const revision = ({ metadata: { annotations } }: ReplicaSetObject) =>
      Number(annotations?.['deployment.kubernetes.io/revision'])
    return sets.sort((a, b) => revision(a) - revision(b))
  }

  /** `image=wanted/available` of each ReplicaSet, lowest revision first. */
  async sizes(): Promise<string[]> {
    return (await this.replicaSets()).map(
      ({ spec, status }) =>
        `${spec?.template?.spec?.containers[0]?.image}=${spec?.replicas}/${status?.availableReplicas ?? 0}`,
    )
  }

  async pods(): Promise<PodObject[]> {
    return (await this.cluster.list(Pod)).items
  }

  async count(): Promise<{ active: number; ready: number; terminating: number }> {
    const pods = await this.pods()
    const active = pods.filter(isPodActive)
    return {
      active: active.length,
      ready: active.filter(isPodReady).length,
      terminating: pods.filter(isPodTerminating).length,
    }
  }

  async set({ metadata }: PodObject, status: PodStatus): Promise<void> {
    const { name = '' } = metadata
    const body = { status }
    await this.cluster.patch(
      Pod,
      { namespace, name },
      { type: 'merge', body },
      { subresource: 'status' },
    )
  }

  ready(pod: PodObject, ready = true): Promise<void> {
    const conditions = [
      {
        type: 'Ready',
        status: ready ? 'True' : 'False',
        lastTransitionTime: time(this.clock.now()),
      },
    ]
    return this.set(pod, { phase: 'Running', conditions })
  }

  /** Makes up to `limit` pods (of one image) ready that are not yet. */
  async readyAll({ limit = Number.POSITIVE_INFINITY, image = '' } = {}): Promise<void> {
    const waiting = (await this.pods()).filter(
      (pod) => isPodActive(pod) && !isPodReady(pod) && (image === '' || imageOf(pod) === image),
    )
    for (const pod of waiting.slice(0, limit)) await this.ready(pod)
    await this.settle()
  }

  /** Pods that are being deleted go. */
  async endAll(): Promise<void> {
    for (const pod of await this.pods()) if (isPodTerminating(pod)) await this.end(pod)
    await this.settle()
  }

  async end({ metadata: { name = '' } }: PodObject): Promise<void> {
    const body = { metadata: { finalizers: null } }
    await this.cluster.patch(Pod, { namespace, name }, { type: 'merge', body })
  }

  /** Pods become ready and go until nothing changes any more. */
  async finish(): Promise<void> {
    for (let round = 0; round < 60; round++) {
      const before = JSON.stringify([await this.sizes(), await this.count()])
      await this.readyAll()
      await this.endAll()
      if (before === JSON.stringify([await this.sizes(), await this.count()])) return
    }
    throw new Error('the rollout does not come to rest')
  }

  /** `type status reason message`. */
  async condition(type: string): Promise<string> {
    const { status } = await this.deployment()
    const found = status?.conditions?.find((condition) => condition.type === type)
    return found ? `${found.status} ${found.reason} ${found.message}` : 'none'
  }

  /** Messages of Events with this reason. */
  async events(reason: string): Promise<string[]> {
    // Recorders may gather for a while.
    await this.settle()
    const all = (await this.#all(
      Event as unknown as Kind<KubernetesObject>,
    )) as unknown as EventObject[]
    return all.filter((event) => event.reason === reason).map(({ message = '' }) => message)
  }
}

export const imageOf = ({ spec }: PodObject): string => spec?.containers[0]?.image ?? ''
