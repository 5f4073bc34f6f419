/**
 * One node: its runtime, its pods, and what they need, put together. The pods come from outside, so that many simulated
 * nodes can share one watch. Stopping it leaves everything that runs as it is.
 */

import { join } from 'node:path'
import type { Pod } from '../api/types.ts'
import type { Cluster, Informers } from '../controllers/framework/index.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { Images } from './images/images.ts'
import { machineCgroups } from './pods/cgroups.ts'
import { type EventRecorder, eventRecorder } from './pods/events.ts'
import { leftovers } from './pods/leftovers.ts'
import { Limiter } from './pods/limiter.ts'
import { LogHistory, type LogHistoryLimits } from './pods/log-history.ts'
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
import { type PodTokens, ServiceAccountTokens } from './volumes/pod-tokens.ts'
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
  files?: { rootDir: string; pid: number; logHistory?: LogHistoryLimits }
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
  /** What containers wrote that are gone; a simulated node has none of it. */
  logHistory: LogHistory | undefined
  /** Lets go of the pods; containers go on running. The runtime stays open. */
  close(): Promise<void>
}

/** Rejects when the runtime does not answer now. */
export async function startNodeAgent(options: NodeAgentOptions): Promise<NodeAgent> {
  const { cluster, informers, runtime, clock, onError } = options
  const { name: runtimeName } = await runtime.version()
  const changed = (uids: Iterable<string>) => pods.objectsChanged(uids)
  const objects = new ObjectCache({ cluster, informers, changed })
  const tokens = new ServiceAccountTokens({ cluster, clock, changed })
  const { leftovers, logHistory, ...disk } = onDisk(options, objects, tokens)
  const node = nodeContext(options, { runtimeName, objects, ...disk })
  const { view, events, statuses, volumes } = node
  const pods = new PodManager({ node, leftovers })
  await logHistory?.start()
  await view.start()
  objects.start()
  pods.start()
  const stopLimits = limitScratch({
    pods: () => pods.active(),
    usage: (uid, volume) => volumes.scratchUsage(uid, volume),
    evict: (uid, message) => pods.evict(uid, message),
    clock,
    onError,
  })
  return {
    pods,
    view,
    events,
    logHistory,
    async close() {
      stopLimits()
      pods.close()
      objects.close()
      tokens.close()
      statuses.close()
      view.close()
      await events.stop()
      await logHistory?.stop()
    },
  }
}

interface Disk extends Pick<NodeContext, 'volumes' | 'files'> {
  /** What is there of pods that nobody may know any more. */
  leftovers(): Promise<Pod[]>
  logHistory?: LogHistory
}

/** Where the pods' files are, or nothing of the kind on a simulated node. */
function onDisk(
  { files: place, settings, clock, onError }: NodeAgentOptions,
  objects: ObjectCache,
  tokens: PodTokens,
): Disk {
  if (!place) return { volumes: noVolumes, files: noPodFiles, leftovers: async () => [] }
  const podsDirectory = join(place.rootDir, 'pods')
  const { podLogDir, cgroupRoot } = settings
  const { clusterDomain } = settings.dns
  const logHistory = new LogHistory({ podLogDir, clock, limits: place.logHistory, onError })
  const layout = machineCgroups()
  const cgroups = layout && { layout, root: cgroupRoot }
  const volumes = nodeVolumes({
    podsDirectory,
    objects,
    tokens,
    mounter: systemMounter,
    pid: place.pid,
  })
  return {
    volumes,
    files: podFiles({ podsDirectory, podLogDir, logHistory, cgroups, clusterDomain, volumes }),
    leftovers: () => leftovers({ volumes, podLogDir, cgroups }),
    logHistory,
  }
}

function nodeContext(
  options: NodeAgentOptions,
  known: Pick<NodeContext, 'runtimeName' | 'objects' | 'volumes' | 'files'>,
): NodeContext {
  const { cluster, runtime, clock, random, settings, onError } = options
  const { statusPatience = 0, warningsOnly = false } = options
  const { nodeName } = settings
  return {
    ...known,
    cluster,
    clock,
    random,
    runtime,
    view: new RuntimeView({ runtime, clock, random, onError }),
    images: new Images(runtime, clock, known.objects),
    prober: options.prober ?? nodeProber(runtime, clock),
    events: eventRecorder({ cluster, clock, random, nodeName, warningsOnly }),
    statuses: new StatusWriter({ cluster, clock, random, patience: statusPatience, onError }),
    limiter: new Limiter(concurrentRuntimeCalls),
    settings,
    onError,
  }
}
