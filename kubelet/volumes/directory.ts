/** A volume's own directory, on disk or in memory, made once. */

import { mkdir } from 'node:fs/promises'
import type { VolumeContext } from './volume.ts'

export async function diskDirectory({ directory }: VolumeContext): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 })
}

/** On a tmpfs, so that its content never touches a disk. What is mounted already stays as it is. */
export async function memoryDirectory(
  { directory, mounter }: VolumeContext,
  options: Parameters<VolumeContext['mounter']['tmpfs']>[1] = {},
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 })
  const mounted = await mounter.below(directory)
  if (!mounted.includes(directory)) await mounter.tmpfs(directory, options)
}

export const fsGroup = ({ pod }: VolumeContext): number | undefined =>
  pod.spec?.securityContext?.fsGroup
