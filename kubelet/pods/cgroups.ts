/**
 * The cgroups above a pod's containers: one a QoS class, one a pod, on cgroup v1, v2 and machines with both, without
 * systemd. Writes limits of the pod as a whole; those of containers are the runtime's. Never kills: a cgroup that still
 * has processes is left and told.
 */

import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '../../api/types.ts'
import { cpuQuota, cpuShares, podLimit, podRequest, qosClass } from './resources.ts'

/** Where each controller is mounted. */
export type CgroupLayout =
  /** One tree with these controllers. */
  | { version: 2; root: string }
  /** A tree a controller; `roots` holds each directory once, with its controllers. */
  | { version: 1; roots: ReadonlyMap<string, readonly string[]> }

/** @param mounts the text of /proc/self/mountinfo */
export function cgroupLayout(mounts: string): CgroupLayout | undefined {
  const roots = new Map<string, readonly string[]>()
  let unified: string | undefined
  for (const line of mounts.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const path = before.split(' ')[4]
    const [type, , options = ''] = after.split(' ')
    if (path === undefined) continue
    if (type === 'cgroup2') unified ??= path
    if (type === 'cgroup' && ![...roots.keys()].includes(path))
      roots.set(
        path,
        options.split(',').filter((option) => /^(cpu|cpuacct|cpuset|memory|pids)$/.test(option)),
      )
  }
  // With both versions mounted, runtimes follow version 1 but make their directories in the unified tree too.
  if (roots.size > 0 && unified !== undefined) roots.set(unified, [])
  if (roots.size > 0) return { version: 1, roots }
  return unified === undefined ? undefined : { version: 2, root: unified }
}

export const machineCgroups = (): CgroupLayout | undefined =>
  cgroupLayout(readFileSync('/proc/self/mountinfo', 'utf8'))

/** The parent of a pod's cgroup, relative to each tree's root. */
export function qosCgroup(root: string, pod: Pod): string {
  const qos = qosClass(pod)
  return qos === 'Guaranteed' ? `${root}/kubepods` : `${root}/kubepods/${qos.toLowerCase()}`
}

export const podCgroup = (root: string, pod: Pod): string =>
  `${qosCgroup(root, pod)}/pod${pod.metadata.uid}`

/** Every place where a pod with this uid may have its cgroup. */
const candidates = (root: string, uid: string): string[] =>
  ['kubepods', 'kubepods/burstable', 'kubepods/besteffort'].map((qos) => `${root}/${qos}/pod${uid}`)

const directories = (layout: CgroupLayout): string[] =>
  layout.version === 2 ? [layout.root] : [...layout.roots.keys()]

/** Makes the pod's cgroup and sets its limits. Doing it again is harmless. */
export async function createPodCgroup(layout: CgroupLayout, root: string, pod: Pod): Promise<void> {
  const path = podCgroup(root, pod)
  if (layout.version === 2) await createV2(layout.root, path)
  else
    for (const [base, controllers] of layout.roots)
      if (controllers.includes('cpuset')) await createCpuset(base, path)
      else await mkdir(join(base, path), { recursive: true })
  for (const limit of podLimits(layout, path, pod)) await writeFile(limit.path, limit.text)
}

/** One file of a pod's cgroup. */
interface Limit {
  path: string
  text: string
}

/** Only containers that all name a limit limit their pod. */
function podLimits(layout: CgroupLayout, path: string, pod: Pod): Limit[] {
  const shares = cpuShares(podRequest(pod, 'cpu'))
  const quota = cpuQuota(podLimit(pod, 'cpu'))
  const memory = podLimit(pod, 'memory')
  if (layout.version === 2) {
    const at = (file: string) => join(layout.root, path, file)
    return [
      { path: at('cpu.weight'), text: cpuWeight(shares) },
      ...(quota > 0 ? [{ path: at('cpu.max'), text: `${quota} 100000` }] : []),
      ...(memory > 0 ? [{ path: at('memory.max'), text: String(memory) }] : []),
    ]
  }
  return [...layout.roots].flatMap(([base, controllers]) => {
    const at = (file: string) => join(base, path, file)
    const limits: Limit[] = []
    if (controllers.includes('cpu')) {
      limits.push({ path: at('cpu.shares'), text: String(shares) })
      if (quota > 0)
        limits.push(
          { path: at('cpu.cfs_period_us'), text: '100000' },
          { path: at('cpu.cfs_quota_us'), text: String(quota) },
        )
    }
    if (controllers.includes('memory') && memory > 0)
      limits.push({ path: at('memory.limit_in_bytes'), text: String(memory) })
    return limits
  })
}

