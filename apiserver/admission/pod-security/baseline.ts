/** Baseline: nothing by which a container is known to get out. */

import type { Container } from '../../../api/types.ts'
import {
  badContainers,
  type Check,
  containersOf,
  isRootHarmless,
  named,
  plural,
  quoted,
  type Subject,
  setters,
  sorted,
  use,
  type Violation,
} from './check.ts'
import { appArmorProfile, seccompBaseline, seLinuxOptions, sysctls } from './profiles.ts'

const ordinaryCapabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])

function capabilities({ spec }: Subject): Violation | undefined {
  const extra = ({ securityContext }: Container) =>
    (securityContext?.capabilities?.add ?? []).filter((name) => !ordinaryCapabilities.has(name))
  const bad = badContainers(spec, (container) => extra(container).length > 0)
  if (bad.length === 0) return undefined
  const names = sorted(containersOf(spec).flatMap(extra))
  return {
    reason: 'non-default capabilities',
    detail: `${named(bad)} must not include ${quoted(names)} in securityContext.capabilities.add`,
  }
}

function hostNamespaces({ spec }: Subject): Violation | undefined {
  const fields = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name])
  if (fields.length === 0) return undefined
  const detail = fields.map((name) => `${name}=true`).join(', ')
  return { reason: 'host namespaces', detail }
}

function hostPathVolumes({ spec }: Subject): Violation | undefined {
  const bad = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name)
  if (bad.length === 0) return undefined
  return { reason: 'hostPath volumes', detail: `${plural('volume', bad)} ${quoted(bad)}` }
}

function hostPorts({ spec }: Subject): Violation | undefined {
  const taken = ({ ports = [] }: Container) =>
    ports.flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []))
  const bad = badContainers(spec, (container) => taken(container).length > 0)
  if (bad.length === 0) return undefined
  const ports = sorted(containersOf(spec).flatMap(taken))
  return {
    reason: 'hostPort',
    detail: `${named(bad)} ${use(bad)} ${plural('hostPort', ports)} ${ports.join(', ')}`,
  }
}

/** The node would ask on the pod's behalf whomever the pod names. */
function hostsOfProbes({
  livenessProbe,
  readinessProbe,
  startupProbe,
  lifecycle,
}: Container): string[] {
  const handlers = [
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle?.postStart,
    lifecycle?.preStop,
  ]
  return handlers.flatMap((handler) =>
    [handler?.httpGet?.host, handler?.tcpSocket?.host].filter((host) => host !== undefined),
  )
}

function hostProbes({ spec }: Subject): Violation | undefined {
  const hosts = (container: Container) => hostsOfProbes(container).filter((host) => host !== '')
  const bad = sorted(badContainers(spec, (container) => hosts(container).length > 0))
  if (bad.length === 0) return undefined
  const found = sorted(containersOf(spec).flatMap(hosts))
  const what = plural('probe or lifecycle host', found)
  return {
    reason: 'probe or lifecycle host',
    detail: `${named(bad)} ${use(bad)} ${what} ${quoted(found)}`,
  }
}

function privileged({ spec }: Subject): Violation | undefined {
  const bad = badContainers(spec, ({ securityContext }) => securityContext?.privileged)
  if (bad.length === 0) return undefined
  return {
    reason: 'privileged',
    detail: `${named(bad)} must not set securityContext.privileged=true`,
  }
}

export function procMount({ spec }: Subject): Violation | undefined {
  const other = ({ securityContext }: Container) => {
    const { procMount = 'Default' } = securityContext ?? {}
    return procMount === 'Default' ? [] : [procMount]
  }
  const bad = badContainers(spec, (container) => other(container).length > 0)
  if (bad.length === 0) return undefined
  const values = quoted(sorted(containersOf(spec).flatMap(other)))
  return {
    reason: 'procMount',
    detail: `${named(bad)} must not set securityContext.procMount to ${values}`,
  }
}

function windowsHostProcess({ spec }: Subject): Violation | undefined {
  const bad = setters(
    spec.securityContext?.windowsOptions?.hostProcess,
    badContainers(spec, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess),
  )
  if (bad === '') return undefined
  return {
    reason: 'hostProcess',
    detail: `${bad} must not set securityContext.windowsOptions.hostProcess=true`,
  }
}

const baseline = (id: string, run: Check['run'], since = 0): Check => ({
  id,
  level: 'baseline',
  since,
  run,
})

/** By id. */
export const baselineChecks: readonly Check[] = [
  baseline('appArmorProfile', appArmorProfile),
  baseline('capabilities_baseline', capabilities),
  baseline('hostNamespaces', hostNamespaces),
  baseline('hostPathVolumes', hostPathVolumes),
  baseline('hostPorts', hostPorts),
  baseline('hostProbesAndHostLifecycle', hostProbes, 34),
  baseline('privileged', privileged),
  baseline('procMount_baseline', (subject) =>
    isRootHarmless(subject) ? undefined : procMount(subject),
  ),
  baseline('seLinuxOptions', seLinuxOptions),
  baseline('seccompProfile_baseline', seccompBaseline),
  baseline('sysctls', sysctls),
  baseline('windowsHostProcess', windowsHostProcess),
]
