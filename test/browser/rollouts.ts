/**
 * Rollouts that go as a scenario wants them, each in a namespace of its own on a cluster whose pods are simulated: what
 * kubectl does, and when the cluster is there, told by watches. They know nothing of the page.
 */

import type { Deployment, Pod, ReplicaSet } from '../../api/types.ts'
import type { TestCluster } from '../e2e/cluster.ts'

/** The simulated node knows every image but those of this domain. */
export const absentImage = 'web.invalid/web:1.4'

export const container = 'app'

/** What a template asks of its pods beside the image. */
interface PodTraits {
  annotations?: Record<string, string>
  resources?: { requests: Record<string, string> }
}

export interface DeploymentTraits extends PodTraits {
  replicas?: number
  image?: string
  strategy?: { maxSurge?: number | string; maxUnavailable?: number | string }
}

const ready = 'tiphys.dev/simulated-ready'
const ends = 'tiphys.dev/simulated-exit'

/** What the cluster held. */
export interface Held {
  deployment: Deployment
  replicaSets: ReplicaSet[]
  pods: Pod[]
}

export class Rollout {
  readonly #cluster: TestCluster
  readonly namespace: string
  readonly name: string

  private constructor(cluster: TestCluster, namespace: string, name: string) {
    this.#cluster = cluster
    this.namespace = namespace
    this.name = name
  }

  /** All of it is available. */
  static async complete(
    cluster: TestCluster,
    namespace: string,
    traits: DeploymentTraits = {},
    name = 'web',
  ): Promise<Rollout> {
    await cluster.tryKubectl(['create', 'namespace', namespace])
    const rollout = new Rollout(cluster, namespace, name)
    await cluster.apply(deploymentOf(name, traits), { namespace })
    await rollout.untilComplete()
    return rollout
  }

  get path(): string {
    return `deployment/${this.name}`
  }

  get selector(): string {
    return `pods -l app=${this.name}`
  }

  kubectl(...args: string[]): Promise<string> {
    return this.#cluster.kubectl(args, { namespace: this.namespace })
  }

  get(): Promise<Deployment> {
    return this.#cluster.get(this.path, { namespace: this.namespace })
  }

  setImage(image: string): Promise<string> {
    return this.kubectl('set', 'image', this.path, `${container}=${image}`)
  }

  /** A new template whose containers end with this code as soon as they run. */
  crash(code: number): Promise<string> {
    return this.#annotate({ [ends]: `${code}@0s` })
  }

  /** A new template whose pods run and are never ready: the rollout stays where it is. */
  stall(): Promise<string> {
    const probed = { name: container, readinessProbe: { periodSeconds: 1, httpGet: { port: 80 } } }
    return this.#template({
      metadata: { annotations: { [ready]: 'never' } },
      spec: { containers: [probed] },
    })
  }

  /** A new template whose pods are ready as soon as they run. */
  recover(): Promise<string> {
    return this.#annotate({ [ready]: '0s' })
  }

  /** No more than this many pods may be in the namespace. */
  async quota(pods: number): Promise<void> {
    const manifest = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'few' },
      spec: { hard: { pods: String(pods) } },
    }
    await this.#cluster.apply(manifest, { namespace: this.namespace })
    await this.#cluster.waitFor('resourcequota/few', `jsonpath={.status.hard.pods}=${pods}`, {
      namespace: this.namespace,
    })
  }

  untilComplete(): Promise<Deployment> {
    return this.#until(isComplete)
  }

  /** The Deployment itself says it. */
  untilTold(words: RegExp): Promise<Deployment> {
    return this.#until(({ metadata, status }) => {
      const messages = status?.conditions?.map(({ message }) => message ?? '') ?? []
      return (
        status?.observedGeneration === metadata.generation && messages.some((m) => words.test(m))
      )
    })
  }

  /** Old pods are available, and as many new ones as the surge allows are not. */
  untilStalled(surge = 1): Promise<Deployment> {
    return this.#until(
      ({ metadata, spec, status }) =>
        status?.observedGeneration === metadata.generation &&
        status?.updatedReplicas === surge &&
        status?.replicas === (spec?.replicas ?? 1) + surge,
    )
  }

  /** What `kubectl get --raw` gives of exactly this revision. */
  async at(revision: number): Promise<Held> {
    const list = async <T>(root: string, plural: string): Promise<T[]> => {
      const exact = `resourceVersion=${revision}&resourceVersionMatch=Exact`
      const path = `${root}/namespaces/${this.namespace}/${plural}?${exact}`
      return (JSON.parse(await this.kubectl('get', '--raw', path)) as { items: T[] }).items
    }
    const [deployments, replicaSets, pods] = await Promise.all([
      list<Deployment>('/apis/apps/v1', 'deployments'),
      list<ReplicaSet>('/apis/apps/v1', 'replicasets'),
      list<Pod>('/api/v1', 'pods'),
    ])
    const deployment = deployments.find(({ metadata }) => metadata.name === this.name)
    if (!deployment) throw new Error(`${this.path} was not there at ${revision}`)
    return { deployment, replicaSets, pods }
  }

  /** The revision of the store now. */
  async revision(): Promise<number> {
    const path = `/api/v1/namespaces/${this.namespace}/pods?limit=1`
    const list = JSON.parse(await this.kubectl('get', '--raw', path)) as {
      metadata: { resourceVersion: string }
    }
    return Number(list.metadata.resourceVersion)
  }

  #annotate(annotations: Record<string, string>): Promise<string> {
    return this.#template({ metadata: { annotations } })
  }

  #template(template: object): Promise<string> {
    return this.kubectl('patch', this.path, '-p', JSON.stringify({ spec: { template } }))
  }

  #until(accept: (deployment: Deployment) => boolean): Promise<Deployment> {
    return this.#cluster.waitUntil<Deployment>(this.path, accept, { namespace: this.namespace })
  }
}

export function deploymentOf(name: string, traits: DeploymentTraits): object {
  const { replicas = 3, image = 'web:1.2', annotations, resources } = traits
  const { maxSurge = 1, maxUnavailable = 0 } = traits.strategy ?? {}
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
      template: {
        metadata: { labels: { app: name }, annotations },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{ name: container, image, resources }],
        },
      },
    },
  }
}

function isComplete({ metadata, spec, status }: Deployment): boolean {
  const wanted = spec?.replicas ?? 1
  return (
    status?.observedGeneration === metadata.generation &&
    status?.updatedReplicas === wanted &&
    status?.replicas === wanted &&
    status?.availableReplicas === wanted
  )
}
