/**
 * What absent fields of a pod template mean, filled in so that everybody reads the same. The same for templates and
 * pods; what only pods get stands in `pod-defaults.ts`, so that a template does not change when a default is added.
 */

import type { Container, PodSpec, Probe, Volume } from '../../../../api/types.ts'
import { canonicalizeResources, canonicalQuantity } from '../../canonical-quantity.ts'
import { defaultClaimSpec } from '../persistent-volume-claim-rules.ts'
import { defaultVolumeSource } from '../volume-source-defaults.ts'
import { defaultPullPolicy } from './image-tag.ts'

/** Changes `spec`; idempotent. */
export function defaultPodSpec(spec: PodSpec): void {
  spec.dnsPolicy ||= 'ClusterFirst'
  spec.restartPolicy ||= 'Always'
  spec.schedulerName ||= 'default-scheduler'
  spec.securityContext ??= {}
  spec.terminationGracePeriodSeconds ??= 30
  defaultServiceAccount(spec)
  for (const container of [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...((spec.ephemeralContainers ?? []) as Container[]),
  ])
    defaultContainer(container)
  for (const volume of spec.volumes ?? []) defaultVolume(volume)
  canonicalizeResources(spec.overhead)
  canonicalizeResources(spec.resources?.limits)
  canonicalizeResources(spec.resources?.requests)
}

/** The older name of the field is kept equal to the newer one. */
function defaultServiceAccount(spec: PodSpec): void {
  const name = spec.serviceAccountName || spec.serviceAccount
  if (!name) return
  spec.serviceAccountName = name
  spec.serviceAccount = name
}

function defaultContainer(container: Container): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image)
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
  container.resources ??= {}
  canonicalizeResources(container.resources.limits)
  canonicalizeResources(container.resources.requests)
  for (const port of container.ports ?? []) port.protocol ||= 'TCP'
  for (const { valueFrom } of container.env ?? []) {
    defaultFieldRef(valueFrom?.fieldRef)
    defaultDivisor(valueFrom?.resourceFieldRef)
    if (valueFrom?.fileKeyRef) valueFrom.fileKeyRef.optional ??= false
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe])
    if (probe) defaultProbe(probe)
  defaultHttpGet(container.lifecycle?.postStart?.httpGet)
  defaultHttpGet(container.lifecycle?.preStop?.httpGet)
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  defaultHttpGet(probe.httpGet)
  if (probe.grpc) probe.grpc.service ??= ''
}

function defaultHttpGet(action: Probe['httpGet']): void {
  if (!action) return
  action.path ||= '/'
  action.scheme ||= 'HTTP'
}

function defaultFieldRef(reference: { apiVersion?: string } | undefined): void {
  if (reference) reference.apiVersion ||= 'v1'
}

function defaultDivisor(reference: { divisor?: string } | undefined): void {
  if (reference) reference.divisor = canonicalQuantity(reference.divisor ?? '0')
}

const fileMode = 0o644

function defaultVolume(volume: Volume): void {
  if (Object.keys(volume).every((key) => key === 'name')) volume.emptyDir = {}
  const { secret, configMap, downwardAPI, projected } = volume
  for (const files of [secret, configMap, downwardAPI, projected])
    if (files) files.defaultMode ??= fileMode
  for (const item of downwardAPI?.items ?? []) defaultDownwardFile(item)
  for (const source of projected?.sources ?? []) {
    for (const item of source.downwardAPI?.items ?? []) defaultDownwardFile(item)
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600
    if (source.podCertificate) source.podCertificate.maxExpirationSeconds ??= 86_400
  }
  if (volume.image) volume.image.pullPolicy ||= defaultPullPolicy(volume.image.reference)
  if (volume.emptyDir?.sizeLimit !== undefined)
    volume.emptyDir.sizeLimit = canonicalQuantity(volume.emptyDir.sizeLimit)
  if (volume.ephemeral?.volumeClaimTemplate?.spec)
    defaultClaimSpec(volume.ephemeral.volumeClaimTemplate.spec)
  defaultVolumeSource(volume)
}

function defaultDownwardFile(file: {
  fieldRef?: { apiVersion?: string }
  resourceFieldRef?: { divisor?: string }
}): void {
  defaultFieldRef(file.fieldRef)
  defaultDivisor(file.resourceFieldRef)
}
