/**
 * Whether an object has the shape that its kind has at any API server, as far as rollouts are told from it: a recording may
 * come from anybody, and whoever looks at one reads lists as lists. Values are not judged. Pure.
 */

import type { KubernetesObject } from '../api/object.ts'
import { placeOf } from './place.ts'

/**
 * A text, a number, a yes or no, a map of texts, a list of items, or an object with these fields among others; a name that
 * ends in `!` is of one that must be there.
 */
type Shape = 'text' | 'number' | 'boolean' | 'texts' | readonly [Shape] | { [field: string]: Shape }

const condition: Shape = {
  type: 'text',
  status: 'text',
  reason: 'text',
  message: 'text',
  lastTransitionTime: 'text',
  lastUpdateTime: 'text',
}
const end: Shape = { exitCode: 'number', signal: 'number', reason: 'text', message: 'text' }
const state: Shape = { waiting: { reason: 'text', message: 'text' }, running: {}, terminated: end }
const containerStatus: Shape = {
  name: 'text',
  restartCount: 'number',
  ready: 'boolean',
  state,
  lastState: state,
}
const probe: Shape = { failureThreshold: 'number', periodSeconds: 'number' }
const container: Shape = {
  name: 'text',
  image: 'text',
  env: [{ name: 'text' }],
  readinessProbe: probe,
  livenessProbe: probe,
  startupProbe: probe,
}
const metadata: Shape = {
  creationTimestamp: 'text',
  deletionTimestamp: 'text',
  generation: 'number',
  labels: 'texts',
  annotations: 'texts',
  finalizers: ['text'],
  ownerReferences: [{ kind: 'text', name: 'text', uid: 'text', controller: 'boolean' }],
  managedFields: [{}],
}
const podSpec: Shape = { 'containers!': [container], initContainers: [container] }
const template: Shape = {
  metadata: { labels: 'texts', annotations: 'texts' },
  spec: podSpec,
}
const workload: Shape = {
  spec: { replicas: 'number', minReadySeconds: 'number', template },
  status: { conditions: [condition] },
}

const shapes: Readonly<Record<string, Shape>> = {
  Deployment: workload,
  ReplicaSet: workload,
  Pod: {
    spec: podSpec,
    status: {
      phase: 'text',
      conditions: [condition],
      containerStatuses: [containerStatus],
      initContainerStatuses: [containerStatus],
    },
  },
  Event: {
    reason: 'text',
    message: 'text',
    type: 'text',
    count: 'number',
    involvedObject: { kind: 'text', name: 'text', uid: 'text' },
  },
}

/** `spec.containers is no list`; `undefined` when nothing is wrong. */
export function misshapen(object: KubernetesObject): string | undefined {
  const { kind } = placeOf(object)
  const shape = Object.hasOwn(shapes, kind) ? shapes[kind] : undefined
  return wrong(object.metadata, metadata, 'metadata') ?? (shape && wrong(object, shape, ''))
}

/** What is absent or null is as it should be, unless it must be there. */
function wrong(value: unknown, shape: Shape, path: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (shape === 'text') return typeof value === 'string' ? undefined : `${path} is no text`
  if (shape === 'number') return typeof value === 'number' ? undefined : `${path} is no number`
  if (shape === 'boolean') return typeof value === 'boolean' ? undefined : `${path} is no boolean`
  if (isList(shape)) {
    if (!Array.isArray(value)) return `${path} is no list`
    return first(
      value.map((_, at) => at),
      (at) =>
        value[at] === null
          ? `${path}[${at}] is null`
          : wrong(value[at], shape[0], `${path}[${at}]`),
    )
  }
  if (typeof value !== 'object' || Array.isArray(value)) return `${path} is no object`
  const fields = value as Record<string, unknown>
  if (shape === 'texts')
    return first(Object.keys(fields), (name) => wrong(fields[name], 'text', `${path}.${name}`))
  return first(Object.entries(shape), ([key, inner]) => {
    const name = key.replace('!', '')
    const field = Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined
    const place = path === '' ? name : `${path}.${name}`
    return field === undefined && key !== name ? `${place} is missing` : wrong(field, inner, place)
  })
}

const isList = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape)

function first<T>(items: readonly T[], ask: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const answer = ask(item)
    if (answer !== undefined) return answer
  }
  return undefined
}
