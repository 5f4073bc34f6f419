/**
 * Under whose rights a pod and its containers run. A profile that is asked for is named in full: an empty name must
 * not end up as "no profile".
 */

import type { Container, PodSpec } from '../../../../api/types.ts'
import {
  duplicate,
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  notSupported,
  oneOf,
  required,
  tooLong,
} from '../../field-errors.ts'
import { byteLength, userIdProblems } from '../../name-validation.ts'
import { validateDescendingPath } from './path-validation.ts'

type PodSecurity = NonNullable<PodSpec['securityContext']>
type Security = NonNullable<Container['securityContext']>
type Profile = { type: string; localhostProfile?: string }

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined']

export function* validatePodSecurity(spec: PodSpec, field: string): FieldErrors {
  const context = spec.securityContext ?? {}
  const at = `${field}.securityContext`
  yield* validateIds(context, at)
  if (context.fsGroup !== undefined)
    yield* invalidFor(`${at}.fsGroup`, context.fsGroup, userIdProblems(context.fsGroup))
  for (const [index, group] of (context.supplementalGroups ?? []).entries())
    yield* invalidFor(`${at}.supplementalGroups[${index}]`, group, userIdProblems(group))
  if (spec.shareProcessNamespace && spec.hostPID)
    yield invalid(
      `${at}.shareProcessNamespace`,
      true,
      'ShareProcessNamespace and HostPID cannot both be enabled',
    )
  yield* validateSysctls(spec, context, `${at}.sysctls`)
  yield* oneOf(`${at}.fsGroupChangePolicy`, context.fsGroupChangePolicy, [
    'Always',
    'OnRootMismatch',
  ])
  yield* oneOf(`${at}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, [
    'Merge',
    'Strict',
  ])
  yield* oneOf(`${at}.seLinuxChangePolicy`, context.seLinuxChangePolicy, [
    'MountOption',
    'Recursive',
  ])
  yield* validateSeccomp(context.seccompProfile, `${at}.seccompProfile`)
  yield* validateAppArmor(context.appArmorProfile, `${at}.appArmorProfile`)
  yield* validateHostUsers(spec, field)
}

/** @param hostUsers the pod's users are the host's, as they are unless it says otherwise. */
export function* validateContainerSecurity(
  context: Security | undefined,
  field: string,
  hostUsers: boolean,
): FieldErrors {
  if (!context) return
  yield* validateIds(context, field)
  yield* oneOf(`${field}.procMount`, context.procMount, ['Default', 'Unmasked'])
  if (context.procMount === 'Unmasked' && hostUsers)
    yield invalid(
      `${field}.procMount`,
      context.procMount,
      '`hostUsers` must be false to use `Unmasked`',
    )
  yield* validateSeccomp(context.seccompProfile, `${field}.seccompProfile`)
  yield* validateAppArmor(context.appArmorProfile, `${field}.appArmorProfile`)
  if (context.allowPrivilegeEscalation !== false) return
  if (context.privileged)
    yield invalid(
      field,
      context,
      'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    )
  if (context.capabilities?.add?.includes('CAP_SYS_ADMIN'))
    yield invalid(
      field,
      context,
      'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
    )
}

function* validateIds(
  { runAsUser, runAsGroup }: { runAsUser?: number; runAsGroup?: number },
  field: string,
): FieldErrors {
  if (runAsUser !== undefined)
    yield* invalidFor(`${field}.runAsUser`, runAsUser, userIdProblems(runAsUser))
  if (runAsGroup !== undefined)
    yield* invalidFor(`${field}.runAsGroup`, runAsGroup, userIdProblems(runAsGroup))
}

function* validateSeccomp(profile: Profile | undefined, field: string): FieldErrors {
  if (!profile) return
  const { type, localhostProfile } = profile
  if (!type) yield required(`${field}.type`, 'type is required when seccompProfile is set')
  else if (!profileTypes.includes(type)) yield notSupported(`${field}.type`, type, profileTypes)
  const at = `${field}.localhostProfile`
  if (type === 'Localhost') {
    if (!localhostProfile) yield required(at, 'must be set when seccomp type is Localhost')
    else yield* validateDescendingPath(localhostProfile, at)
  } else if (localhostProfile !== undefined)
    yield invalid(at, localhostProfile, 'can only be set when seccomp type is Localhost')
}

/** PATH_MAX without the byte that ends it. */
const longestProfile = 4095

function* validateAppArmor(profile: Profile | undefined, field: string): FieldErrors {
  if (!profile) return
  const { type, localhostProfile } = profile
  if (!type) yield required(`${field}.type`, 'type is required when appArmorProfile is set')
  else if (!profileTypes.includes(type)) yield notSupported(`${field}.type`, type, profileTypes)
  const at = `${field}.localhostProfile`
  if (type !== 'Localhost') {
    if (localhostProfile !== undefined)
      yield invalid(at, localhostProfile, 'can only be set when AppArmor type is Localhost')
  } else if (!localhostProfile) yield required(at, 'must be set when AppArmor type is Localhost')
  else if (localhostProfile.trim() !== localhostProfile)
    yield invalid(at, localhostProfile, 'must not be padded with whitespace')
  else if (byteLength(localhostProfile) > longestProfile) yield tooLong(at, longestProfile)
}

const segment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const sysctlForm = `^(${segment}[\\./])*${segment}$`
const sysctl = new RegExp(sysctlForm)
const ipcSysctl = /^(kernel\.(sem$|shm|msg)|fs\.mqueue\.)/

function* validateSysctls(spec: PodSpec, { sysctls }: PodSecurity, field: string): FieldErrors {
  const names = new Set<string>()
  for (const [index, { name }] of (sysctls ?? []).entries()) {
    const at = `${field}[${index}].name`
    if (!name) yield required(at)
    else if (byteLength(name) > 253 || !sysctl.test(name))
      yield invalid(at, name, `must have at most 253 characters and match regex ${sysctlForm}`)
    else if (names.has(name)) yield duplicate(at, name)
    names.add(name)
    const dotted = (name ?? '').replaceAll('/', '.')
    if (spec.hostNetwork && dotted.startsWith('net.'))
      yield invalid(at, name, "may not be specified when 'hostNetwork' is true")
    if (spec.hostIPC && ipcSysctl.test(dotted))
      yield invalid(at, name, "may not be specified when 'hostIPC' is true")
  }
}

function* validateHostUsers(spec: PodSpec, field: string): FieldErrors {
  if (spec.hostUsers !== false) return
  for (const name of ['hostNetwork', 'hostPID', 'hostIPC'] as const)
    if (spec[name]) yield forbidden(`${field}.${name}`, 'when `pod.Spec.HostUsers` is false')
}
