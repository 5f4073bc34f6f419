/** What pods have left on the node beside the runtime: directories, logs, cgroups. Finds; removing is the workers'. */

import { readdir } from 'node:fs/promises'
import type { Pod } from '../../api/types.ts'
import type { Volumes } from '../volumes/volumes.ts'
import { type CgroupLayout, podCgroupUids } from './cgroups.ts'

export interface LeftoversOptions {
  volumes: Volumes
  podLogDir: string
  cgroups: { layout: CgroupLayout; root: string } | undefined
}

async function names(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

const isUid = (text: string): boolean => /^[0-9a-zA-Z-]+$/.test(text)

/** A pod a uid; namespace and name only where a log directory tells them. */
export async function leftovers(options: LeftoversOptions): Promise<Pod[]> {
  const { volumes, podLogDir, cgroups } = options
  const pods = new Map<string, Pod>()
  const add = (uid: string, namespace?: string, name?: string) => {
    if (!isUid(uid) || (pods.has(uid) && name === undefined)) return
    pods.set(uid, { apiVersion: 'v1', kind: 'Pod', metadata: { uid, namespace, name } })
  }
  for (const uid of await volumes.uids()) add(uid)
  if (cgroups) for (const uid of await podCgroupUids(cgroups.layout, cgroups.root)) add(uid)
  for (const entry of await names(podLogDir)) {
    const [namespace, name, uid, ...rest] = entry.split('_')
    if (uid !== undefined && rest.length === 0) add(uid, namespace, name)
  }
  return [...pods.values()]
}
