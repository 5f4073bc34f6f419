/** Annotations of pods that were fields before they were fields. */

import type { PodSpec } from '../../../../api/types.ts'
import type { Warnings } from '../node-label-warnings.ts'
import { containersOf } from './pod-containers.ts'

const superseded = new Map([
  [
    'scheduler.alpha.kubernetes.io/critical-pod',
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  ],
  [
    'security.alpha.kubernetes.io/sysctls',
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
  [
    'security.alpha.kubernetes.io/unsafe-sysctls',
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
])
const seccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead'
const appArmor = 'deprecated since v1.30; use the "appArmorProfile" field instead'

/** @param place of what has the annotations, with a dot; empty for a pod itself */
export function* annotationWarnings(
  spec: PodSpec,
  annotations: Readonly<Record<string, string>>,
  place: string,
): Warnings {
  const told = function* (key: string, why: string): Warnings {
    if (Object.hasOwn(annotations, key)) yield `${place}metadata.annotations[${key}]: ${why}`
  }
  for (const [key, why] of superseded) yield* told(key, why)
  const { securityContext: ofPod } = spec
  if (!ofPod?.seccompProfile) yield* told('seccomp.security.alpha.kubernetes.io/pod', seccomp)
  for (const [{ name, securityContext: own }] of containersOf(spec, '')) {
    if (!own?.seccompProfile)
      yield* told(`container.seccomp.security.alpha.kubernetes.io/${name}`, seccomp)
    if (place !== '' && !ofPod?.appArmorProfile && !own?.appArmorProfile)
      yield* told(`container.apparmor.security.beta.kubernetes.io/${name}`, appArmor)
  }
}
