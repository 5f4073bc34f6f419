/** A private containerd for a test suite, with its images, gone without a trace afterwards; or the reason why not. */

import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { sleep } from '../../../ports/clock.ts'
import { systemClock } from '../../../ports/system-clock.ts'
import { systemMounter } from '../../volumes/mounter.ts'
import { type Runtime, RuntimeError } from '../runtime.ts'
import { type ContainerdProcess, startContainerd } from './containerd-process.ts'
import { criRuntime } from './cri-runtime.ts'
import { importTestImages, pauseImage } from './test-images.ts'

/** Why a real containerd cannot be tested here; `undefined`: it can. */
export function cannotRunContainerd(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root'
  for (const program of ['containerd', 'runc', 'ctr', 'busybox'])
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'pipe' })
    } catch {
      return `needs ${program} (Debian: containerd, runc, busybox-static)`
    }
  return undefined
}

export interface ContainerdSuite {
  directory: string
  /** A cgroup of its own, relative to each tree's root. */
  cgroup: string
  runtime: Runtime
  containerd: ContainerdProcess
  /** Everything that its pods have left on the machine: mounts, cgroups, network namespaces, processes. */
  traces(): Promise<string[]>
  /** Starts another containerd over the same state, after `containerd.stop()`; resolves when `runtime` has it. */
  restart(): Promise<void>
  end(): Promise<void>
}

export async function containerdSuite(
  prepare: (directory: string) => void = () => {},
): Promise<ContainerdSuite> {
  const directory = mkdtempSync('/tmp/tiphys-node-')
  const cgroup = `/tiphys-test-${process.pid}`
  mkdirSync(join(directory, 'cni'))
  prepare(directory)
  const start = () => startContainerd({ directory, sandboxImage: pauseImage, clock: systemClock })
  const suite: ContainerdSuite = {
    directory,
    cgroup,
    containerd: await start(),
    runtime: undefined as never,
    traces: async () => [
      ...(await systemMounter.below(directory)),
      ...cgroupsNamed(cgroup),
      ...processesOf(directory),
    ],
    async restart() {
      suite.containerd = await start()
      // The client of the one before waits a moment between attempts to connect.
      while (!(await answers(suite.runtime))) await sleep(systemClock, 20)
    },
    async end() {
      suite.runtime.close()
      await suite.containerd.stop()
      for (const path of await systemMounter.below(directory)) await systemMounter.unmount(path)
      for (const path of cgroupsNamed(cgroup)) rmdirSync(path)
      rmSync(directory, { recursive: true, force: true })
    },
  }
  importTestImages(suite.containerd)
  suite.runtime = criRuntime({ endpoint: suite.containerd.address, clock: systemClock })
  return suite
}

async function answers(runtime: Runtime): Promise<boolean> {
  try {
    await runtime.version()
    return true
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'unavailable') return false
    throw error
  }
}

/** Deepest first. */
function cgroupsNamed(cgroup: string): string[] {
  const found: string[] = []
  const walk = (path: string) => {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) walk(join(path, entry.name))
    found.push(path)
  }
  for (const tree of ['', ...readdirSync('/sys/fs/cgroup')]) {
    const path = join('/sys/fs/cgroup', tree, cgroup)
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) walk(path)
  }
  return found
}

/** Shims and whatever runs under them name the socket or the directory on their command line. */
function processesOf(directory: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        const shim = command.includes('containerd-shim') && command.includes(directory)
        return shim ? [`${pid} ${command}`] : []
      } catch {
        // Ended meanwhile.
        return []
      }
    })
}
