/** The contract's configurations as CRI messages, and CRI's answers as the contract's values. Pure. */

import type {
  ContainerConfig,
  ContainerResources,
  Mount,
  RuntimeContainer,
  RuntimeImage,
  Sandbox,
  SandboxConfig,
} from '../runtime.ts'

interface Metadata {
  name: string
  uid: string
  namespace: string
  attempt: number
}

export interface SandboxMessage {
  id: string
  metadata: Metadata | null
  state: 'SANDBOX_READY' | 'SANDBOX_NOTREADY'
  created_at: string
  network?: { ip: string; additional_ips: { ip: string }[] } | null
  labels: Record<string, string>
  annotations: Record<string, string>
}

export interface ContainerMessage {
  id: string
  pod_sandbox_id?: string
  metadata: { name: string; attempt: number } | null
  state: 'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED' | 'CONTAINER_UNKNOWN'
  created_at: string
  started_at?: string
  finished_at?: string
  exit_code?: number
  image: { image: string } | null
  image_ref: string
  reason?: string
  message?: string
  labels: Record<string, string>
  annotations: Record<string, string>
  log_path?: string
}

export interface ImageMessage {
  id: string
  repo_tags: string[]
  repo_digests: string[]
  size: string
  uid?: { value: string } | null
  username?: string
}

/** Nanoseconds as CRI writes them, in milliseconds. */
export const milliseconds = (nanoseconds: string | undefined): number =>
  nanoseconds ? Math.max(0, Number(BigInt(nanoseconds) / 1_000_000n)) : 0

/** A profile as CRI names it. A relative or climbing path is refused: it would run the container unconfined. */
export function seccompProfile(profile: string): object {
  if (profile === 'RuntimeDefault' || profile === 'Unconfined') return { profile_type: profile }
  if (!profile.startsWith('/') || profile.split('/').includes('..'))
    throw new Error(`seccomp profile ${JSON.stringify(profile)} must be an absolute path`)
  return { profile_type: 'Localhost', localhost_ref: profile }
}

const int64 = (value: number | undefined) => (value === undefined ? null : { value })

const namespaceOptions = (sandbox: SandboxConfig) => ({
  network: sandbox.hostNetwork ? 'NODE' : 'POD',
  pid: sandbox.hostPID ? 'NODE' : sandbox.shareProcessNamespace ? 'POD' : 'CONTAINER',
  ipc: sandbox.hostIPC ? 'NODE' : 'POD',
})

export function sandboxConfigMessage(config: SandboxConfig): object {
  const { security } = config
  return {
    metadata: { ...config.pod, attempt: config.attempt },
    hostname: config.hostname,
    log_directory: config.logDirectory,
    dns_config: config.dns ?? null,
    port_mappings: config.portMappings.map((mapping) => ({
      protocol: mapping.protocol,
      container_port: mapping.containerPort,
      host_port: mapping.hostPort,
      host_ip: mapping.hostIP,
    })),
    labels: config.labels,
    annotations: config.annotations,
    linux: {
      cgroup_parent: config.cgroupParent,
      sysctls: config.sysctls,
      security_context: {
        namespace_options: namespaceOptions(config),
        run_as_user: int64(security.runAsUser),
        run_as_group: int64(security.runAsGroup),
        readonly_rootfs: security.readonlyRootfs ?? false,
        supplemental_groups: security.supplementalGroups,
        privileged: security.privileged ?? false,
        seccomp: seccompProfile(security.seccomp),
      },
    },
  }
}

const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
]
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

/** A namespace that the whole pod or node shares holds the target already. */
function containerNamespaces(sandbox: SandboxConfig, target: string | undefined): object {
  const options = namespaceOptions(sandbox)
  if (target === undefined || options.pid !== 'CONTAINER') return options
  return { ...options, pid: 'TARGET', target_id: target }
}

