/**
 * The files and cgroups of a pod beside its volumes: its directory, hosts file, termination logs and log directory. Made
 * before its sandbox, removed after everything else. Files that a container can write are opened without following
 * links and read only up to a limit.
 */

import { constants, existsSync } from 'node:fs'
import { chmod, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Container, Pod } from '../../api/types.ts'
import type { Volumes } from '../volumes/volumes.ts'
import {
  balanceCgroups,
  type CgroupLayout,
  createPodCgroup,
  hasPodCgroup,
  removePodCgroup,
  resizePodCgroup,
} from './cgroups.ts'
import type { LogHistory } from './log-history.ts'
import { fullNameOf, hostnameOf, podLogDirectory } from './sandbox-config.ts'

export interface PodFilesOptions {
  /** Holds a directory a pod, named by its uid. */
  podsDirectory: string
  podLogDir: string
  /** Where the logs of what is gone are kept for a while. */
  logHistory: Pick<LogHistory, 'keep'>
  cgroups: { layout: CgroupLayout; root: string } | undefined
  clusterDomain: string
  volumes: Volumes
}

export interface PodFiles {
  /** Before the sandbox. */
  prepare(pod: Pod): Promise<void>
  /** The hosts file of all its containers. */
  hosts(pod: Pod, ips: string[]): Promise<string>
  /** An empty file that the container may write its last words to. */
  terminationLog(pod: Pod, container: string, attempt: number): Promise<string>
  terminationMessage(
    pod: Pod,
    container: Container,
    attempt: number,
    exitCode: number,
  ): Promise<string>
  /** Moves the log files of one instance to where those of the dead are kept. */
  removeLogs(pod: Pod, container: string, attempt: number): Promise<void>
  exist(pod: Pod): boolean
  remove(pod: Pod): Promise<void>
  /** Brings the limits of the pod as a whole to those of its containers; `raise` lowers none. */
  resize(pod: Pod, how: 'raise' | 'settle'): Promise<void>
  /** Shares the processors between QoS classes as these pods ask for. */
  balance(pods: readonly Pod[]): Promise<void>
}

const largestMessage = 4096
/** Of a log that stands in for a message. */
const largestTail = 2048
const tailLines = 80

/** At most the last `bytes` of a regular file; nothing when it is something else or not there. */
async function lastBytes(path: string, bytes: number): Promise<string> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  try {
    const file = await open(path, flags)
    try {
      const stats = await file.stat()
      if (!stats.isFile()) return ''
      const length = Math.min(bytes, stats.size)
      const buffer = Buffer.alloc(length)
      const { bytesRead } = await file.read(buffer, 0, length, stats.size - length)
      return buffer.subarray(0, bytesRead).toString('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENXIO') return ''
    throw error
  }
}

/** The text of the last lines of a log in CRI format. */
function logText(log: string): string {
  const lines = log.split('\n').filter((line) => /^\S+ (stdout|stderr) [FP] /.test(line))
  const texts = lines.slice(-tailLines).map((line) => {
    const [, , tag = 'F', ...rest] = line.split(' ')
    return rest.join(' ') + (tag === 'F' ? '\n' : '')
  })
  return texts.join('').slice(-largestTail)
}

export function podFiles(options: PodFilesOptions): PodFiles {
  const { podsDirectory, podLogDir, logHistory, cgroups, volumes } = options
  const uidOf = (pod: Pod) => pod.metadata.uid ?? ''
  const directory = (pod: Pod) => join(podsDirectory, uidOf(pod))
  const logs = (pod: Pod) => podLogDirectory(podLogDir, pod)
  const terminationLog = (pod: Pod, container: string, attempt: number) =>
    join(directory(pod), 'containers', container, `termination-${attempt}`)

  return {
    async prepare(pod) {
      await mkdir(directory(pod), { recursive: true, mode: 0o750 })
      await mkdir(logs(pod), { recursive: true, mode: 0o755 })
      if (cgroups) await createPodCgroup(cgroups.layout, cgroups.root, pod)
    },
    async hosts(pod, ips) {
      const path = join(directory(pod), 'etc-hosts')
      await writeFile(path, await hostsText(pod, ips, options.clusterDomain), { mode: 0o644 })
      return path
    },
    async terminationLog(pod, container, attempt) {
      const path = terminationLog(pod, container, attempt)
      await mkdir(dirname(path), { recursive: true, mode: 0o750 })
      await writeFile(path, '')
      await chmod(path, 0o666)
      return path
    },
    async terminationMessage(pod, container, attempt, exitCode) {
      const own = await lastBytes(terminationLog(pod, container.name, attempt), largestMessage)
      const fallBack = container.terminationMessagePolicy === 'FallbackToLogsOnError'
      if (own !== '' || exitCode === 0 || !fallBack) return own
      return logText(await lastBytes(join(logs(pod), container.name, `${attempt}.log`), 256 * 1024))
    },
    async removeLogs(pod, container, attempt) {
      await logHistory.keep(basename(logs(pod)), { container, attempt })
      await rm(join(logs(pod), container, `${attempt}.log`), { force: true })
      await rm(terminationLog(pod, container, attempt), { force: true })
    },
    exist: (pod) =>
      existsSync(directory(pod)) ||
      existsSync(logs(pod)) ||
      (cgroups !== undefined && hasPodCgroup(cgroups.layout, cgroups.root, uidOf(pod))),
    async remove(pod) {
      await volumes.remove(uidOf(pod))
      await logHistory.keep(basename(logs(pod)))
      await rm(logs(pod), { recursive: true, force: true })
      if (cgroups) await removePodCgroup(cgroups.layout, cgroups.root, uidOf(pod))
    },
    async resize(pod, how) {
      if (cgroups) await resizePodCgroup(cgroups.layout, cgroups.root, pod, how)
    },
    async balance(pods) {
      if (cgroups) await balanceCgroups(cgroups.layout, cgroups.root, pods)
    },
  }
}

const loopback = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
fe00::\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`

/** A pod on the node's network sees the node's names; any other its own. Host aliases come last. */
async function hostsText(pod: Pod, ips: string[], clusterDomain: string): Promise<string> {
  const hostname = hostnameOf(pod)
  const full = fullNameOf(pod, clusterDomain)
  const names = full === undefined ? hostname : `${full}\t${hostname}`
  const own = ips.map((ip) => `${ip}\t${names}\n`).join('')
  const base = pod.spec?.hostNetwork
    ? await readFile('/etc/hosts', 'utf8')
    : `# Managed by the node agent.\n${loopback}${own}`
  const aliases = (pod.spec?.hostAliases ?? [])
    .map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}\n`)
    .join('')
  return aliases ? `${base.trimEnd()}\n\n# Host aliases of the pod.\n${aliases}` : base
}

/** For runtimes that need no files. */
export const noPodFiles: PodFiles = {
  prepare: async () => {},
  hosts: async () => '',
  terminationLog: async () => '',
  terminationMessage: async () => '',
  removeLogs: async () => {},
  exist: () => false,
  remove: async () => {},
  resize: async () => {},
  balance: async () => {},
}
