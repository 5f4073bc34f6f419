/** A volume's own directory, on disk or in memory, made once. */

import { mkdir } from 'node:fs/promises'
import type { VolumeContext } from './volume.ts'

export async function diskDirectory({ directory }: VolumeContext): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 })
}

/** On a tmpfs, so that its content never touches a disk. @param bytes at most; half the memory without it */
export async function memoryDirectory(
  { directory, mounter }: VolumeContext,
  bytes?: number,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 })
  const mounted = await mounter.below(directory)
  if (!mounted.includes(directory)) await mounter.tmpfs(directory, { bytes })
}

export const fsGroup = ({ pod }: VolumeContext): number | undefined =>
  pod.spec?.securityContext?.fsGroup
