/** All that this process can run, by the names under which `--controllers` knows them. Each is loaded only when asked for. */

import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Cluster, Controller, Runnable } from './framework/index.ts'

export interface Settings {
  cluster: Cluster
  clock: Clock
  random: Random
  /** PEM, of the API server's authority; without it nothing is published. */
  rootCa: string | undefined
  /** PEM, of the key that service account tokens are signed with; without it Secrets get no tokens. */
  serviceAccountKey: string | undefined
  /** PEM, of the authority that signs certificates on request; without it nothing is signed. */
  signingAuthority: { certificate: string; key: string } | undefined
  clusterCidr: string
  nodeCidrMaskSize: number
  /** Milliseconds. */
  nodeMonitorGracePeriod: number
  terminatedPodThreshold: number
  /** What went wrong in a part that is no controller. */
  onError(controller: string, error: unknown, about: string): void
}

export interface Parts {
  controllers: Controller[]
  runnables: Runnable[]
}

type Load = (settings: Settings) => Promise<Partial<Parts>>

const parts = new Map<string, Load>([
  [
    'deployment',
    async () => ({
      controllers: [(await import('./deployment/index.ts')).deploymentController],
    }),
  ],
  [
    'replicaset',
    async () => ({
      controllers: [(await import('./replicaset/index.ts')).replicaSetController],
    }),
  ],
  [
    'endpointslice',
    async () => ({
      controllers: [(await import('./endpointslice/index.ts')).endpointSliceController],
    }),
  ],
  [
    'endpoints',
    async () => ({ controllers: [(await import('./endpointslice/index.ts')).endpointsController] }),
  ],
  [
    'namespace',
    async ({ cluster }) => ({
      controllers: [(await import('./namespace/index.ts')).namespaceController(cluster)],
    }),
  ],
  [
    'serviceaccount',
    async () => ({
      controllers: [(await import('./serviceaccount/index.ts')).serviceAccountController],
    }),
  ],
  [
    'serviceaccount-token',
    async ({ serviceAccountKey: privateKey, rootCa }) => {
      if (privateKey === undefined) return {}
      const { tokenSecretController } = await import('./serviceaccount/token-secrets.ts')
      return { controllers: [tokenSecretController({ privateKey, rootCa })] }
    },
  ],
  [
    'csrsigning',
    async ({ signingAuthority: pair, clock }) => {
      if (!pair) return {}
      const [{ signingController }, { signingAuthority }] = await Promise.all([
        import('./certificates/index.ts'),
        import('./certificates/authority.ts'),
      ])
      return { controllers: [signingController(await signingAuthority(pair, clock))] }
    },
  ],
  [
    'csrapproving',
    async ({ cluster }) => ({
      controllers: [(await import('./certificates/index.ts')).approvingController(cluster)],
    }),
  ],
  [
    'root-ca',
    async ({ rootCa }) =>
      rootCa === undefined
        ? {}
        : { controllers: [(await import('./rootca/index.ts')).rootCaController(rootCa)] },
  ],
  [
    'node-ipam',
    async ({ clusterCidr, nodeCidrMaskSize: maskSize }) => {
      const { podCidrController } = await import('./node/index.ts')
      return { controllers: [podCidrController({ clusterCidr, maskSize })] }
    },
  ],
  [
    'node-lifecycle',
    async ({ nodeMonitorGracePeriod: gracePeriod }) => {
      const { nodeLifecycleController } = await import('./node/index.ts')
      return { controllers: [nodeLifecycleController({ gracePeriod })] }
    },
  ],
  [
    'taint-eviction',
    async () => ({ controllers: [(await import('./node/index.ts')).taintEvictionController()] }),
  ],
  [
    'pod-garbage-collector',
    async ({ terminatedPodThreshold }) => ({
      controllers: [(await import('./podgc/index.ts')).podGcController({ terminatedPodThreshold })],
    }),
  ],
  [
    'disruption',
    async () => ({
      controllers: [(await import('./disruption/index.ts')).disruptionController],
    }),
  ],
  [
    'scheduler',
    async () => {
      const { startScheduler } = await import('./scheduler/index.ts')
      return { runnables: [{ name: 'scheduler', run: (context) => startScheduler(context).done }] }
    },
  ],
  [
    'resourcequota',
    async ({ cluster }) => ({
      controllers: [(await import('./resourcequota/index.ts')).resourceQuotaController(cluster)],
    }),
  ],
  [
    'volume-protection',
    async () => {
      const { claimProtection, volumeProtection } = await import('./volumeprotection/index.ts')
      return { controllers: [claimProtection, volumeProtection] }
    },
  ],
  [
    'service-cidr',
    async () => ({
      controllers: [(await import('./servicecidr/index.ts')).serviceCidrController],
    }),
  ],
  [
    'garbage-collector',
    async ({ onError }) => {
      const { garbageCollector } = await import('./garbagecollector/index.ts')
      const report = (error: unknown, uid: string) => onError('garbage-collector', error, uid)
      return { runnables: [garbageCollector({ onError: report })] }
    },
  ],
])

export const controllerNames = (): string[] => [...parts.keys()]

export class SelectionError extends Error {
  override name = 'SelectionError'
}

/**
 * `*` is all, `name` one, `-name` not that one; the last that speaks of a name decides.
 * @throws SelectionError for a name that does not exist
 */
export function selectControllers(selection: readonly string[]): string[] {
  const chosen = new Set<string>()
  for (const word of selection) {
    const name = word.replace(/^-/, '')
    if (word === '*') for (const known of parts.keys()) chosen.add(known)
    else if (!parts.has(name))
      throw new SelectionError(
        `there is no controller "${name}"; there are ${controllerNames().join(', ')}`,
      )
    else if (word.startsWith('-')) chosen.delete(name)
    else chosen.add(name)
  }
  return controllerNames().filter((name) => chosen.has(name))
}

export async function loadControllers(
  names: readonly string[],
  settings: Settings,
): Promise<Parts> {
  const loaded = await Promise.all(names.map((name) => parts.get(name)?.(settings)))
  return {
    controllers: loaded.flatMap((part) => part?.controllers ?? []),
    runnables: loaded.flatMap((part) => part?.runnables ?? []),
  }
}
