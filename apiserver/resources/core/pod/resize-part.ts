/** `pods/resize`: CPU and memory of containers that run may change, and nothing else of their pod. */

import type { Container, Pod } from '../../../../api/types.ts'
import { type FieldErrors, forbidden, invalid } from '../../field-errors.ts'
import type { SubresourcePart } from '../../resource.ts'
import { semanticallyEqual } from '../../semantic-equality.ts'
import { isMirror, keepAllBut } from './pod-parts.ts'
import { validatePod } from './pod-validation.ts'
import { qosClass } from './qos-class.ts'

const lists = ['containers', 'initContainers'] as const

export const resizePart: SubresourcePart<Pod> = {
  prepareForUpdate(pod, old) {
    const { containers = [], initContainers } = pod.spec ?? {}
    keepAllBut(pod, old, (spec) => {
      spec.containers = resized(containers, spec.containers)
      if (initContainers) spec.initContainers = resized(initContainers, spec.initContainers)
      else delete spec.initContainers
    })
  },
  validateUpdate: (pod, old) => [...validate(pod, old)],
}

/** The containers that were there with the sizes that are asked for; one that was not there is told by validation. */
const resized = (asked: Container[], before: Container[] | undefined): Container[] =>
  asked.map((container) => {
    const old = before?.find(({ name }) => name === container.name)
    if (!old) return container
    const { resources, resizePolicy } = container
    const { resizePolicy: _, ...rest } = old
    return { ...rest, resources, ...(resizePolicy && { resizePolicy }) }
  })

function* validate(pod: Pod, old: Pod): FieldErrors {
  if (isPodLevel(pod) || isPodLevel(old))
    return yield forbidden('', 'pods with pod-level resources cannot be resized')
  if (isMirror(old)) return yield forbidden('', 'static pods cannot be resized')
  if (old.spec?.os?.name === 'windows') return yield forbidden('', 'windows pods cannot be resized')
  yield* validatePod(pod)
  const { spec = { containers: [] } } = pod
  const { spec: before = { containers: [] } } = old
  const qos = qosClass(spec)
  if (qos !== (old.status?.qosClass ?? qosClass(before)))
    yield invalid('spec', qos, 'Pod QOS Class may not change as a result of resizing')
  if (!isResizable(old)) yield forbidden('spec', 'Pod running on node without support for resize')
  const moved = lists.flatMap((list) => [...validateOrder(spec[list], before[list], list)])
  if (moved.length > 0) return yield* moved
  for (const list of lists)
    for (const [index, container] of (before[list] ?? []).entries()) {
      const now = spec[list]?.[index]
      if (!now) continue
      yield* validateKept(now, container, `spec.${list}[${index}].resources`)
      yield* validateMutable(now, container, list)
    }
}

/** A node that can resize tells with how much a container runs; before one runs nobody knows. */
function isResizable({ status }: Pod): boolean {
  const running = (status?.containerStatuses ?? []).find(({ state }) => state?.running)
  return running === undefined || running.resources !== undefined
}

const isPodLevel = ({ spec }: Pod) =>
  Object.keys({ ...spec?.resources?.limits, ...spec?.resources?.requests }).length > 0

function* validateOrder(
  now: Container[] = [],
  before: Container[] = [],
  list: (typeof lists)[number],
): FieldErrors {
  if (now.length !== before.length)
    return yield forbidden(`spec.${list}`, `${list} may not be added or removed on resize`)
  for (const [index, { name }] of before.entries())
    if (now[index]?.name !== name)
      yield forbidden(
        `spec.${list}[${index}].name`,
        `${list} may not be renamed or reordered on resize`,
      )
}

/** What was limited or requested stays so, in some amount. */
function* validateKept(now: Container, before: Container, field: string): FieldErrors {
  for (const list of ['requests', 'limits'] as const) {
    const amounts = now.resources?.[list] ?? {}
    if (Object.keys(before.resources?.[list] ?? {}).some((name) => !Object.hasOwn(amounts, name)))
      yield forbidden(`${field}.${list}`, `resource ${list} cannot be removed`)
  }
}

function* validateMutable(
  now: Container,
  before: Container,
  list: (typeof lists)[number],
): FieldErrors {
  const sidecar = list === 'initContainers' && now.restartPolicy === 'Always'
  if (list === 'initContainers' && !sidecar) {
    if (!semanticallyEqual(now, before))
      yield forbidden('spec', 'resources for non-sidecar init containers are immutable')
  } else if (!semanticallyEqual(fixedOf(now), fixedOf(before)))
    yield forbidden(
      'spec',
      `only cpu and memory resources ${sidecar ? 'for sidecar containers ' : ''}are mutable`,
    )
}

/** Without the amounts that may change, and without how a change is made. */
function fixedOf({ resources, resizePolicy: _, ...rest }: Container) {
  const fixed = (amounts: Record<string, string> | undefined) => {
    const { cpu: _cpu, memory: _memory, ...others } = amounts ?? {}
    return others
  }
  return {
    ...rest,
    claims: resources?.claims,
    limits: fixed(resources?.limits),
    requests: fixed(resources?.requests),
  }
}
