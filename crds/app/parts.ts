/** What an app is made of: pods behind one address, and bounds for who scales them. Pure. */

import type {
  AppliedObject,
  Deployment,
  HorizontalPodAutoscaler,
  Node,
  Service,
} from '../../controllers/framework/index.ts'
import type { App, Settings, Spec } from './kind.ts'
import { labelsOf, type Release, releaseLabel } from './release.ts'

/** How long a pod that is leaving goes on answering, until everybody has heard that it leaves. */
const drainSeconds = 2

/**
 * The pods of a release. How many is not said here: `adjustment` keeps their number within bounds, others choose it.
 * @param revision the number that people know the release by
 */
export const deploymentOf = (
  app: App,
  { digest, settings, release }: Release,
  revision: number,
): AppliedObject<Deployment> => ({
  metadata: {
    name: app.metadata.name!,
    labels: labelsOf(app),
    annotations: { 'kubernetes.io/change-cause': `revision ${revision}: ${digest}` },
  },
  spec: {
    selector: { matchLabels: labelsOf(app) },
    minReadySeconds: app.spec.minReadySeconds,
    progressDeadlineSeconds: app.spec.progressDeadlineSeconds,
    revisionHistoryLimit: app.spec.historyLimit,
    // Whoever answers goes only when another answers.
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: { ...labelsOf(app), [releaseLabel]: release } },
      spec: {
        containers: [
          { name: 'app', image: `${settings.image}@${digest}`, ...containerOf(settings) },
        ],
        ...(settings.pullSecret ? { imagePullSecrets: [{ name: settings.pullSecret }] } : {}),
      },
    },
  },
})

const containerOf = ({ port, env, resources, healthPath }: Settings) => ({
  ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }],
  env,
  resources,
  readinessProbe: {
    ...(healthPath
      ? { httpGet: { path: healthPath, port: 'http' } }
      : { tcpSocket: { port: 'http' } }),
    periodSeconds: 1,
  },
  lifecycle: { preStop: { sleep: { seconds: drainSeconds } } },
})

export const serviceOf = (app: App): AppliedObject<Service> => ({
  metadata: { name: app.metadata.name!, labels: labelsOf(app) },
  spec: {
    type: app.spec.expose,
    selector: labelsOf(app),
    // By name: while a revision that listens elsewhere rolls out, both answer.
    ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }],
  },
})

export const boundsOf = ({ scale: { min, max = min } }: Spec) => ({ min, max })

export function isAutoscaled({ spec }: App): boolean {
  const { min, max } = boundsOf(spec)
  return min < max
}

/** For clusters that scale by what pods use. */
export const autoscalerOf = (app: App): AppliedObject<HorizontalPodAutoscaler> => {
  const { min, max } = boundsOf(app.spec)
  const { name } = app.metadata
  return {
    metadata: { name: name!, labels: labelsOf(app) },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: name! },
      minReplicas: min,
      maxReplicas: max,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
        },
      ],
    },
  }
}

/** Moves the number of pods inside of the bounds, unless somebody moved it meanwhile; `undefined` when it is there. */
export function adjustment({ spec: { replicas = 1 } = {} as never }: Deployment, app: App) {
  const { min, max } = boundsOf(app.spec)
  const wanted = Math.min(Math.max(replicas, min), max)
  if (wanted === replicas) return undefined
  const path = '/spec/replicas'
  const operations = [
    { op: 'test' as const, path, value: replicas },
    { op: 'replace' as const, path, value: wanted },
  ]
  return { type: 'json' as const, operations }
}

/** Where the app answers; `undefined` while no node does. */
export function urlOf({ metadata, spec }: Service, nodes: readonly Node[]): string | undefined {
  if (spec?.type !== 'NodePort') return `http://${metadata.name}.${metadata.namespace}.svc/`
  const port = spec.ports?.[0]?.nodePort
  const address = nodes
    .toSorted((one, other) => (one.metadata.name! < other.metadata.name! ? -1 : 1))
    .flatMap(({ status }) => status?.addresses ?? [])
    .find(({ type }) => type === 'InternalIP')?.address
  return port && address ? `http://${address}:${port}/` : undefined
}