/** Brings an existing pod's cgroup to its limits; `raise` leaves those that are higher already. */
export async function resizePodCgroup(
  layout: CgroupLayout,
  root: string,
  pod: Pod,
  how: 'raise' | 'settle',
): Promise<void> {
  for (const { path, text } of podLimits(layout, podCgroup(root, pod), pod)) {
    const lower = how === 'raise' && limitIn(text) <= limitIn(readFileSync(path, 'utf8'))
    if (!lower) await writeFile(path, text)
  }
}

/** Of the first word: `max` and -1 are no limit. */
function limitIn(text: string): number {
  const [word = ''] = text.trim().split(' ')
  return word === 'max' || word === '-1' ? Number.POSITIVE_INFINITY : Number(word)
}

/** A new cpuset is empty and takes no process until it has its parent's processors and memory nodes. */
async function createCpuset(base: string, path: string): Promise<void> {
  let directory = base
  for (const part of path.split('/').filter(Boolean)) {
    const parent = directory
    directory = join(directory, part)
    await mkdir(directory, { recursive: true })
    for (const file of ['cpuset.cpus', 'cpuset.mems'])
      if (readFileSync(join(directory, file), 'utf8').trim() === '')
        await writeFile(join(directory, file), readFileSync(join(parent, file)))
  }
}

/** From shares 2..262144 to weights 1..10000, as every runtime maps them. */
const cpuWeight = (shares: number): string =>
  String(1 + Math.floor(((shares - 2) * 9999) / 262_142))

async function createV2(base: string, path: string): Promise<void> {
  const wanted = ['cpu', 'cpuset', 'memory', 'pids', 'io', 'hugetlb']
  let directory = base
  for (const part of path.split('/').filter(Boolean)) {
    const present = readFileSync(join(directory, 'cgroup.controllers'), 'utf8').trim().split(/\s+/)
    const enable = wanted.filter((name) => present.includes(name)).map((name) => `+${name}`)
    await writeFile(join(directory, 'cgroup.subtree_control'), enable.join(' '))
    directory = join(directory, part)
    await mkdir(directory, { recursive: true })
  }
}

/** Removes the pod's cgroup and empty ones below it, in every tree. Rejects when one still has processes. */
export async function removePodCgroup(
  layout: CgroupLayout,
  root: string,
  uid: string,
): Promise<void> {
  for (const base of directories(layout))
    for (const path of candidates(root, uid)) await removeTree(join(base, path))
}

export const hasPodCgroup = (layout: CgroupLayout, root: string, uid: string): boolean =>
  directories(layout).some((base) =>
    candidates(root, uid).some((path) => existsSync(join(base, path))),
  )

/** The uids of all pods that have a cgroup under `root`. */
export async function podCgroupUids(layout: CgroupLayout, root: string): Promise<Set<string>> {
  const uids = new Set<string>()
  for (const base of directories(layout))
    for (const qos of ['kubepods', 'kubepods/burstable', 'kubepods/besteffort'])
      for (const name of await entries(join(base, root, qos)))
        if (name.startsWith('pod')) uids.add(name.slice(3))
  return uids
}

async function entries(directory: string): Promise<string[]> {
  try {
    const found = await readdir(directory, { withFileTypes: true })
    return found.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Children first; a cgroup goes by `rmdir` alone. */
async function removeTree(directory: string): Promise<void> {
  for (const name of await entries(directory)) await removeTree(join(directory, name))
  try {
    await rmdir(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** CPU shares of a whole QoS class follow the pods in it, so that best effort pods yield to the others. */
export async function balanceCgroups(
  layout: CgroupLayout,
  root: string,
  pods: readonly Pod[],
): Promise<void> {
  const burstable = pods
    .filter((pod) => qosClass(pod) === 'Burstable')
    .reduce((sum, pod) => sum + podRequest(pod, 'cpu'), 0)
  const shares = { burstable: cpuShares(burstable), besteffort: cpuShares(0) }
  for (const [qos, value] of Object.entries(shares))
    for (const { path, file, text } of shareFiles(layout, `${root}/kubepods/${qos}`, value))
      if (existsSync(path)) await writeFile(join(path, file), text)
}

function shareFiles(layout: CgroupLayout, path: string, shares: number) {
  if (layout.version === 2)
    return [{ path: join(layout.root, path), file: 'cpu.weight', text: cpuWeight(shares) }]
  return [...layout.roots]
    .filter(([, controllers]) => controllers.includes('cpu'))
    .map(([base]) => ({ path: join(base, path), file: 'cpu.shares', text: String(shares) }))
}
