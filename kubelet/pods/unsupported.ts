/**
 * What a pod may ask for and this node cannot give. Such a pod is refused as a whole, with kubelet's reasons: a pod that
 * asked for a fence must not run without it. Pure.
 */

import type { Container, Pod } from '../../api/types.ts'
import { allContainers, isSidecar } from './pod-progress.ts'

export interface Refusal {
  reason: string
  message: string
}

const unsupportedFeature = (what: string): Refusal => ({
  reason: 'PodFeatureUnsupported',
  message: `${what}, which this node does not support`,
})

/** The annotations that stood for `appArmorProfile` before it was a field. */
const appArmorAnnotation = (name: string) =>
  `container.apparmor.security.beta.kubernetes.io/${name}`

/** `Unconfined` asks for nothing. */
function asksForAppArmor(pod: Pod, container: Container): boolean {
  const type =
    container.securityContext?.appArmorProfile?.type ??
    annotated(pod, container) ??
    pod.spec?.securityContext?.appArmorProfile?.type
  return type !== undefined && type !== 'Unconfined'
}

function annotated({ metadata }: Pod, { name }: Container): string | undefined {
  const key = appArmorAnnotation(name)
  const annotations = metadata.annotations ?? {}
  if (!Object.hasOwn(annotations, key)) return undefined
  return annotations[key] === 'unconfined' ? 'Unconfined' : annotations[key]
}

const noAppArmor: Refusal = {
  reason: 'AppArmor',
  message: 'Cannot enforce AppArmor: the container runtime of this node runs without it',
}

/** Why this node can never run the pod; `undefined` when it can. */
export function unsupported(pod: Pod): Refusal | undefined {
  const spec = pod.spec
  if (!spec) return undefined
  if (spec.os?.name && spec.os.name !== 'linux')
    return {
      reason: 'PodOSNotSupported',
      message: "Failed to admit pod as the OS field doesn't match node OS",
    }
  if (allContainers(pod).some((container) => asksForAppArmor(pod, container))) return noAppArmor
  if (spec.securityContext?.supplementalGroupsPolicy === 'Strict')
    return {
      reason: 'SupplementalGroupsPolicyNotSupported',
      message: 'SupplementalGroupsPolicy=Strict is not supported in this node',
    }
  if (spec.hostUsers === false)
    return unsupportedFeature('spec.hostUsers: false asks for a user namespace')
  if (spec.runtimeClassName)
    return unsupportedFeature(
      `spec.runtimeClassName asks for runtime class ${spec.runtimeClassName}`,
    )
  if (spec.resourceClaims?.length) return unsupportedFeature('spec.resourceClaims asks for devices')
  if (spec.resources?.limits || spec.resources?.requests)
    return unsupportedFeature('spec.resources asks for limits of the whole pod')
  return ofContainers(pod)
}

function ofContainers(pod: Pod): Refusal | undefined {
  const { containers = [], initContainers = [] } = pod.spec ?? {}
  const own = [...containers, ...initContainers.filter((container) => !isSidecar(container))]
  for (const { name, restartPolicy } of own)
    if (restartPolicy)
      return unsupportedFeature(`container ${name} asks for a restartPolicy of its own`)
  for (const container of allContainers(pod)) {
    const refusal = unsupportedContainer(pod, container)
    if (refusal) return refusal
  }
  return undefined
}

/** Why this node can never run the container. */
export function unsupportedContainer(pod: Pod, container: Container): Refusal | undefined {
  const { name, lifecycle, volumeDevices, securityContext } = container
  if (asksForAppArmor(pod, container)) return noAppArmor
  if (securityContext?.procMount === 'Unmasked')
    return unsupportedFeature(`container ${name} asks for procMount: Unmasked`)
  if (volumeDevices?.length) return unsupportedFeature(`container ${name} asks for volumeDevices`)
  if (lifecycle?.stopSignal && lifecycle.stopSignal !== 'SIGTERM')
    return unsupportedFeature(`container ${name} asks for stopSignal ${lifecycle.stopSignal}`)
  return undefined
}
