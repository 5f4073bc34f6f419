/** A container of a pod as the runtime is told of it. Pure: environment and mounts come in resolved. */

import { createHash } from 'node:crypto'
import type { Container, Pod } from '../../api/types.ts'
import { annotations, labels } from '../runtime/labels.ts'
import type { ContainerConfig, Mount, RuntimeImage, SecurityOptions } from '../runtime/runtime.ts'
import { ConfigError, expand } from './environment.ts'
import { containerResources } from './resources.ts'

/** Changes when, and only when, the container must be made anew: its image, which alone may change in place. */
export const containerHash = (container: Container): string =>
  createHash('sha256')
    .update(JSON.stringify([container.name, container.image]))
    .digest('hex')
    .slice(0, 8)

export interface ContainerParts {
  pod: Pod
  container: Container
  attempt: number
  image: RuntimeImage
  environment: ReadonlyMap<string, string>
  mounts: Mount[]
  machineMemoryBytes: number
  /** Where `Localhost` seccomp profiles lie. */
  seccompDirectory: string
  /** The id of the running container that it is to see the processes of. */
  target?: string | undefined
}

export function seccomp(
  profile: { type?: string; localhostProfile?: string } | undefined,
  directory: string,
): string {
  switch (profile?.type) {
    case undefined:
    case 'Unconfined':
      return 'Unconfined'
    case 'RuntimeDefault':
      return 'RuntimeDefault'
    case 'Localhost': {
      const path = profile?.localhostProfile ?? ''
      if (path === '' || path.startsWith('/') || path.split('/').includes('..'))
        throw new ConfigError(
          `seccompProfile.localhostProfile ${JSON.stringify(path)} must be a path below the node's profile directory`,
        )
      return `${directory}/${path}`
    }
    default:
      throw new ConfigError(`unknown seccompProfile.type ${profile?.type}`)
  }
}

function requireNonRoot(runAsUser: number | undefined, image: RuntimeImage): void {
  if (runAsUser === 0) throw new ConfigError("container's runAsUser breaks non-root policy")
  if (runAsUser !== undefined) return
  if (image.username)
    throw new ConfigError(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root`,
    )
  if ((image.uid ?? 0) === 0)
    throw new ConfigError('container has runAsNonRoot and image will run as root')
}

export function securityOptions(
  pod: Pod,
  container: Container,
  image: RuntimeImage,
  seccompDirectory: string,
): SecurityOptions {
  const ofPod = pod.spec?.securityContext ?? {}
  const own = container.securityContext ?? {}
  const runAsUser = own.runAsUser ?? ofPod.runAsUser
  if (own.runAsNonRoot ?? ofPod.runAsNonRoot) requireNonRoot(runAsUser, image)
  const groups = [...(ofPod.supplementalGroups ?? [])]
  if (ofPod.fsGroup !== undefined) groups.push(ofPod.fsGroup)
  return {
    runAsUser,
    runAsGroup: own.runAsGroup ?? ofPod.runAsGroup,
    supplementalGroups: groups,
    readonlyRootfs: own.readOnlyRootFilesystem,
    privileged: own.privileged,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    addCapabilities: own.capabilities?.add ?? [],
    dropCapabilities: own.capabilities?.drop ?? [],
    seccomp: own.privileged
      ? 'Unconfined'
      : seccomp(own.seccompProfile ?? ofPod.seccompProfile, seccompDirectory),
  }
}

const logPath = (container: string, attempt: number): string => `${container}/${attempt}.log`

export function containerConfig(parts: ContainerParts): ContainerConfig {
  const { pod, container, attempt, image, environment } = parts
  return {
    name: container.name,
    attempt,
    image: image.id,
    command: (container.command ?? []).map((word) => expand(word, environment)),
    args: (container.args ?? []).map((word) => expand(word, environment)),
    workingDir: container.workingDir ?? '',
    env: [...environment],
    mounts: parts.mounts,
    labels: {
      [labels.podName]: pod.metadata.name ?? '',
      [labels.podNamespace]: pod.metadata.namespace ?? '',
      [labels.podUid]: pod.metadata.uid ?? '',
      [labels.containerName]: container.name,
    },
    annotations: {
      [annotations.hash]: containerHash(container),
      [annotations.restartCount]: String(attempt),
      [annotations.terminationMessagePath]:
        container.terminationMessagePath ?? '/dev/termination-log',
      [annotations.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
      [annotations.gracePeriod]: String(pod.spec?.terminationGracePeriodSeconds ?? 30),
    },
    logPath: logPath(container.name, attempt),
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    resources: containerResources(pod, container, parts.machineMemoryBytes),
    security: securityOptions(pod, container, image, parts.seccompDirectory),
    ...(parts.target === undefined ? {} : { sharesProcessesOf: parts.target }),
  }
}
