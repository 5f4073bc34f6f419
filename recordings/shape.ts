/**
 * Whether an object has the shape that its kind has at any API server, as far as rollouts are told from it: a recording may
 * come from anybody, and whoever looks at one reads lists as lists. Values are not judged. Pure.
 */

import type { KubernetesObject } from '../api/object.ts'
import { placeOf } from './place.ts'

/**
 * A text, a time (which API servers write as null where there is none), a number, a yes or no, a map of texts, a list of items, or an object with these fields among others; a name that
 * ends in `!` is of one that must be there.
 */
type Shape =
  | 'text'
  | 'time'
  | 'number'
  | 'boolean'
  | 'texts'
  | readonly [Shape]
  | { [field: string]: Shape }

const condition: Shape = {
  type: 'text',
  status: 'text',
  reason: 'text',
  message: 'text',
  lastTransitionTime: 'time',
  lastUpdateTime: 'time',
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
  creationTimestamp: 'time',
  deletionTimestamp: 'time',
  generation: 'number',
  labels: 'texts',
  annotations: 'texts',
  finalizers: ['text'],
  ownerReferences: [{ kind: 'text', name: 'text', uid: 'text', controller: 'boolean' }],
  managedFields: [{}],
}
const podSpec: Shape = { 'containers!': [container], initContainers: [container] }
const template: Shape = {
  metadata: { creationTimestamp: 'time', labels: 'texts', annotations: 'texts' },
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
    'involvedObject!': { kind: 'text', name: 'text', uid: 'text' },
  },
}

/** `spec.containers is no list`; `undefined` when nothing is wrong. */
export function misshapen(object: KubernetesObject): string | undefined {
  const { kind } = placeOf(object)
  const shape = Object.hasOwn(shapes, kind) ? shapes[kind] : undefined
  const found =
    within('.metadata', wrong(object.metadata, metadata)) ?? (shape && wrong(object, shape))
  return found?.slice(1)
}

/** The path begins with a dot; paths are put together only where something is wrong. */
const within = (place: string, found: string | undefined): string | undefined =>
  found === undefined ? undefined : place + found

/** What is absent is as it should be, unless it must be there. */
function wrong(value: unknown, shape: Shape): string | undefined {
  if (value === undefined || (value === null && shape === 'time')) return undefined
  if (value === null) return ' is null'
  if (typeof shape === 'string' && shape !== 'texts')
    return typeof value === types[shape] ? undefined : ` is no ${shape}`
  if (isList(shape)) return Array.isArray(value) ? wrongItem(value, shape[0]) : ' is no list'
  if (typeof value !== 'object' || Array.isArray(value)) return ' is no object'
  const fields = value as Record<string, unknown>
  return shape === 'texts' ? wrongText(fields) : wrongField(fields, shape)
}

const types = { text: 'string', time: 'string', number: 'number', boolean: 'boolean' } as const

function wrongItem(items: readonly unknown[], shape: Shape): string | undefined {
  for (const [at, item] of items.entries()) {
    const found = wrong(item, shape)
    if (found !== undefined) return `[${at}]${found}`
  }
  return undefined
}

function wrongText(fields: Record<string, unknown>): string | undefined {
  for (const name in fields) if (typeof fields[name] !== 'string') return `.${name} is no text`
  return undefined
}

function wrongField(
  fields: Record<string, unknown>,
  shape: { [field: string]: Shape },
): string | undefined {
  for (const key in shape) {
    const needed = key.endsWith('!')
    const name = needed ? key.slice(0, -1) : key
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    const found = field === undefined && needed ? ' is missing' : wrong(field, shape[key] as Shape)
    if (found !== undefined) return `.${name}${found}`
  }
  return undefined
}

const isList = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape)
