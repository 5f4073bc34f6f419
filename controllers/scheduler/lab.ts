/** Nodes and pods for tests of scheduling, written as short as what they are about. */

import type { Node, Pod, PodSpec } from '../../api/types.ts'
import { seededRandom } from '../../ports/random.ts'
import { ClusterState } from './cluster-state.ts'
import { Cycle, type Placement } from './cycle.ts'
import type { Plugin } from './plugin.ts'
import { defaultPlugins } from './plugins/index.ts'
import { podInfo } from './pod-info.ts'

export interface NodeSketch {
  labels?: Record<string, string>
  taints?: NonNullable<Node['spec']>['taints']
  unschedulable?: boolean
  allocatable?: Record<string, string>
  images?: [name: string, sizeBytes: number][]
}

export function nodeOf(name: string, sketch: NodeSketch = {}): Node {
  const { labels = {}, taints, unschedulable, allocatable, images = [] } = sketch
  return {
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec: {
      ...(taints ? { taints } : {}),
      ...(unschedulable === undefined ? {} : { unschedulable }),
    },
    status: {
      allocatable: {
        cpu: '4',
        memory: '8Gi',
        'ephemeral-storage': '10Gi',
        pods: '110',
        ...allocatable,
      },
      images: images.map(([image, sizeBytes]) => ({ names: [image], sizeBytes })),
    },
  }
}

export interface PodSketch extends Partial<Omit<PodSpec, 'containers'>> {
  labels?: Record<string, string>
  namespace?: string
  /** Of its one container. */
  requests?: Record<string, string>
  hostPort?: number
  hostIP?: string
  image?: string
  owner?: string
  deleting?: boolean
}

export function podOf(name: string, sketch: PodSketch = {}): Pod {
  const {
    labels = {},
    namespace = 'default',
    requests,
    hostPort,
    hostIP,
    image = 'i',
    owner,
  } = sketch
  const { deleting, ...rest } = sketch
  const known = new Set(['labels', 'namespace', 'requests', 'hostPort', 'hostIP', 'image', 'owner'])
  const spec = Object.fromEntries(Object.entries(rest).filter(([field]) => !known.has(field)))
  return {
    metadata: {
      name,
      namespace,
      uid: `${namespace}/${name}`,
      labels,
      ...(deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
      ...(owner
        ? {
            ownerReferences: [
              {
                apiVersion: 'apps/v1',
                kind: 'ReplicaSet',
                name: owner,
                uid: owner,
                controller: true,
              },
            ],
          }
        : {}),
    },
    spec: {
      ...spec,
      containers: [
        {
          name: 'c',
          image,
          ...(requests ? { resources: { requests } } : {}),
          ...(hostPort
            ? { ports: [{ containerPort: 80, hostPort, ...(hostIP ? { hostIP } : {}) }] }
            : {}),
        },
      ],
    },
  }
}

export interface World {
  nodes: Node[]
  /** `[pod, node]`. */
  placed?: [Pod, string][]
  namespaces?: Record<string, Record<string, string>>
}

export function stateOf({ nodes, placed = [], namespaces = {} }: World): ClusterState {
  const state = new ClusterState()
  for (const [name, labels] of Object.entries(namespaces))
    state.setNamespace({ metadata: { name, labels } })
  for (const node of nodes) state.setNode(node)
  for (const [pod, nodeName] of placed)
    state.setPod({ ...pod, spec: { containers: [], ...pod.spec, nodeName } })
  return state
}

/** Each node's reasons by one rule; empty: it will do. */
export function verdicts(plugin: Plugin, pod: Pod, world: World): Record<string, string[]> {
  const state = stateOf(world)
  const filter = plugin.filter?.(podInfo(pod), state)
  return Object.fromEntries(
    state.nodes.map((node) => [node.name, [...(filter?.(node)?.reasons ?? [])]]),
  )
}

/** Each node's score by one rule; `undefined` when the rule has no opinion. */
export function scores(plugin: Plugin, pod: Pod, world: World): Record<string, number> | undefined {
  const state = stateOf(world)
  const found = plugin.score?.(podInfo(pod), state.nodes, state)
  return found && Object.fromEntries(state.nodes.map(({ name }, at) => [name, found[at] ?? 0]))
}

export function place(pod: Pod, world: World, seed = 1): Placement {
  return new Cycle(defaultPlugins, seededRandom(seed)).place(podInfo(pod), stateOf(world))
}

/** Where it goes, or why nowhere. */
export function outcome(pod: Pod, world: World): string {
  const placement = place(pod, world)
  return placement.found ? placement.node.name : placement.message
}
