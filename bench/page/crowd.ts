/**
 * A Deployment with all its pods, written straight into the API: no controller and no node agent is there, so that what
 * changes, and when, is this file's choice alone.
 */

import type { Deployment, Pod, ReplicaSet } from '../../api/types.ts'
import type { Clock } from '../../ports/clock.ts'
import { sleep } from '../../ports/clock.ts'
import { type Address, Connection, requestBytes } from '../lab/connection.ts'

const connections = 8

interface Written {
  metadata: { name: string; uid: string; resourceVersion: string }
}

/** Writes to one server, a few requests at a time. */
export class Writer {
  readonly #free: Connection[]

  private constructor(free: Connection[]) {
    this.#free = free
  }

  static async open(address: Address): Promise<Writer> {
    return new Writer(
      await Promise.all(Array.from({ length: connections }, () => Connection.open(address))),
    )
  }

  /** The object as it then is. At most `connections` at once. */
  async write(method: string, path: string, body: object): Promise<Written> {
    const connection = this.#free.pop()
    if (!connection) throw new Error(`more than ${connections} requests at once`)
    try {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      const bytes = requestBytes(method, path, JSON.stringify(body), type)
      const { status, body: answer } = await connection.request(bytes, true)
      if (status >= 300) throw new Error(`${method} ${path}: ${status} ${answer}`)
      return JSON.parse(`${answer}`) as Written
    } finally {
      this.#free.push(connection)
    }
  }

  /** One after the other on every connection. */
  async each<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
    const queue = items.values()
    const worker = async () => {
      for (const item of queue) await work(item)
    }
    await Promise.all(Array.from({ length: connections }, worker))
  }

  close(): void {
    for (const connection of this.#free) connection.close()
  }
}

const apps = '/apis/apps/v1/namespaces/default'
const pods = '/api/v1/namespaces/default/pods'
const image = 'web:1.2'
const container = { name: 'app', image }

export const podName = (name: string, n: number): string => `${name}-${n}`

/** All of it is available. */
export async function makeCrowd(writer: Writer, name: string, count: number): Promise<void> {
  const labels = { app: name }
  const spec = { replicas: count, selector: { matchLabels: labels } }
  const template = { metadata: { labels }, spec: { containers: [container] } }
  const revision = { 'deployment.kubernetes.io/revision': '1' }
  const deployment = await writer.write('POST', `${apps}/deployments`, {
    metadata: { name, annotations: revision },
    spec: { ...spec, template },
  } satisfies Partial<Deployment>)
  const hashed = { ...labels, 'pod-template-hash': 'first' }
  const replicaSet = await writer.write('POST', `${apps}/replicasets`, {
    metadata: {
      name: `${name}-first`,
      labels: hashed,
      annotations: revision,
      ownerReferences: [ownedBy('Deployment', deployment)],
    },
    spec: {
      replicas: count,
      selector: { matchLabels: hashed },
      template: { ...template, metadata: { labels: hashed } },
    },
  } satisfies Partial<ReplicaSet>)
  const numbers = Array.from({ length: count }, (_, n) => n)
  await writer.each(numbers, async (n) => {
    await writer.write('POST', pods, {
      metadata: {
        name: podName(name, n),
        labels: hashed,
        ownerReferences: [ownedBy('ReplicaSet', replicaSet)],
      },
      spec: { containers: [container], nodeName: 'nowhere' },
    } satisfies Partial<Pod>)
    await setReady(writer, podName(name, n), true)
  })
  const counts = { replicas: count, readyReplicas: count, availableReplicas: count }
  const status = { ...counts, observedGeneration: 1 }
  await writer.write('PATCH', `${apps}/replicasets/${name}-first/status`, { status })
  await writer.write('PATCH', `${apps}/deployments/${name}/status`, {
    status: { ...status, updatedReplicas: count },
  })
}

const ownedBy = (kind: string, { metadata: { name, uid } }: Written) => ({
  apiVersion: 'apps/v1',
  kind,
  name,
  uid,
  controller: true,
})

/** As a node agent would say it; the write as it then is. */
export function setReady(writer: Writer, name: string, ready: boolean): Promise<Written> {
  const status = ready ? 'True' : 'False'
  const at = '2026-01-01T00:00:00Z'
  const conditions = ['Ready', 'ContainersReady'].map((type) => ({
    type,
    status,
    lastTransitionTime: at,
  }))
  const running = { state: { running: { startedAt: at } }, started: true, restartCount: 0 }
  return writer.write('PATCH', `${pods}/${name}/status`, {
    status: {
      phase: 'Running',
      conditions,
      containerStatuses: [{ ...container, ...running, imageID: '', ready }],
    },
  })
}

export interface Pace {
  perSecond: number
  seconds: number
  /** Changes that were made before: what is written twice is no change. */
  done?: number
}

/**
 * Pods become ready and not ready in turns, so many a second for so many seconds; when one could not be begun in time it
 * is begun late, never left out. The revisions that were written.
 */
export async function churn(
  clock: Clock,
  writer: Writer,
  crowd: { name: string; count: number },
  pace: Pace,
): Promise<number[]> {
  const { perSecond, seconds, done = 0 } = pace
  const revisions: number[] = []
  const start = clock.monotonic()
  const numbers = Array.from({ length: perSecond * seconds }, (_, n) => done + n)
  await writer.each(numbers, async (n) => {
    const early = start + ((n - done) * 1000) / perSecond - clock.monotonic()
    if (early > 0) await sleep(clock, early)
    const turn = Math.floor(n / crowd.count)
    const pod = podName(crowd.name, n % crowd.count)
    const { metadata } = await setReady(writer, pod, turn % 2 === 1)
    revisions.push(Number(metadata.resourceVersion))
  })
  return revisions
}
