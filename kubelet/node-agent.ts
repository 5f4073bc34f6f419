/**
 * One node: its runtime, its pods, and what they need, put together. The pods come from outside, so that many simulated
 * nodes can share one watch. Stopping it leaves everything that runs as it is.
 */

import { join } from 'node:path'
import type { Cluster, Informers } from '../controllers/framework/index.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { Images } from './images/images.ts'
import { machineCgroups } from './pods/cgroups.ts'
import { type EventRecorder, eventRecorder } from './pods/events.ts'
import { leftovers } from './pods/leftovers.ts'
import { Limiter } from './pods/limiter.ts'
import type { NodeContext, NodeSettings } from './pods/node-context.ts'
import { ObjectCache } from './pods/object-cache.ts'
import { noPodFiles, podFiles } from './pods/pod-files.ts'
import { PodManager } from './pods/pod-manager.ts'
import { nodeProber, type Prober } from './pods/prober.ts'
import { limitScratch } from './pods/scratch-limits.ts'
import { StatusWriter } from './pods/status-writer.ts'
import type { Runtime } from './runtime/runtime.ts'
import { RuntimeView } from './runtime/runtime-view.ts'
import { systemMounter } from './volumes/mounter.ts'
import { nodeVolumes, noVolumes } from './volumes/volumes.ts'

/** Calls that make or unmake sandboxes and containers, at once: what containerd takes best on few cores. */
const concurrentRuntimeCalls = 8

export interface NodeAgentOptions {
  cluster: Cluster
  /** May be shared by many nodes. */
  informers: Informers
  runtime: Runtime
  clock: Clock
  random: Random
  settings: NodeSettings
  /** Where pods have their directories; without it there are no files, volumes or cgroups: a simulated node. */
  files?: { rootDir: string; pid: number }
  prober?: Prober
  /** Milliseconds that a status waits for what changes with it; 0 unless told. */
  statusPatience?: number
  /** Only what goes wrong is told in Events. */
  warningsOnly?: boolean
  onError(error: unknown): void
}

export interface NodeAgent {
  pods: PodManager
  view: RuntimeView
  events: EventRecorder
  /** Lets go of the pods; containers go on running. The runtime stays open. */
  close(): Promise<void>
}

/** Rejects when the runtime does not answer now. */
export async function startNodeAgent(options: NodeAgentOptions): Promise<NodeAgent> {
  const { cluster, runtime, clock, random, settings, onError } = options
  const { name: runtimeName } = await runtime.version()
  const layout = options.files && machineCgroups()
  const cgroups = layout && { layout, root: settings.cgroupRoot }
  const shared = { cluster, clock, random, onError }
  const changed = (uids: Iterable<string>) => pods.objectsChanged(uids)
  const objects = new ObjectCache({ cluster, informers: options.informers, changed })
  const podsDirectory = join(options.files?.rootDir ?? '', 'pods')
  const { podLogDir, dns } = settings
  const volumes = options.files
    ? nodeVolumes({ podsDirectory, objects, mounter: systemMounter, pid: options.files.pid })
    : noVolumes
  const { clusterDomain } = dns
  const files = options.files
    ? podFiles({ podsDirectory, podLogDir, cgroups, clusterDomain, volumes })
    : noPodFiles
  const view = new RuntimeView({ runtime, clock, random, onError })
  const events = eventRecorder({
    cluster,
    clock,
    random,
    nodeName: settings.nodeName,
    warningsOnly: options.warningsOnly ?? false,
  })
  const node: NodeContext = {
    ...shared,
    runtime,
    runtimeName,
    view,
    volumes,
    images: new Images(runtime, clock, objects),
    files,
    objects,
    prober: options.prober ?? nodeProber(runtime, clock),
    events,
    statuses: new StatusWriter({ ...shared, patience: options.statusPatience ?? 0 }),
    limiter: new Limiter(concurrentRuntimeCalls),
    settings,
  }
  const pods = new PodManager({
    node,
    leftovers: options.files ? () => leftovers({ volumes, podLogDir, cgroups }) : async () => [],
  })
  const stopLimits = limitScratch({
    pods: () => pods.active(),
    usage: (uid, volume) => volumes.scratchUsage(uid, volume),
    evict: (uid, message) => pods.evict(uid, message),
    clock,
    onError,
  })
  await view.start()
  objects.start()
  pods.start()
  return {
    pods,
    view,
    events,
    async close() {
      stopLimits()
      pods.close()
      objects.close()
      node.statuses.close()
      view.close()
      await events.stop()
    },
  }
}