function securityMessage(
  { security, sharesProcessesOf }: ContainerConfig,
  sandbox: SandboxConfig,
): object {
  const privileged = security.privileged ?? false
  return {
    capabilities: {
      add_capabilities: security.addCapabilities,
      drop_capabilities: security.dropCapabilities,
    },
    privileged,
    namespace_options: containerNamespaces(sandbox, sharesProcessesOf),
    run_as_user: int64(security.runAsUser),
    run_as_group: int64(security.runAsGroup),
    readonly_rootfs: security.readonlyRootfs ?? false,
    supplemental_groups: security.supplementalGroups,
    no_new_privs: security.noNewPrivileges ?? false,
    masked_paths: privileged ? [] : maskedPaths,
    readonly_paths: privileged ? [] : readonlyPaths,
    seccomp: seccompProfile(privileged ? 'Unconfined' : security.seccomp),
  }
}

const propagations = {
  private: 'PROPAGATION_PRIVATE',
  hostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  bidirectional: 'PROPAGATION_BIDIRECTIONAL',
} as const

const mountMessage = (mount: Mount) => ({
  container_path: mount.containerPath,
  host_path: mount.hostPath,
  readonly: mount.readonly,
  propagation: propagations[mount.propagation],
})

export const resourcesMessage = (resources: ContainerResources): object => ({
  cpu_period: resources.cpuPeriod,
  cpu_quota: resources.cpuQuota,
  cpu_shares: resources.cpuShares,
  memory_limit_in_bytes: resources.memoryLimit,
  oom_score_adj: resources.oomScoreAdj,
})

export function containerConfigMessage(config: ContainerConfig, sandbox: SandboxConfig): object {
  return {
    metadata: { name: config.name, attempt: config.attempt },
    image: { image: config.image },
    command: config.command,
    args: config.args,
    working_dir: config.workingDir,
    envs: config.env.map(([key, value]) => ({ key, value: Buffer.from(value) })),
    mounts: config.mounts.map(mountMessage),
    labels: config.labels,
    annotations: config.annotations,
    log_path: config.logPath,
    stdin: config.stdin,
    stdin_once: config.stdinOnce,
    tty: config.tty,
    linux: {
      resources: resourcesMessage(config.resources),
      security_context: securityMessage(config, sandbox),
    },
  }
}

export function sandboxOf(message: SandboxMessage): Sandbox {
  const network = message.network
  return {
    id: message.id,
    pod: {
      namespace: message.metadata?.namespace ?? '',
      name: message.metadata?.name ?? '',
      uid: message.metadata?.uid ?? '',
    },
    attempt: message.metadata?.attempt ?? 0,
    state: message.state === 'SANDBOX_READY' ? 'ready' : 'notReady',
    createdAt: milliseconds(message.created_at),
    ips: network?.ip ? [network.ip, ...network.additional_ips.map(({ ip }) => ip)] : [],
    labels: message.labels,
    annotations: message.annotations,
  }
}

const containerStates = {
  CONTAINER_CREATED: 'created',
  CONTAINER_RUNNING: 'running',
  CONTAINER_EXITED: 'exited',
  CONTAINER_UNKNOWN: 'unknown',
} as const

/** `sandboxId` only where the message has none of its own (a status has none). */
export function containerOf(message: ContainerMessage, sandboxId = ''): RuntimeContainer {
  return {
    id: message.id,
    sandboxId: message.pod_sandbox_id || sandboxId,
    name: message.metadata?.name ?? '',
    attempt: message.metadata?.attempt ?? 0,
    state: containerStates[message.state] ?? 'unknown',
    image: message.image?.image ?? '',
    imageId: message.image_ref,
    createdAt: milliseconds(message.created_at),
    startedAt: milliseconds(message.started_at),
    finishedAt: milliseconds(message.finished_at),
    exitCode: message.exit_code ?? 0,
    reason: message.reason ?? '',
    message: message.message ?? '',
    logPath: message.log_path ?? '',
    labels: message.labels,
    annotations: message.annotations,
  }
}

export const imageOf = (message: ImageMessage): RuntimeImage => ({
  id: message.id,
  tags: message.repo_tags,
  digests: message.repo_digests,
  size: Number(message.size),
  ...(message.uid ? { uid: Number(message.uid.value) } : {}),
  ...(message.username ? { username: message.username } : {}),
})
