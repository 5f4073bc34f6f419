/** Reads a Deployment with what belongs to it, once. */

import { formatSelector, fromLabelSelector } from '../../api/selector.ts'
import type {
  Deployment as DeploymentObject,
  Event as EventObject,
  Node as NodeObject,
  Pod as PodObject,
  ReplicaSet as ReplicaSetObject,
} from '../../api/types.ts'
import {
  ApiError,
  Deployment,
  Event,
  type Kind,
  Node,
  Pod,
  ReplicaSet,
  type WithMeta,
} from '../../controllers/framework/index.ts'
import { CommandError } from '../context.ts'
import type { Reading } from './look.ts'

export interface DeploymentAndSets {
  deployment: DeploymentObject
  replicaSets: ReplicaSetObject[]
}

export async function readDeployment(
  { cluster, namespace }: Reading,
  name: string,
): Promise<DeploymentObject> {
  const deployment = await cluster.get(Deployment, { namespace, name })
  if (deployment) return deployment
  throw new CommandError(`there is no deployment "${name}" in namespace "${namespace}"`, [
    `kubectl get deployments -n ${namespace}`,
  ])
}

/** What its ReplicaSets and pods are selected by; a selector never changes. */
export const selectorOf = ({ spec }: DeploymentObject): string =>
  formatSelector(fromLabelSelector(spec?.selector) ?? [])

export async function readSets(session: Reading, name: string): Promise<DeploymentAndSets> {
  const deployment = await readDeployment(session, name)
  const { cluster, namespace } = session
  const labelSelector = selectorOf(deployment)
  const { items } = await cluster.list(ReplicaSet, { namespace, labelSelector })
  return { deployment, replicaSets: items }
}

export async function readPods(
  { cluster, namespace }: Reading,
  deployment: DeploymentObject,
): Promise<PodObject[]> {
  return (await cluster.list(Pod, { namespace, labelSelector: selectorOf(deployment) })).items
}

/** What was told about one object; nothing where that may not be read. */
export async function eventsOf(
  { cluster, namespace }: Reading,
  about: { kind: string; name: string; uid?: string | undefined },
): Promise<EventObject[]> {
  const { kind, name, uid } = about
  const fields = [`involvedObject.kind=${kind}`, `involvedObject.name=${name}`]
  if (uid) fields.push(`involvedObject.uid=${uid}`)
  return allowed(cluster.list(Event, { namespace, fieldSelector: fields.join(',') }))
}

/** All nodes and the pods on them; `undefined` where they may not be read, or are too many to look at. */
export async function readNodes({
  cluster,
}: Reading): Promise<{ nodes: NodeObject[]; pods: PodObject[] } | undefined> {
  const most = 2_000
  try {
    const [nodes, pods] = await Promise.all([
      everything(cluster, Node, most),
      everything(cluster, Pod, most),
    ])
    return nodes && pods ? { nodes, pods } : undefined
  } catch (error) {
    if (isForbidden(error)) return undefined
    throw error
  }
}

async function everything<T extends WithMeta>(
  cluster: Reading['cluster'],
  kind: Kind<T>,
  limit: number,
): Promise<T[] | undefined> {
  const list = await cluster.list(kind, { limit })
  return list.continue ? undefined : list.items
}

const isForbidden = (error: unknown): boolean => error instanceof ApiError && error.code === 403

async function allowed<T>(list: Promise<{ items: T[] }>): Promise<T[]> {
  try {
    return (await list).items
  } catch (error) {
    if (isForbidden(error)) return []
    throw error
  }
}
