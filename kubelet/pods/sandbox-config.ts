/** A pod's sandbox as the runtime is told of it: names, DNS, ports, namespaces. Pure. */

import type { Pod } from '../../api/types.ts'
import { labels } from '../runtime/labels.ts'
import type { SandboxConfig } from '../runtime/runtime.ts'
import { podCgroup } from './cgroups.ts'
import { seccomp } from './container-config.ts'
import { ConfigError } from './environment.ts'

export interface DnsSettings {
  /** The cluster's DNS servers. */
  clusterDns: string[]
  clusterDomain: string
  /** The node's own resolv.conf. */
  host: { servers: string[]; searches: string[]; options: string[] }
}

export interface SandboxParts {
  pod: Pod
  attempt: number
  dns: DnsSettings
  podLogDir: string
  cgroupRoot: string
  seccompDirectory: string
}

/** Where a pod's logs lie. A name with a slash cannot reach this far. */
export const podLogDirectory = (podLogDir: string, pod: Pod): string =>
  `${podLogDir}/${pod.metadata.namespace}_${pod.metadata.name}_${pod.metadata.uid}`

/** DNS names have at most 63 characters, and none ends in a dash or a dot. */
export const hostnameOf = (pod: Pod): string =>
  pod.spec?.hostnameOverride ||
  (pod.spec?.hostname || (pod.metadata.name ?? '')).slice(0, 63).replace(/[-.]+$/, '')

/** The name by which cluster DNS knows the pod; only pods with a subdomain have one. */
export function fullNameOf(pod: Pod, clusterDomain: string): string | undefined {
  const { subdomain, hostnameOverride } = pod.spec ?? {}
  if (!subdomain || hostnameOverride) return undefined
  return `${hostnameOf(pod)}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}`
}

/** The most that the kernel takes. */
const longestHostname = 64

function kernelHostname(pod: Pod, clusterDomain: string): string {
  const full = pod.spec?.setHostnameAsFQDN ? fullNameOf(pod, clusterDomain) : undefined
  if (full === undefined) return hostnameOf(pod)
  if (full.length > longestHostname)
    throw new ConfigError(
      `the pod's full name ${full} is too long to be its hostname (setHostnameAsFQDN): it has ${full.length} characters of at most ${longestHostname}`,
    )
  return full
}

/** The most that a resolver takes. */
const maxServers = 3
const maxSearches = 32

/** @param text of a resolv.conf */
export function parseResolvConf(text: string): DnsSettings['host'] {
  const words = (name: string) =>
    text
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([keyword]) => keyword === name)
      .map(([, ...rest]) => rest)
  return {
    servers: words('nameserver').flatMap(([server]) => server ?? []),
    searches: words('search').at(-1) ?? [],
    options: words('options').flat(),
  }
}

export function dnsOf(pod: Pod, settings: DnsSettings): NonNullable<SandboxConfig['dns']> {
  const own = pod.spec?.dnsConfig ?? {}
  const domain = settings.clusterDomain
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst'
  const cluster =
    policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !pod.spec?.hostNetwork)
  let base: DnsSettings['host'] = { servers: [], searches: [], options: [] }
  if (policy !== 'None') {
    base =
      cluster && settings.clusterDns.length > 0
        ? {
            servers: settings.clusterDns,
            searches: [
              `${pod.metadata.namespace}.svc.${domain}`,
              `svc.${domain}`,
              domain,
              ...settings.host.searches,
            ],
            options: ['ndots:5'],
          }
        : settings.host
  }
  const named = (option: string) => option.split(':')[0]
  const options = (own.options ?? []).map(({ name = '', value }) =>
    value === undefined ? name : `${name}:${value}`,
  )
  const overridden = new Set(options.map(named))
  return {
    servers: [...new Set([...base.servers, ...(own.nameservers ?? [])])].slice(0, maxServers),
    searches: [...new Set([...base.searches, ...(own.searches ?? [])])].slice(0, maxSearches),
    options: [...base.options.filter((option) => !overridden.has(named(option))), ...options],
  }
}

const protocols = { TCP: 'TCP', UDP: 'UDP', SCTP: 'SCTP' } as const

function portMappings(pod: Pod): SandboxConfig['portMappings'] {
  if (pod.spec?.hostNetwork) return []
  return (pod.spec?.containers ?? []).flatMap((container) =>
    (container.ports ?? [])
      .filter(({ hostPort }) => hostPort)
      .map(({ protocol, containerPort, hostPort, hostIP }) => ({
        protocol: protocols[(protocol ?? 'TCP') as keyof typeof protocols] ?? 'TCP',
        containerPort,
        hostPort: hostPort ?? 0,
        hostIP: hostIP ?? '',
      })),
  )
}

export function sandboxConfig(parts: SandboxParts): SandboxConfig {
  const { pod, attempt } = parts
  const spec = pod.spec
  const security = spec?.securityContext ?? {}
  const privileged = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].some(
    (container) => container.securityContext?.privileged,
  )
  return {
    pod: {
      namespace: pod.metadata.namespace ?? '',
      name: pod.metadata.name ?? '',
      uid: pod.metadata.uid ?? '',
    },
    attempt,
    // On the node's network a pod has the node's name: there is none of its own to set.
    hostname: spec?.hostNetwork ? '' : kernelHostname(pod, parts.dns.clusterDomain),
    logDirectory: podLogDirectory(parts.podLogDir, pod),
    dns: dnsOf(pod, parts.dns),
    portMappings: portMappings(pod),
    labels: {
      ...pod.metadata.labels,
      [labels.podName]: pod.metadata.name ?? '',
      [labels.podNamespace]: pod.metadata.namespace ?? '',
      [labels.podUid]: pod.metadata.uid ?? '',
    },
    annotations: pod.metadata.annotations ?? {},
    hostNetwork: spec?.hostNetwork ?? false,
    hostPID: spec?.hostPID ?? false,
    hostIPC: spec?.hostIPC ?? false,
    shareProcessNamespace: spec?.shareProcessNamespace ?? false,
    cgroupParent: podCgroup(parts.cgroupRoot, pod),
    sysctls: Object.fromEntries((security.sysctls ?? []).map(({ name, value }) => [name, value])),
    security: {
      // The pause process needs no user of its own: a group without a user would be refused.
      supplementalGroups: security.supplementalGroups ?? [],
      privileged,
      addCapabilities: [],
      dropCapabilities: [],
      seccomp: privileged ? 'Unconfined' : seccomp(security.seccompProfile, parts.seccompDirectory),
    },
  }
}
