/** Profiles of the kernel's own guards (AppArmor, SELinux, seccomp, sysctls): which of them a pod may choose. */

import type { Container } from '../../../api/types.ts'
import {
  badContainers,
  containersOf,
  isWindows,
  named,
  plural,
  quoted,
  type Subject,
  setters,
  sorted,
  type Violation,
} from './check.ts'

const guarded = new Set(['RuntimeDefault', 'Localhost'])
const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/'
const isGuardedAnnotation = (profile: string) =>
  profile === '' || profile === 'runtime/default' || profile.startsWith('localhost/')

export function appArmorProfile({ metadata, spec }: Subject): Violation | undefined {
  const typesOf = (context: { appArmorProfile?: { type: string } } | undefined) => {
    const type = context?.appArmorProfile?.type
    return type === undefined || guarded.has(type) ? [] : [type]
  }
  const ofContainer = ({ securityContext }: Container) => typesOf(securityContext)
  const ofPod = typesOf(spec.securityContext)
  const annotations = Object.entries(metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(appArmorPrefix) && !isGuardedAnnotation(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort()
  const by = setters(
    ofPod.length > 0,
    badContainers(spec, (container) => ofContainer(container).length > 0),
  )
  const said = [by, annotations.length > 0 ? plural('annotation', annotations) : '']
  const setBy = said.filter((text) => text !== '').join(' and ')
  if (setBy === '') return undefined
  const values = [...sorted([...ofPod, ...containersOf(spec).flatMap(ofContainer)]), ...annotations]
  return {
    reason: plural('forbidden AppArmor profile', values),
    detail: `${setBy} must not set AppArmor profile type to ${quoted(values)}`,
  }
}

interface SeLinux {
  type?: string
  user?: string
  role?: string
}

const seLinuxTypes = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t'])

export function seLinuxOptions({ spec, minor }: Subject): Violation | undefined {
  const isType = (type: string) =>
    seLinuxTypes.has(type) || (minor >= 31 && type === 'container_engine_t')
  const isBad = (options: SeLinux | undefined) =>
    options !== undefined && (!isType(options.type ?? '') || options.user || options.role)
  const all = [spec, ...containersOf(spec)].map(
    ({ securityContext }) => securityContext?.seLinuxOptions as SeLinux | undefined,
  )
  const by = setters(
    Boolean(isBad(all[0])),
    badContainers(spec, ({ securityContext }) => Boolean(isBad(securityContext?.seLinuxOptions))),
  )
  if (by === '') return undefined
  const types = sorted(all.map((options) => options?.type ?? '').filter((type) => !isType(type)))
  const wrong = [
    ...(types.length > 0 ? [`${plural('type', types)} ${quoted(types)}`] : []),
    ...(all.some((options) => options?.user) ? ['user may not be set'] : []),
    ...(all.some((options) => options?.role) ? ['role may not be set'] : []),
  ]
  return {
    reason: 'seLinuxOptions',
    detail: `${by} set forbidden securityContext.seLinuxOptions: ${wrong.join('; ')}`,
  }
}

const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod'
const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/'
const isSeccompAnnotation = (value: string) =>
  value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/')

type WithSeccomp = { seccompProfile?: { type: string } } | undefined

const unconfined = (context: WithSeccomp): string[] => {
  const type = context?.seccompProfile?.type
  return type === undefined || guarded.has(type) ? [] : [type]
}

/** What chooses a profile that is none. */
function chosenSeccomp({ spec }: Subject): Violation | undefined {
  const ofPod = unconfined(spec.securityContext)
  const ofContainer = ({ securityContext }: Container) => unconfined(securityContext)
  const bad = badContainers(spec, (container) => ofContainer(container).length > 0)
  const by = setters(ofPod.length > 0, bad)
  if (by === '') return undefined
  const values = quoted(sorted([...ofPod, ...containersOf(spec).flatMap(ofContainer)]))
  return {
    reason: 'seccompProfile',
    detail: `${by} must not set securityContext.seccompProfile.type to ${values}`,
  }
}

/** Before 1.19 the profile stood in annotations. */
export function seccompBaseline(subject: Subject): Violation | undefined {
  if (subject.minor >= 19) return chosenSeccomp(subject)
  const { annotations = {} } = subject.metadata
  const keys = [
    seccompPod,
    ...containersOf(subject.spec).map(({ name }) => seccompContainer + name),
  ]
  const bad = sorted(
    keys
      .filter((key) => Object.hasOwn(annotations, key))
      .filter((key) => !isSeccompAnnotation(annotations[key] ?? ''))
      .map((key) => `${key}=${JSON.stringify(annotations[key])}`),
  )
  if (bad.length === 0) return undefined
  return {
    reason: 'seccompProfile',
    detail: `forbidden ${plural('annotation', bad)} ${bad.join(', ')}`,
  }
}

export function seccompRestricted(subject: Subject): Violation | undefined {
  const { spec, minor } = subject
  if (minor >= 25 && isWindows(spec)) return undefined
  // A pod's own choice, too, is told only where there is one.
  const chosen = chosenSeccomp(subject)
  if (chosen) return chosen
  if (spec.securityContext?.seccompProfile) return undefined
  const bad = badContainers(spec, ({ securityContext }) => !securityContext?.seccompProfile)
  if (bad.length === 0) return undefined
  return {
    reason: 'seccompProfile',
    detail: `pod or ${named(bad)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  }
}

/** Settings that reach no further than the pod, and since when they are known to. */
const harmlessSysctls = new Map([
  ['kernel.shm_rmid_forced', 0],
  ['net.ipv4.ip_local_port_range', 0],
  ['net.ipv4.tcp_syncookies', 0],
  ['net.ipv4.ping_group_range', 0],
  ['net.ipv4.ip_unprivileged_port_start', 0],
  ['net.ipv4.ip_local_reserved_ports', 27],
  ['net.ipv4.tcp_keepalive_time', 29],
  ['net.ipv4.tcp_fin_timeout', 29],
  ['net.ipv4.tcp_keepalive_intvl', 29],
  ['net.ipv4.tcp_keepalive_probes', 29],
  ['net.ipv4.tcp_rmem', 32],
  ['net.ipv4.tcp_wmem', 32],
])

export function sysctls({ spec, minor }: Subject): Violation | undefined {
  const bad = (spec.securityContext?.sysctls ?? [])
    .map(({ name }) => name)
    .filter((name) => minor < (harmlessSysctls.get(name) ?? Number.POSITIVE_INFINITY))
  return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') }
}
