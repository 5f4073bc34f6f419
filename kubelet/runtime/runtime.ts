/**
 * The contract of a container runtime as the node agent needs it, in CRI's own terms (`runtime.v1`). `cri/` speaks it
 * to containerd, `simulated/` keeps it in memory; `runtime.cases.ts` holds for both. It decides nothing: which pod,
 * which container, when, is the pod state machine's.
 */

import type { Observable } from 'rxjs'

export interface PodIdentity {
  namespace: string
  name: string
  uid: string
}

export interface SandboxConfig {
  pod: PodIdentity
  /** Counts sandboxes of the same pod, from 0. */
  attempt: number
  hostname: string
  /** Where the pod's logs lie: container log paths are relative to it. */
  logDirectory: string
  dns?: { servers: string[]; searches: string[]; options: string[] }
  portMappings: {
    protocol: 'TCP' | 'UDP' | 'SCTP'
    containerPort: number
    hostPort: number
    hostIP: string
  }[]
  labels: Record<string, string>
  annotations: Record<string, string>
  hostNetwork: boolean
  hostPID: boolean
  hostIPC: boolean
  shareProcessNamespace: boolean
  /** The parent cgroup of the pod. */
  cgroupParent: string
  sysctls: Record<string, string>
  security: SecurityOptions
}

export interface SecurityOptions {
  runAsUser?: number
  runAsGroup?: number
  supplementalGroups: number[]
  readonlyRootfs?: boolean
  privileged?: boolean
  noNewPrivileges?: boolean
  addCapabilities: string[]
  dropCapabilities: string[]
  /** `RuntimeDefault`, `Unconfined`, or the absolute path of a profile. */
  seccomp: string
}

export interface ContainerConfig {
  name: string
  /** Counts containers of the same name in the pod: its restart count. */
  attempt: number
  image: string
  command: string[]
  args: string[]
  workingDir: string
  env: [name: string, value: string][]
  mounts: Mount[]
  labels: Record<string, string>
  annotations: Record<string, string>
  /** Relative to the sandbox's log directory. */
  logPath: string
  stdin: boolean
  stdinOnce: boolean
  tty: boolean
  resources: ContainerResources
  security: SecurityOptions
  /** The id of the container of whose processes it is one, where containers have process namespaces of their own. */
  sharesProcessesOf?: string
}

export interface Mount {
  hostPath: string
  containerPath: string
  readonly: boolean
  propagation: 'private' | 'hostToContainer' | 'bidirectional'
}

export interface ContainerResources {
  /** Microseconds. */
  cpuPeriod: number
  /** Microseconds of CPU time per period; 0: unlimited. */
  cpuQuota: number
  cpuShares: number
  /** Bytes; 0: unlimited. */
  memoryLimit: number
  oomScoreAdj: number
}

export interface Sandbox {
  id: string
  pod: PodIdentity
  attempt: number
  state: 'ready' | 'notReady'
  /** Milliseconds since the epoch. */
  createdAt: number
  /** Empty for host network and before the network is there. */
  ips: string[]
  labels: Record<string, string>
  annotations: Record<string, string>
}

export interface RuntimeContainer {
  id: string
  sandboxId: string
  name: string
  attempt: number
  state: 'created' | 'running' | 'exited' | 'unknown'
  image: string
  /** The digest-like reference of what really runs. */
  imageId: string
  /** Milliseconds since the epoch; 0 where it has not happened. */
  createdAt: number
  startedAt: number
  finishedAt: number
  exitCode: number
  /** `Completed`, `Error`, `OOMKilled` ... as the runtime says. */
  reason: string
  message: string
  /** Absolute. */
  logPath: string
  labels: Record<string, string>
  annotations: Record<string, string>
}

export interface RuntimeImage {
  id: string
  tags: string[]
  digests: string[]
  /** Bytes. */
  size: number
  /** As whom it runs unless told: a number, or a name that only the image can resolve. */
  uid?: number
  username?: string
}

/** What a registry wants to know before it gives an image. */
export interface RegistryCredentials {
  username: string
  password: string
}

export interface ExecResult {
  exitCode: number
  stdout: Buffer
  stderr: Buffer
}

/** What a running container uses. */
export interface ContainerUsage {
  containerId: string
  /** Milliseconds since the epoch. */
  at: number
  /** CPU time since its start. */
  cpuNanoseconds: number
  /** Bytes that cannot be reclaimed under pressure, and all bytes. */
  workingSetBytes: number
  memoryBytes: number
  /** Bytes written to its own file system; 0 where unknown. */
  writableBytes: number
}

/** Something happened to a container or sandbox; the agent looks again. May miss or repeat: it is a hint. */
export interface RuntimeEvent {
  podUid?: string
  containerId: string
}

export type RuntimeErrorCode =
  | 'notFound'
  | 'alreadyExists'
  | 'unavailable'
  | 'deadlineExceeded'
  | 'imageNotFound'
  | 'unauthorized'
  | 'other'

export class RuntimeError extends Error {
  override name = 'RuntimeError'
  readonly code: RuntimeErrorCode
  constructor(code: RuntimeErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** Every call rejects with `RuntimeError`. Stopping and removing what is not there succeeds. */
export interface Runtime {
  /** For the node's status: `containerd`, `1.6.20`. A simulated runtime says `simulated`. */
  version(): Promise<{ name: string; version: string }>
  /** Conditions that make the node not ready, empty when all is well. */
  problems(): Promise<string[]>
  runSandbox(config: SandboxConfig): Promise<string>
  stopSandbox(id: string): Promise<void>
  removeSandbox(id: string): Promise<void>
  sandboxes(): Promise<Sandbox[]>
  sandbox(id: string): Promise<Sandbox>
  createContainer(
    sandboxId: string,
    config: ContainerConfig,
    sandbox: SandboxConfig,
  ): Promise<string>
  startContainer(id: string): Promise<void>
  /** SIGTERM, then SIGKILL after `graceSeconds`; resolves when it has stopped. */
  stopContainer(id: string, graceSeconds: number): Promise<void>
  removeContainer(id: string): Promise<void>
  /** Of a running container, what it does to others is the runtime's; its oom score stays as it is. */
  updateResources(id: string, resources: ContainerResources): Promise<void>
  /** Without details that need one call a container; see `container`. */
  containers(): Promise<RuntimeContainer[]>
  container(id: string): Promise<RuntimeContainer>
  exec(id: string, command: string[], timeoutSeconds: number): Promise<ExecResult>
  /** URLs of the runtime's own streaming server, on loopback. */
  execUrl(id: string, options: StreamOptions & { command: string[] }): Promise<string>
  attachUrl(id: string, options: StreamOptions): Promise<string>
  portForwardUrl(sandboxId: string): Promise<string>
  /** Of all running containers. */
  usage(): Promise<ContainerUsage[]>
  reopenLog(id: string): Promise<void>
  images(): Promise<RuntimeImage[]>
  image(reference: string): Promise<RuntimeImage | undefined>
  /** Anonymously without credentials. */
  pullImage(reference: string, credentials?: RegistryCredentials): Promise<string>
  /** Hot; errors never, completes when closed. */
  readonly events: Observable<RuntimeEvent>
  close(): void
}

export interface StreamOptions {
  tty: boolean
  stdin: boolean
  stdout: boolean
  stderr: boolean
}
