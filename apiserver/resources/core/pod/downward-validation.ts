/** What a container may learn of its own pod: fields by path, and its own resources. */

import {
  type FieldErrors,
  invalid,
  invalidFor,
  notSupported,
  required,
} from '../../field-errors.ts'
import { qualifiedNameProblems } from '../../name-validation.ts'

export const environmentFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]

export const volumeFields = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
]

const known = new Set([
  ...environmentFields,
  ...volumeFields,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
])

const resources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]

interface FieldRef {
  apiVersion?: string
  fieldPath: string
}

/** @param supported the paths that this place knows; labels and annotations by key are known everywhere. */
export function* validateFieldRef(
  { apiVersion, fieldPath }: FieldRef,
  supported: readonly string[],
  field: string,
): FieldErrors {
  if (!apiVersion) return yield required(`${field}.apiVersion`)
  if (!fieldPath) return yield required(`${field}.fieldPath`)
  const { path, key } = subscripted(fieldPath)
  const problem = conversionProblem(apiVersion, path, key)
  if (problem !== undefined)
    yield invalid(`${field}.fieldPath`, fieldPath, `error converting fieldPath: ${problem}`)
  else if (key !== undefined)
    yield* invalidFor(
      field,
      key,
      qualifiedNameProblems(path === 'metadata.annotations' ? key.toLowerCase() : key),
    )
  else if (!supported.includes(path)) yield notSupported(`${field}.fieldPath`, path, supported)
}

/** `metadata.labels['app']` as its path and its key; a path without a subscript as it is. */
function subscripted(text: string): { path: string; key?: string } {
  const at = text.indexOf("['")
  return at > 0 && at + 2 <= text.length - 2 && text.endsWith("']")
    ? { path: text.slice(0, at), key: text.slice(at + 2, -2) }
    : { path: text }
}

function conversionProblem(
  apiVersion: string,
  path: string,
  key: string | undefined,
): string | undefined {
  if (apiVersion !== 'v1') return `unsupported pod version: ${apiVersion}`
  if (key !== undefined && path !== 'metadata.labels' && path !== 'metadata.annotations')
    return `field label does not support subscript: ${path}`
  return known.has(path) ? undefined : `field label not supported: ${path}`
}

interface ResourceRef {
  containerName?: string
  resource: string
  divisor?: string
}

const bytes = [
  '1',
  ...['k', 'M', 'G', 'T', 'P', 'E'].flatMap((unit) => [
    `1${unit}`,
    `1${unit === 'k' ? 'K' : unit}i`,
  ]),
]
const bytesText = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei'

/** @param volume in a volume there is no own container, so it must be named. */
export function* validateResourceRef(
  { containerName, resource, divisor = '0' }: ResourceRef,
  field: string,
  volume: boolean,
): FieldErrors {
  const hugePages = /^(limits|requests)\.hugepages-/.test(resource)
  if (volume && !containerName) yield required(`${field}.containerName`)
  else if (!resource) yield required(`${field}.resource`)
  else if (!resources.includes(resource) && !hugePages)
    yield notSupported(`${field}.resource`, resource, resources)
  if (divisor === '0') return
  if (/\.cpu$/.test(resource)) {
    if (divisor !== '1m' && divisor !== '1')
      yield invalid(
        `${field}.divisor`,
        resource,
        "only divisor's values 1m and 1 are supported with the cpu resource",
      )
  } else if (!bytes.includes(divisor))
    yield invalid(
      `${field}.divisor`,
      resource,
      `only divisor's values ${bytesText} are supported with the ${kindOf(resource)} resource`,
    )
}

function kindOf(resource: string): string {
  if (resource.endsWith('.memory')) return 'memory'
  return resource.endsWith('.ephemeral-storage') ? 'local ephemeral storage' : 'hugepages'
}
