/** Restricted: what is known to harden a pod is asked for, besides what the baseline forbids. */

import type { Container, Volume } from '../../../api/types.ts'
import { procMount } from './baseline.ts'
import {
  badContainers,
  type Check,
  containersOf,
  isRootHarmless,
  isWindows,
  named,
  plural,
  quoted,
  type Subject,
  setters,
  sorted,
  use,
  type Violation,
} from './check.ts'
import { seccompRestricted } from './profiles.ts'

function privilegeEscalation({ spec, minor }: Subject): Violation | undefined {
  if (minor >= 25 && isWindows(spec)) return undefined
  const bad = badContainers(
    spec,
    ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
  )
  if (bad.length === 0) return undefined
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${named(bad)} must set securityContext.allowPrivilegeEscalation=false`,
  }
}

function capabilities({ spec, minor }: Subject): Violation | undefined {
  if (minor >= 25 && isWindows(spec)) return undefined
  const keeping = badContainers(
    spec,
    ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'),
  )
  const added = ({ securityContext }: Container) =>
    (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE')
  const adding = badContainers(spec, (container) => added(container).length > 0)
  const details = []
  if (keeping.length > 0)
    details.push(`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`)
  if (adding.length > 0) {
    const names = quoted(sorted(containersOf(spec).flatMap(added)))
    details.push(`${named(adding)} must not include ${names} in securityContext.capabilities.add`)
  }
  if (details.length === 0) return undefined
  return { reason: 'unrestricted capabilities', detail: details.join('; ') }
}

const allowedVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]

function volumes({ spec }: Subject): Violation | undefined {
  const isAllowed = (volume: Volume) => allowedVolumes.some((type) => Object.hasOwn(volume, type))
  const bad = (spec.volumes ?? []).filter((volume) => !isAllowed(volume))
  if (bad.length === 0) return undefined
  const typeOf = (volume: Volume) => Object.keys(volume).find((key) => key !== 'name') ?? 'unknown'
  const types = sorted(bad.map(typeOf))
  const names = quoted(bad.map(({ name }) => name))
  const what = `${plural('restricted volume type', types)} ${quoted(types)}`
  return {
    reason: 'restricted volume types',
    detail: `${plural('volume', bad)} ${names} ${use(bad)} ${what}`,
  }
}

function runAsNonRoot(subject: Subject): Violation | undefined {
  if (isRootHarmless(subject)) return undefined
  const { spec } = subject
  const reason = 'runAsNonRoot != true'
  const ofPod = spec.securityContext?.runAsNonRoot
  const explicit = badContainers(
    spec,
    ({ securityContext }) => securityContext?.runAsNonRoot === false,
  )
  const by = setters(ofPod === false, explicit)
  if (by !== '') return { reason, detail: `${by} must not set securityContext.runAsNonRoot=false` }
  if (ofPod) return undefined
  const silent = badContainers(
    spec,
    ({ securityContext }) => securityContext?.runAsNonRoot === undefined,
  )
  if (silent.length === 0) return undefined
  return { reason, detail: `pod or ${named(silent)} must set securityContext.runAsNonRoot=true` }
}

function runAsUser(subject: Subject): Violation | undefined {
  if (isRootHarmless(subject)) return undefined
  const { spec } = subject
  const by = setters(
    spec.securityContext?.runAsUser === 0,
    badContainers(spec, ({ securityContext }) => securityContext?.runAsUser === 0),
  )
  return by === '' ? undefined : { reason: 'runAsUser=0', detail: `${by} must not set runAsUser=0` }
}

const restricted = (id: string, run: Check['run'], since = 0, instead?: string): Check => ({
  id,
  level: 'restricted',
  since,
  run,
  ...(instead && { instead }),
})

/** By id. */
export const restrictedChecks: readonly Check[] = [
  restricted('allowPrivilegeEscalation', privilegeEscalation, 8),
  restricted('capabilities_restricted', capabilities, 22, 'capabilities_baseline'),
  restricted('procMount_restricted', procMount, 35, 'procMount_baseline'),
  restricted('restrictedVolumes', volumes, 0, 'hostPathVolumes'),
  restricted('runAsNonRoot', runAsNonRoot),
  restricted('runAsUser', runAsUser, 23),
  restricted('seccompProfile_restricted', seccompRestricted, 19, 'seccompProfile_baseline'),
]
