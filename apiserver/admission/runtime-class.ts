/** RuntimeClass: what running under a runtime costs on top, and on which nodes it can be had, go into the pod. */

import { isDeepStrictEqual } from 'node:util'
import { parseQuantity } from '../../api/quantity.ts'
import type { Pod, PodSpec, RuntimeClass } from '../../api/types.ts'
import type { Lister } from '../registry/lister.ts'
import { readThrough } from '../registry/read-through.ts'
import { type AdmissionPlugin, type AdmissionRequest, concerns } from './admission.ts'
import { refusal } from './refusal.ts'
import { mergedTolerations } from './tolerations.ts'

const mismatch = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"

export function runtimeClass(lister: Lister): AdmissionPlugin {
  return {
    name: 'RuntimeClass',
    mutate(request) {
      const spec = specOf(request)
      if (spec?.runtimeClassName !== undefined) return complete(lister, request, spec)
    },
    validate(request) {
      const spec = specOf(request)
      if (spec?.runtimeClassName !== undefined || spec?.overhead)
        return checkOverhead(lister, request, spec)
    },
  }
}

async function complete(lister: Lister, request: AdmissionRequest, spec: PodSpec): Promise<void> {
  const found = await classOf(lister, request, spec)
  if (!found) return
  setOverhead(request, spec, found)
  setScheduling(request, spec, found)
}

/** @throws StatusError 403 */
async function checkOverhead(
  lister: Lister,
  request: AdmissionRequest,
  spec: PodSpec,
): Promise<void> {
  const overhead = (await classOf(lister, request, spec))?.overhead
  if (overhead && !sameAmounts(overhead.podFixed, spec.overhead)) throw refusal(request, mismatch)
  if (!overhead && spec.overhead)
    throw refusal(
      request,
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    )
}

const specOf = (request: AdmissionRequest): PodSpec | undefined =>
  request.operation === 'CREATE' && concerns(request, 'pods')
    ? (request.object as unknown as Pod | undefined)?.spec
    : undefined

async function classOf(
  lister: Lister,
  request: AdmissionRequest,
  { runtimeClassName: name }: PodSpec,
): Promise<RuntimeClass | undefined> {
  if (name === undefined) return undefined
  const found = await readThrough<RuntimeClass>(lister, 'runtimeclasses.node.k8s.io', '', name)
  if (!found) throw refusal(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`)
  return found
}

function setOverhead(request: AdmissionRequest, spec: PodSpec, { overhead }: RuntimeClass): void {
  if (!overhead) return
  if (spec.overhead && !sameAmounts(spec.overhead, overhead.podFixed))
    throw refusal(request, mismatch)
  spec.overhead = { ...overhead.podFixed }
}

function sameAmounts(
  one: Record<string, string> | undefined = {},
  other: Record<string, string> | undefined = {},
): boolean {
  const plain = (amounts: Record<string, string>) =>
    new Map(Object.entries(amounts).map(([name, text]) => [name, parseQuantity(text)]))
  return isDeepStrictEqual(plain(one), plain(other))
}

function setScheduling(
  request: AdmissionRequest,
  spec: PodSpec,
  { scheduling }: RuntimeClass,
): void {
  for (const [key, value] of Object.entries(scheduling?.nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key]
    if (own !== undefined && own !== value)
      throw refusal(
        request,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
      )
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value }
  }
  const { tolerations } = scheduling ?? {}
  if (tolerations?.length) spec.tolerations = mergedTolerations(spec.tolerations ?? [], tolerations)
}
