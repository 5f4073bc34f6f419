/**
 * One rule of the Pod Security Standards: what of a pod it forbids, since which version, and in which words. The
 * standards are those of Kubernetes; what is here was written against their texts.
 */

import type { ObjectMeta } from '../../../api/object.ts'
import type { Container, PodSpec } from '../../../api/types.ts'

export interface Violation {
  reason: string
  detail: string
}

export interface Subject {
  metadata: ObjectMeta
  spec: PodSpec
  /** Minor version of the standard that is asked for: 36 for `v1.36`, and for `latest`. */
  minor: number
}

export interface Check {
  /** Checks of a level run in the order of their ids. */
  id: string
  level: 'baseline' | 'restricted'
  /** The first minor version that has it. */
  since: number
  /** Checks of the baseline that it says better. */
  instead?: string
  run(subject: Subject): Violation | undefined
}

/** Init containers first, as the messages list them. */
export const containersOf = (spec: PodSpec): Container[] => [
  ...(spec.initContainers ?? []),
  ...(spec.containers ?? []),
  ...((spec.ephemeralContainers ?? []) as Container[]),
]

export const quoted = (names: Iterable<string>): string =>
  [...names].map((name) => JSON.stringify(name)).join(', ')

/** Each once, in order. */
export const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort()

export const plural = (word: string, { length }: { length: number }): string =>
  length === 1 ? word : `${word}s`

/** `container "a"`, `containers "a", "b"` */
export const named = (containers: readonly string[]): string =>
  `${plural('container', containers)} ${quoted(containers)}`

/** `uses`, `use` */
export const use = ({ length }: { length: number }): string => (length === 1 ? 'uses' : 'use')

/** Names of the containers of which `isBad` holds. */
export const badContainers = (
  spec: PodSpec,
  isBad: (container: Container) => boolean | undefined,
): string[] =>
  containersOf(spec)
    .filter(isBad)
    .map(({ name }) => name)

/** `pod and containers "a", "b"`; empty where nobody did it. */
export const setters = (pod: boolean | undefined, containers: readonly string[]): string =>
  [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [named(containers)] : [])].join(' and ')

export const isWindows = ({ os }: PodSpec): boolean => os?.name === 'windows'

/** Since 1.35 a pod in a user namespace of its own may be root there. */
export const isRootHarmless = ({ spec, minor }: Subject): boolean =>
  minor >= 35 && spec.hostUsers === false
