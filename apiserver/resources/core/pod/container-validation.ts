/** Containers: names, images, ports, and all that hangs on them. */

import type { Container, PodSpec, Volume } from '../../../../api/types.ts'
import {
  duplicate,
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  notFound,
  oneOf,
  required,
} from '../../field-errors.ts'
import { labelProblems, portNameProblems, portNumberProblems } from '../../name-validation.ts'
import { validateEnvironment, validateEnvironmentFrom } from './environment-validation.ts'
import { validateLifecycle, validateProbes } from './probe-validation.ts'
import { validateContainerClaims } from './resource-claim-validation.ts'
import { validateRequirements } from './resource-requirements-validation.ts'
import { validateRestarts } from './restart-rules-validation.ts'
import { validateContainerSecurity } from './security-context-validation.ts'
import { validateVolumeMounts } from './volume-mount-validation.ts'

type Volumes = ReadonlyMap<string, Volume>
type Port = NonNullable<Container['ports']>[number]
type Ephemeral = NonNullable<PodSpec['ephemeralContainers']>[number]

export const protocols = ['SCTP', 'TCP', 'UDP']
const pullPolicies = ['Always', 'IfNotPresent', 'Never']
const messagePolicies = ['File', 'FallbackToLogsOnError']
const isSidecar = ({ restartPolicy }: Container) => restartPolicy === 'Always'

/** All containers of a pod: the ones that it is for, those before, and those added to debug it. */
export function* validateContainers(spec: PodSpec, volumes: Volumes, field: string): FieldErrors {
  const at = `${field}.containers`
  if ((spec.containers ?? []).length === 0) return yield required(at)
  const names = new Set<string>()
  for (const [index, container] of spec.containers.entries()) {
    yield* validateContainer(container, spec, volumes, `${at}[${index}]`)
    yield* validateUnique(container.name, names, `${at}[${index}].name`)
    yield* validateRunning(container, spec, `${at}[${index}]`)
    yield* validateRestarts(container, `${at}[${index}]`)
  }
  yield* validateHostPorts(spec.containers, at)
  yield* validateInitContainers(spec, volumes, names, `${field}.initContainers`)
  yield* validateEphemeral(spec, volumes, names, `${field}.ephemeralContainers`)
}

function* validateUnique(name: string, names: Set<string>, field: string): FieldErrors {
  if (names.has(name)) yield duplicate(field, name)
  names.add(name)
}

/** What only containers that go on running have. */
function* validateRunning(container: Container, spec: PodSpec, field: string): FieldErrors {
  yield* validateLifecycle(
    container.lifecycle,
    spec.terminationGracePeriodSeconds,
    `${field}.lifecycle`,
  )
  yield* validateProbes(container, field)
}

