/** Whose content a pod would bring to its node: the kinds that its text refers to, wherever that may be. */

import type { Container, PodSpec } from '../../api/types.ts'

type Kind = 'secrets' | 'configmaps' | 'clustertrustbundles' | 'persistentvolumeclaims'

/** A source of a variable, of a volume, or of a part of one. */
interface Source {
  secretRef?: object
  secretKeyRef?: object
  nodePublishSecretRef?: object
  secretName?: string
  configMapRef?: object
  configMapKeyRef?: object
}

/** Secrets first; `undefined`: nothing that others keep. */
export function kindReferredBy(spec: PodSpec): Kind | undefined {
  const { volumes = [], imagePullSecrets = [] } = spec
  const projected = volumes.flatMap((volume) => volume.projected?.sources ?? [])
  const sources = [...environmentOf(spec), ...[...volumes, ...projected].flatMap(sourcesOf)]
  const named = [...volumes, ...projected]
  if (imagePullSecrets.length > 0) return 'secrets'
  if (named.some(({ secret }) => secret) || sources.some(isSecret)) return 'secrets'
  if (named.some(({ configMap }) => configMap) || sources.some(isConfigMap)) return 'configmaps'
  if (projected.some(({ clusterTrustBundle }) => clusterTrustBundle)) return 'clustertrustbundles'
  if (volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim))
    return 'persistentvolumeclaims'
  return undefined
}

export const projectsTokens = ({ volumes = [] }: PodSpec): boolean =>
  volumes.some(({ projected }) => projected?.sources?.some((one) => one.serviceAccountToken))

const isSecret = ({ secretRef, secretKeyRef, nodePublishSecretRef, secretName }: Source) =>
  secretRef || secretKeyRef || nodePublishSecretRef || secretName

const isConfigMap = ({ configMapRef, configMapKeyRef }: Source) => configMapRef || configMapKeyRef

function environmentOf({
  containers,
  initContainers = [],
  ephemeralContainers,
}: PodSpec): Source[] {
  const later = (ephemeralContainers ?? []) as Container[]
  return [...(containers ?? []), ...initContainers, ...later].flatMap(
    ({ env = [], envFrom = [] }) => [
      ...env.flatMap(({ valueFrom }) => (valueFrom ? [valueFrom as Source] : [])),
      ...(envFrom as Source[]),
    ],
  )
}

/** Of a volume, what it is made from: `csi`, `azureFile`, `cephfs` and the like. */
const sourcesOf = (volume: object): Source[] =>
  Object.values(volume).filter((value) => typeof value === 'object' && value !== null)
