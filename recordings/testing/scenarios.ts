/** Rollouts of a Deployment `web` as they go in a World: what a person does, and how much time passes. */

import type { Deployment as DeploymentObject } from '../../api/types.ts'
import { Deployment, ReplicaSet } from '../../controllers/framework/index.ts'
import { undoOf } from '../../rollouts/undo.ts'
import { startWorld, type World } from '../../world/index.ts'
import type { Line } from '../recording.ts'
import { worldLines } from './world-lines.ts'

interface Wish {
  image?: string
  replicas?: number
  paused?: boolean
  /** What the simulated containers do besides. */
  simulated?: Record<string, string>
  /** What each pod asks for; a node has 32. */
  cpu?: string
  probed?: boolean
}

/** Three pods, one above at a time and none below; each takes two seconds to start and three to stop. */
function web({ image = 'web:1', replicas = 3, paused = false, simulated, cpu, probed }: Wish) {
  const behaviour = { start: '2s', stop: '3s', ...simulated }
  const annotations = Object.entries(behaviour).map(([name, value]) => [
    `tiphys.dev/simulated-${name}`,
    value,
  ])
  const container = {
    name: 'main',
    image,
    ...(cpu && { resources: { requests: { cpu } } }),
    ...(probed && { readinessProbe: { periodSeconds: 5, tcpSocket: { port: 80 } } }),
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas,
      paused,
      progressDeadlineSeconds: 60,
      selector: { matchLabels: { app: 'web' } },
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { app: 'web' }, annotations: Object.fromEntries(annotations) },
        spec: { terminationGracePeriodSeconds: 5, containers: [container] },
      },
    },
  }
}

async function applied(world: World, wish: Wish, time = '30s'): Promise<void> {
  await world.apply(web(wish))
  await world.advance(time)
}

/** @returns the hash to go back to for a redo */
async function undone(world: World, to?: string): Promise<string> {
  const deployment = await world.get(Deployment, 'web')
  const replicaSets = await world.list(ReplicaSet, { namespace: 'default' })
  const present = replicaSets.find(({ spec }) => spec?.replicas)?.metadata.labels
  const { operations } = undoOf(deployment, replicaSets, to)
  const ref = { namespace: 'default', name: 'web' }
  const options = { fieldManager: 'tiphys-rollout' }
  await world.cluster.patch<DeploymentObject>(
    Deployment,
    ref,
    { type: 'json', operations },
    options,
  )
  await world.advance('30s')
  return present?.['pod-template-hash'] ?? ''
}

const quota = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'small', namespace: 'default' },
  spec: { hard: { pods: '3' } },
}

export const scenarios: Record<string, (world: World) => Promise<void>> = {
  good: async (world) => {
    await applied(world, {})
    await applied(world, { image: 'web:2' })
    await applied(world, { image: 'web:2', replicas: 5 })
  },
  'bad-image': async (world) => {
    await applied(world, {})
    await applied(world, { image: 'web.invalid/none:2' }, '90s')
  },
  'crash-loop': async (world) => {
    await applied(world, { probed: true })
    const simulated = { exit: '1@3s', ready: 'never' }
    await applied(world, { image: 'web:2', probed: true, simulated }, '90s')
  },
  quota: async (world) => {
    await world.apply(quota)
    await world.advance('1s')
    await applied(world, {})
    await applied(world, { image: 'web:2' }, '90s')
  },
  'surge-deadlock': async (world) => {
    await applied(world, { cpu: '10' })
    await applied(world, { image: 'web:2', cpu: '10' }, '90s')
  },
  'pause-resume': async (world) => {
    await applied(world, {})
    await applied(world, { image: 'web:2' }, '4s')
    await applied(world, { image: 'web:2', paused: true }, '60s')
    await applied(world, { image: 'web:2' })
  },
  undo: async (world) => {
    await applied(world, {})
    await applied(world, { image: 'web.invalid/none:2' })
    await undone(world)
  },
  redo: async (world) => {
    await applied(world, {})
    await applied(world, { image: 'web:2' })
    await undone(world, await undone(world))
  },
}

/** The same lines whenever and wherever it is done. */
export async function recorded(name: string): Promise<Line[]> {
  const scenario = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined
  if (!scenario) throw new Error(`there is no scenario ${name}`)
  await using world = await startWorld({ seed: 7 })
  const before = world.log.at(-1)?.position ?? 0
  await scenario(world)
  return worldLines(world, before)
}
