/**
 * The volumes of the pods of this node: made before a sandbox, refreshed when what they show changes, gone without a
 * trace afterwards. Lays everything of a pod below one directory, so that taking away is by that directory alone.
 */

import { existsSync } from 'node:fs'
import { lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Container, Pod, Volume } from '../../api/types.ts'
import { expand, type Objects } from '../pods/environment.ts'
import type { NodeFacts } from '../pods/field-ref.ts'
import type { Mount } from '../runtime/runtime.ts'
import { configMap } from './config-map.ts'
import { downwardAPI } from './downward-api.ts'
import { emptyDir } from './empty-dir.ts'
import { hostPath } from './host-path.ts'
import type { Mounter } from './mounter.ts'
import { projected } from './projected.ts'
import { secret } from './secret.ts'
import { bindSubPath } from './sub-path.ts'
import { VolumeError, type VolumeType } from './volume.ts'

const types: readonly VolumeType[] = [emptyDir, configMap, secret, downwardAPI, hostPath, projected]

export interface VolumesOptions {
  /** Holds a directory a pod, named by its uid. */
  podsDirectory: string
  objects: Objects
  mounter: Mounter
  pid: number
}

export interface Volumes {
  /** Makes all volumes of a pod, or brings their content up to date. Rejects with `VolumeError`. */
  mount(pod: Pod, facts: NodeFacts): Promise<void>
  /** The mounts of one container; binds its sub paths. */
  mountsOf(
    pod: Pod,
    container: Container,
    facts: NodeFacts,
    environment: ReadonlyMap<string, string>,
  ): Promise<Mount[]>
  /** Unmounts everything of a pod and removes the content of its volumes; its other files stay. */
  unmount(uid: string): Promise<void>
  /** Whether there is anything for `unmount` to do. */
  mounted(uid: string): boolean
  /** Removes the pod's directory, when nothing is mounted below it. */
  remove(uid: string): Promise<void>
  /** The uids of all pods that have a directory. */
  uids(): Promise<string[]>
}

const typeOf = (volume: Volume): VolumeType | undefined =>
  types.find(({ field }) => volume[field] !== undefined && volume[field] !== null)

const propagations = {
  None: 'private',
  HostToContainer: 'hostToContainer',
  Bidirectional: 'bidirectional',
} as const

export function nodeVolumes(options: VolumesOptions): Volumes {
  const { podsDirectory, mounter } = options
  const podDirectory = (uid: string) => join(podsDirectory, uid)
  const volumesDirectory = (uid: string) => join(podDirectory(uid), 'volumes')
  const subPathsDirectory = (uid: string) => join(podDirectory(uid), 'volume-subpaths')

  function setUp(pod: Pod, volume: Volume, facts: NodeFacts): Promise<string> {
    const type = typeOf(volume)
    if (!type) {
      const field = Object.keys(volume).find((key) => key !== 'name') ?? '(none)'
      throw new VolumeError(`volume type ${field} is not supported on this node`)
    }
    const directory = join(volumesDirectory(pod.metadata.uid ?? ''), type.field, volume.name)
    return type.setUp({ pod, volume, directory, objects: options.objects, facts, mounter })
  }

  async function named(pod: Pod, volume: Volume, facts: NodeFacts): Promise<string> {
    try {
      return await setUp(pod, volume, facts)
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error
      throw new VolumeError(
        `MountVolume.SetUp failed for volume "${volume.name}": ${error.message}`,
      )
    }
  }

  async function unmountBelow(directory: string): Promise<void> {
    for (const path of await mounter.below(directory)) await mounter.unmount(path)
    const left = await mounter.below(directory)
    if (left.length > 0) throw new VolumeError(`still mounted: ${left.join(', ')}`)
    await rm(directory, { recursive: true, force: true })
  }

  return {
    async mount(pod, facts) {
      await mkdir(volumesDirectory(pod.metadata.uid ?? ''), { recursive: true, mode: 0o750 })
      await Promise.all((pod.spec?.volumes ?? []).map((volume) => named(pod, volume, facts)))
    },
    async mountsOf(pod, container, facts, environment) {
      const mounts: Mount[] = []
      for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
        const volume = pod.spec?.volumes?.find(({ name }) => name === mount.name)
        if (!volume)
          throw new VolumeError(`volumeMounts[${index}]: volume "${mount.name}" not found`)
        let hostPath = await named(pod, volume, facts)
        const subPath = mount.subPathExpr ? expand(mount.subPathExpr, environment) : mount.subPath
        if (subPath) {
          const uid = pod.metadata.uid ?? ''
          const target = join(subPathsDirectory(uid), mount.name, container.name, String(index))
          hostPath = await bindSubPath({
            volume: hostPath,
            subPath,
            target,
            mounter,
            pid: options.pid,
          })
        }
        mounts.push({
          hostPath,
          containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
          readonly: mount.readOnly ?? false,
          propagation:
            propagations[(mount.mountPropagation ?? 'None') as keyof typeof propagations] ??
            'private',
        })
      }
      return mounts
    },
    async unmount(uid) {
      await unmountBelow(subPathsDirectory(uid))
      await unmountBelow(volumesDirectory(uid))
    },
    mounted: (uid) => existsSync(volumesDirectory(uid)) || existsSync(subPathsDirectory(uid)),
    async remove(uid) {
      await unmountBelow(podDirectory(uid))
    },
    async uids() {
      try {
        const names = await readdir(podsDirectory)
        const stats = await Promise.all(names.map((name) => lstat(join(podsDirectory, name))))
        return names.filter((_, index) => stats[index]?.isDirectory())
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
    },
  }
}

/** For nodes without files: every volume is there and shows nothing. */
export const noVolumes: Volumes = {
  mount: async () => {},
  mountsOf: async () => [],
  unmount: async () => {},
  mounted: () => false,
  remove: async () => {},
  uids: async () => [],
}
