/** How far a pod has come: which init container is next, and whether any container will run again. Pure. */

import type { Container, Pod } from '../../api/types.ts'
import type { RuntimeContainer } from '../runtime/runtime.ts'

type Find = (name: string) => RuntimeContainer | undefined

export const initContainers = (pod: Pod): Container[] => pod.spec?.initContainers ?? []
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always'

/** Every container that the pod is made of, init containers first. */
export const allContainers = (pod: Pod): Container[] => [
  ...initContainers(pod),
  ...(pod.spec?.containers ?? []),
]

/**
 * Containers added to a running pod to look at it: begun once, whatever else has begun, never again; the pod's phase,
 * readiness and end do not depend on them.
 */
export const ephemeralContainers = (pod: Pod): EphemeralContainer[] =>
  pod.spec?.ephemeralContainers ?? []

export type EphemeralContainer = NonNullable<
  NonNullable<Pod['spec']>['ephemeralContainers']
>[number]

/** A container of any kind. */
export const findContainer = (pod: Pod, name: string): Container | undefined =>
  [...allContainers(pod), ...ephemeralContainers(pod)].find((one) => one.name === name)

/** Whether a container that has ended with `exitCode` is to be started again. */
export function mayRestart(
  pod: Pod,
  container: Container,
  init: boolean,
  exitCode: number,
): boolean {
  if (init && isSidecar(container)) return true
  const policy = pod.spec?.restartPolicy ?? 'Always'
  if (init) return exitCode !== 0 && policy !== 'Never'
  switch (policy) {
    case 'Never':
      return false
    case 'OnFailure':
      return exitCode !== 0
    default:
      return true
  }
}

export interface InitProgress {
  /** Init containers that are to be looked after now: sidecars that have had their turn, and the current one. */
  wanted: Container[]
  /** Main containers may start. */
  done: boolean
}

/**
 * @param here the newest instance in the current sandbox
 * @param startedId the id of the instance that has passed its startup probe
 */
export function initProgress(
  pod: Pod,
  here: Find,
  startedId: (name: string) => string | undefined,
): InitProgress {
  const inits = initContainers(pod)
  // Main containers that have been started prove that initialisation is over, even if its containers are gone.
  const begun = (pod.spec?.containers ?? []).some(({ name }) => here(name))
  const wanted: Container[] = []
  for (const container of inits) {
    const current = here(container.name)
    if (isSidecar(container)) {
      wanted.push(container)
      if (!begun && (!current || startedId(container.name) !== current.id))
        return { wanted, done: false }
    } else if (!begun && !(current?.state === 'exited' && current.exitCode === 0)) {
      wanted.push(container)
      return { wanted, done: false }
    }
  }
  return { wanted, done: true }
}

/**
 * Whether no container of the pod will ever run again.
 * @param owed whether an instance was ended only for another to take its place
 */
export function containersDone(
  pod: Pod,
  newest: Find,
  owed: (container: RuntimeContainer) => boolean,
): boolean {
  const mains = pod.spec?.containers ?? []
  const over = (container: Container, init: boolean) => {
    const last = newest(container.name)
    if (last?.state !== 'exited' || owed(last)) return false
    return !mayRestart(pod, container, init, last.exitCode)
  }
  const failedInit = initContainers(pod).some((container) => {
    const last = newest(container.name)
    return (
      !isSidecar(container) &&
      last?.state === 'exited' &&
      last.exitCode !== 0 &&
      !mayRestart(pod, container, true, last.exitCode)
    )
  })
  return failedInit || (mains.length > 0 && mains.every((container) => over(container, false)))
}
