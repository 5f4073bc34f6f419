/**
 * What this server can tell of the control plane: whether its store answers. Controllers and schedulers are not asked:
 * they are other processes, which this one does not know.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Storage } from '../storage/storage.ts'

/** Where nothing is. */
const probe = '/registry/component-status-probe'

export async function componentStatuses(storage: Storage): Promise<KubernetesObject[]> {
  return [
    {
      kind: 'ComponentStatus',
      apiVersion: 'v1',
      metadata: { name: 'etcd-0' },
      conditions: [{ type: 'Healthy', ...(await health(storage)) }],
    },
  ]
}

async function health(storage: Storage): Promise<object> {
  try {
    await storage.get(probe)
    return { status: 'True', message: 'ok' }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { status: 'False', message: '', error: message }
  }
}
