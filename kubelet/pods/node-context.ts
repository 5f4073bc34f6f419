/** What all pods of one node share. */

import type { Cluster } from '../../controllers/framework/index.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Images } from '../images/images.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { RuntimeView } from '../runtime/runtime-view.ts'
import type { Volumes } from '../volumes/volumes.ts'
import type { EventRecorder } from './events.ts'
import type { Limiter } from './limiter.ts'
import type { ObjectCache } from './object-cache.ts'
import type { PodFiles } from './pod-files.ts'
import type { Prober } from './prober.ts'
import type { DnsSettings } from './sandbox-config.ts'
import type { StatusWriter } from './status-writer.ts'

export interface NodeSettings {
  nodeName: string
  hostIPs: string[]
  podLogDir: string
  /** `/tiphys`. */
  cgroupRoot: string
  /** Where `Localhost` seccomp profiles lie. */
  seccompDirectory: string
  dns: DnsSettings
  /** What pods may use: millicores and bytes. */
  allocatable: { milliCpu: number; memoryBytes: number; storageBytes: number; pods: number }
  machineMemoryBytes: number
  /** What the node itself is labelled with, for admission. */
  labels(): Record<string, string>
  /** Brings `labels` up to date; without it they never change. */
  readLabels?(): Promise<void>
}

export interface NodeContext {
  cluster: Cluster
  clock: Clock
  random: Random
  runtime: Runtime
  /** `containerd`: the scheme of container ids. */
  runtimeName: string
  view: RuntimeView
  volumes: Volumes
  images: Images
  files: PodFiles
  objects: ObjectCache
  prober: Prober
  events: EventRecorder
  statuses: StatusWriter
  /** Bounds the calls that make and unmake sandboxes and containers. */
  limiter: Limiter
  settings: NodeSettings
  /** Records what went wrong where nobody waits for an answer. */
  onError(error: unknown): void
}