function* validateInitContainers(
  spec: PodSpec,
  volumes: Volumes,
  names: Set<string>,
  field: string,
): FieldErrors {
  for (const [index, container] of (spec.initContainers ?? []).entries()) {
    const at = `${field}[${index}]`
    yield* validateContainer(container, spec, volumes, at)
    yield* validateRestarts(container, at)
    yield* validateUnique(container.name, names, `${at}.name`)
    yield* validateHostPorts([container], field)
    if (isSidecar(container)) yield* validateRunning(container, spec, at)
    else
      for (const name of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
        if (container[name])
          yield forbidden(
            `${at}.${name}`,
            'may not be set for init containers without restartPolicy=Always',
          )
  }
}

const notForEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const

function* validateEphemeral(
  spec: PodSpec,
  volumes: Volumes,
  names: Set<string>,
  field: string,
): FieldErrors {
  const targets = new Set(names)
  for (const [index, container] of (spec.ephemeralContainers ?? []).entries()) {
    const at = `${field}[${index}]`
    yield* validateContainer(container as Container, spec, volumes, at)
    yield* validateUnique(container.name, names, `${at}.name`)
    const { targetContainerName } = container
    if (targetContainerName && !targets.has(targetContainerName))
      yield notFound(`${at}.targetContainerName`, targetContainerName)
    for (const name of notForEphemeral)
      if (isSet(container, name))
        yield forbidden(`${at}.${name}`, 'cannot be set for an Ephemeral Container')
    for (const [mount, { subPath, subPathExpr }] of (container.volumeMounts ?? []).entries())
      for (const [name, value] of Object.entries({ subPath, subPathExpr }))
        if (value)
          yield forbidden(
            `${at}.volumeMounts[${mount}].${name}`,
            'cannot be set for an Ephemeral Container',
          )
  }
}

function isSet(container: Ephemeral, name: (typeof notForEphemeral)[number]): boolean {
  const value: unknown = container[name]
  return (
    value !== undefined && !(typeof value === 'object' && Object.keys(value ?? {}).length === 0)
  )
}

/** What every kind of container has. */
function* validateContainer(
  container: Container,
  spec: PodSpec,
  volumes: Volumes,
  field: string,
): FieldErrors {
  const { name, image, terminationMessagePolicy, imagePullPolicy } = container
  if (!name) yield required(`${field}.name`)
  else yield* invalidFor(`${field}.name`, name, labelProblems(name))
  if (!image) yield required(`${field}.image`)
  yield* validateChoice(
    terminationMessagePolicy,
    messagePolicies,
    `${field}.terminationMessagePolicy`,
  )
  yield* validatePorts(container.ports, `${field}.ports`)
  yield* validateEnvironment(container.env, `${field}.env`)
  yield* validateEnvironmentFrom(container.envFrom, `${field}.envFrom`)
  yield* validateVolumeMounts(container, volumes, field)
  yield* validateChoice(imagePullPolicy, pullPolicies, `${field}.imagePullPolicy`)
  yield* validateRequirements(container.resources ?? {}, `${field}.resources`)
  yield* validateContainerClaims(container, spec.resourceClaims, `${field}.resources.claims`)
  yield* validateResizePolicy(container, spec, `${field}.resizePolicy`)
  yield* validateContainerSecurity(
    container.securityContext,
    `${field}.securityContext`,
    spec.hostUsers !== false,
  )
}

function* validateChoice(
  value: string | undefined,
  supported: readonly string[],
  field: string,
): FieldErrors {
  if (!value) yield required(field)
  else yield* oneOf(field, value, supported)
}

function* validatePorts(ports: Port[] | undefined, field: string): FieldErrors {
  const names = new Set<string>()
  for (const [index, { name, containerPort, hostPort, protocol }] of (ports ?? []).entries()) {
    const at = `${field}[${index}]`
    if (name) {
      const problems = portNameProblems(name)
      yield* invalidFor(`${at}.name`, name, problems)
      if (problems.length === 0) yield* validateUnique(name, names, `${at}.name`)
    }
    if (!containerPort) yield required(`${at}.containerPort`)
    else yield* invalidFor(`${at}.containerPort`, containerPort, portNumberProblems(containerPort))
    if (hostPort) yield* invalidFor(`${at}.hostPort`, hostPort, portNumberProblems(hostPort))
    yield* validateChoice(protocol, protocols, `${at}.protocol`)
  }
}

/** Two containers cannot take the same port of the node. */
function* validateHostPorts(containers: Container[], field: string): FieldErrors {
  const taken = new Set<string>()
  for (const [index, { ports }] of containers.entries())
    for (const [at, { protocol, hostIP = '', hostPort }] of (ports ?? []).entries())
      if (hostPort)
        yield* validateUnique(
          `${protocol}/${hostIP}/${hostPort}`,
          taken,
          `${field}[${index}].ports[${at}].hostPort`,
        )
}

function* validateResizePolicy(
  { resizePolicy }: Container,
  { restartPolicy }: PodSpec,
  field: string,
): FieldErrors {
  const seen = new Set<string>()
  for (const [index, policy] of (resizePolicy ?? []).entries()) {
    yield* validateUnique(policy.resourceName, seen, `${field}[${index}]`)
    yield* validateChoice(policy.resourceName, ['cpu', 'memory'], field)
    yield* validateChoice(policy.restartPolicy, ['NotRequired', 'RestartContainer'], field)
    if (restartPolicy === 'Never' && policy.restartPolicy !== 'NotRequired')
      yield invalid(
        field,
        policy.restartPolicy,
        "must be 'NotRequired' when `restartPolicy` is 'Never'",
      )
  }
}
