/** Probes and lifecycle hooks: each does exactly one thing, with sane numbers. */

import { nearest } from '../../../../api/json-text.ts'
import type { Container, Probe } from '../../../../api/types.ts'
import {
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  nonNegative,
  notSupported,
  required,
} from '../../field-errors.ts'
import { headerNameProblems, portNameProblems, portNumberProblems } from '../../name-validation.ts'

type Lifecycle = NonNullable<Container['lifecycle']>
type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & {
  sleep?: NonNullable<Lifecycle['preStop']>['sleep']
}

/** A port by its number or by the name that the container gives it. */
export function* validatePortOrName(port: string | number | undefined, field: string): FieldErrors {
  if (typeof port === 'string') yield* invalidFor(field, port, portNameProblems(port))
  else yield* invalidFor(field, port ?? 0, portNumberProblems(port ?? 0))
}

export function* validateProbes(
  container: Pick<Container, 'livenessProbe' | 'readinessProbe' | 'startupProbe'>,
  field: string,
): FieldErrors {
  const { livenessProbe, readinessProbe, startupProbe } = container
  if (livenessProbe) yield* validateProbe(livenessProbe, `${field}.livenessProbe`, true)
  if (readinessProbe) {
    const at = `${field}.readinessProbe`
    yield* validateProbe(readinessProbe, at, false)
    if (readinessProbe.terminationGracePeriodSeconds !== undefined)
      yield invalid(
        `${at}.terminationGracePeriodSeconds`,
        readinessProbe.terminationGracePeriodSeconds,
        'must not be set for readinessProbes',
      )
  }
  if (startupProbe) yield* validateProbe(startupProbe, `${field}.startupProbe`, true)
}

/** @param once one success is enough: it decides between life and death, not between more and less traffic. */
function* validateProbe(probe: Probe, field: string, once: boolean): FieldErrors {
  yield* validateHandler(probe, field, undefined)
  for (const name of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const)
    yield* nonNegative(`${field}.${name}`, probe[name])
  const grace = probe.terminationGracePeriodSeconds
  if (grace !== undefined && nearest(grace) <= 0)
    yield invalid(`${field}.terminationGracePeriodSeconds`, grace, 'must be greater than 0')
  if (once && probe.successThreshold !== 1)
    yield invalid(`${field}.successThreshold`, probe.successThreshold ?? 0, 'must be 1')
}

/** @param graceSeconds of the pod: a hook cannot sleep longer. */
export function* validateLifecycle(
  lifecycle: Lifecycle | undefined,
  graceSeconds: number | undefined,
  field: string,
): FieldErrors {
  if (lifecycle?.postStart)
    yield* validateHandler(lifecycle.postStart, `${field}.postStart`, graceSeconds)
  if (lifecycle?.preStop)
    yield* validateHandler(lifecycle.preStop, `${field}.preStop`, graceSeconds)
}

const kinds = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const

function* validateHandler(
  handler: Handler,
  field: string,
  graceSeconds: number | undefined,
): FieldErrors {
  const [first, ...others] = kinds.filter((kind) => handler[kind])
  if (!first) return yield required(field, 'must specify a handler type')
  yield* validateAction(handler, first, `${field}.${first}`, graceSeconds)
  for (const other of others)
    yield forbidden(`${field}.${other}`, 'may not specify more than 1 handler type')
}

function* validateAction(
  { exec, httpGet, tcpSocket, grpc, sleep }: Handler,
  kind: (typeof kinds)[number],
  field: string,
  graceSeconds: number | undefined,
): FieldErrors {
  switch (kind) {
    case 'exec':
      if ((exec?.command ?? []).length === 0) yield required(`${field}.command`)
      break
    case 'httpGet':
      if (httpGet) yield* validateHttpGet(httpGet, field)
      break
    case 'tcpSocket':
      yield* validatePortOrName(tcpSocket?.port, `${field}.port`)
      break
    case 'grpc':
      yield* validatePortOrName(grpc?.port, `${field}.port`)
      break
    case 'sleep': {
      const seconds = nearest(sleep?.seconds ?? 0)
      const grace = nearest(graceSeconds ?? Number.POSITIVE_INFINITY)
      if (graceSeconds !== undefined && (seconds < 0 || seconds > grace))
        yield invalid(
          field,
          sleep?.seconds ?? 0,
          `must be non-negative and less than terminationGracePeriodSeconds (${grace})`,
        )
      break
    }
    default:
      kind satisfies never
  }
}

function* validateHttpGet(
  { path, port, scheme, httpHeaders }: NonNullable<Probe['httpGet']>,
  field: string,
): FieldErrors {
  if (!path) yield required(`${field}.path`)
  yield* validatePortOrName(port, `${field}.port`)
  if (scheme !== 'HTTP' && scheme !== 'HTTPS')
    yield notSupported(`${field}.scheme`, scheme ?? '', ['HTTP', 'HTTPS'])
  for (const { name } of httpHeaders ?? [])
    yield* invalidFor(`${field}.httpHeaders`, name, headerNameProblems(name))
}
