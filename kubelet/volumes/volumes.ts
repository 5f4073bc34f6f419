/**
 * The volumes of the pods of this node: made before a sandbox, refreshed when what they show changes, gone without a
 * trace afterwards. Lays everything of a pod below one directory, so that taking away is by that directory alone.
 */

import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Container, Pod, Volume } from '../../api/types.ts'
import { expand, type Objects } from '../pods/environment.ts'
import type { NodeFacts } from '../pods/field-ref.ts'
import type { Mount } from '../runtime/runtime.ts'
import { configMap } from './config-map.ts'
import { diskUsage } from './disk-usage.ts'
import { downwardAPI } from './downward-api.ts'
import { emptyDir } from './empty-dir.ts'
import { hostPath } from './host-path.ts'
import type { Mounter } from './mounter.ts'
import type { PodTokens } from './pod-tokens.ts'
import { projected } from './projected.ts'
import { secret } from './secret.ts'
import { bindSubPath } from './sub-path.ts'
import { VolumeError, type VolumeType } from './volume.ts'

const types: readonly VolumeType[] = [emptyDir, configMap, secret, downwardAPI, hostPath, projected]

export interface VolumesOptions {
  /** Holds a directory a pod, named by its uid. */
  podsDirectory: string
  objects: Objects
  tokens: PodTokens
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
  /** Bytes on disk of a pod's emptyDir; 0 while there is none of that name. */
  scratchUsage(uid: string, volume: string): Promise<number>
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
  return new NodeVolumes(options)
}

class NodeVolumes implements Volumes {
  readonly #options: VolumesOptions

  constructor(options: VolumesOptions) {
    this.#options = options
  }

  async mount(pod: Pod, facts: NodeFacts): Promise<void> {
    await mkdir(this.#volumes(pod.metadata.uid ?? ''), { recursive: true, mode: 0o750 })
    await Promise.all((pod.spec?.volumes ?? []).map((volume) => this.#setUp(pod, volume, facts)))
  }

  async mountsOf(
    pod: Pod,
    container: Container,
    facts: NodeFacts,
    environment: ReadonlyMap<string, string>,
  ): Promise<Mount[]> {
    const mounts: Mount[] = []
    for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
      const volume = pod.spec?.volumes?.find(({ name }) => name === mount.name)
      if (!volume) throw new VolumeError(`volumeMounts[${index}]: volume "${mount.name}" not found`)
      if (mount.recursiveReadOnly === 'Enabled')
        throw new VolumeError(
          `volumeMounts[${index}]: volume "${mount.name}" requested recursive read-only mode, but it is not supported by the runtime`,
        )
      const subPath = mount.subPathExpr ? expand(mount.subPathExpr, environment) : mount.subPath
      const whole = await this.#path(pod, volume, facts)
      const target = [mount.name, container.name, String(index)]
      mounts.push({
        hostPath: subPath ? await this.#bindSubPath(pod, whole, subPath, target) : whole,
        containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
        readonly: mount.readOnly ?? false,
        propagation:
          propagations[(mount.mountPropagation ?? 'None') as keyof typeof propagations] ??
          'private',
      })
    }
    return mounts
  }

  async scratchUsage(uid: string, volume: string): Promise<number> {
    const path = join(this.#volumes(uid), emptyDir.field, volume)
    return existsSync(path) ? diskUsage(path) : 0
  }

  async unmount(uid: string): Promise<void> {
    this.#options.tokens.release(uid)
    await this.#unmountBelow(this.#subPaths(uid))
    await this.#unmountBelow(this.#volumes(uid))
  }

  mounted(uid: string): boolean {
    return existsSync(this.#volumes(uid)) || existsSync(this.#subPaths(uid))
  }

  async remove(uid: string): Promise<void> {
    await this.#unmountBelow(this.#pod(uid))
  }

  async uids(): Promise<string[]> {
    const { podsDirectory } = this.#options
    try {
      const entries = await readdir(podsDirectory, { withFileTypes: true })
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }

  readonly #pod = (uid: string) => join(this.#options.podsDirectory, uid)
  readonly #volumes = (uid: string) => join(this.#pod(uid), 'volumes')
  readonly #subPaths = (uid: string) => join(this.#pod(uid), 'volume-subpaths')

  #directory(pod: Pod, type: VolumeType, volume: Volume): string {
    return join(this.#volumes(pod.metadata.uid ?? ''), type.field, volume.name)
  }

  /** What was made stays good for a container's restart, even when what it was made from is gone. */
  async #path(pod: Pod, volume: Volume, facts: NodeFacts): Promise<string> {
    const type = typeOf(volume)
    const directory = type && this.#directory(pod, type, volume)
    return directory && existsSync(directory) ? directory : this.#setUp(pod, volume, facts)
  }

  async #setUp(pod: Pod, volume: Volume, facts: NodeFacts): Promise<string> {
    const { objects, tokens, mounter } = this.#options
    try {
      const type = typeOf(volume)
      if (!type) {
        const field = Object.keys(volume).find((key) => key !== 'name') ?? '(none)'
        throw new VolumeError(`volume type ${field} is not supported on this node`)
      }
      const directory = this.#directory(pod, type, volume)
      return await type.setUp({ pod, volume, directory, objects, tokens, facts, mounter })
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error
      throw new VolumeError(
        `MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`,
      )
    }
  }

  #bindSubPath(pod: Pod, volume: string, subPath: string, target: string[]): Promise<string> {
    const { mounter, pid } = this.#options
    const path = join(this.#subPaths(pod.metadata.uid ?? ''), ...target)
    return bindSubPath({ volume, subPath, target: path, mounter, pid })
  }

  async #unmountBelow(directory: string): Promise<void> {
    const { mounter } = this.#options
    for (const path of await mounter.below(directory)) await mounter.unmount(path)
    const left = await mounter.below(directory)
    if (left.length > 0) throw new VolumeError(`still mounted: ${left.join(', ')}`)
    await rm(directory, { recursive: true, force: true })
  }
}

/** For nodes without files: every volume is there and shows nothing. */
export const noVolumes: Volumes = {
  mount: async () => {},
  mountsOf: async () => [],
  scratchUsage: async () => 0,
  unmount: async () => {},
  mounted: () => false,
  remove: async () => {},
  uids: async () => [],
}
