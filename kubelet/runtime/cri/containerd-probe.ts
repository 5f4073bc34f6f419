/** What this machine lets containerd do, found out by doing it once. */

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ContainerdOptions } from './containerd-config.ts'

const run = promisify(execFile)

async function succeeds(command: string, args: string[]): Promise<boolean> {
  try {
    await run(command, args)
    return true
  } catch {
    // Whatever the reason: this machine does not do it.
    return false
  }
}

/** A child lowers its own score; this process keeps its own. */
const mayLowerOomScore = () => succeeds('sh', ['-c', 'echo -500 > /proc/self/oom_score_adj'])

/** Mounts one overlay over `directory`'s file system: some (overlay itself, some FUSE ones) cannot carry it. */
async function overlayWorks(directory: string): Promise<boolean> {
  const base = mkdtempSync(join(directory, 'overlay-'))
  const part = (name: string) => {
    const path = join(base, name)
    mkdirSync(path)
    return path
  }
  const [lower, upper, work, merged] = [part('lower'), part('upper'), part('work'), part('merged')]
  const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
  const works = await succeeds('mount', ['-t', 'overlay', 'overlay', '-o', layers, merged])
  if (works) await run('umount', [merged])
  rmSync(base, { recursive: true, force: true })
  return works
}

/** @param directory on the file system that will hold containerd's root. */
export async function probeContainerd(
  directory: string,
): Promise<Pick<ContainerdOptions, 'restrictOomScoreAdj' | 'snapshotter'>> {
  const [lowers, overlays] = await Promise.all([mayLowerOomScore(), overlayWorks(directory)])
  return { restrictOomScoreAdj: !lowers, snapshotter: overlays ? 'overlayfs' : 'native' }
}
