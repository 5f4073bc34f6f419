/** Good objects for tests to spoil, and how tests read errors. Used by tests alone. */

import type { Container, Deployment, Node, Pod, Service } from '../../api/types.ts'
import type { FieldError, Resource } from './resource.ts'

/** Changes a fresh copy of a good object. */
type Spoil<T> = (object: T) => void

const made = <T>(object: T, spoil: Spoil<T> = () => {}): T => {
  spoil(object)
  return object
}

export const container = (more: Partial<Container> = {}): Container => ({
  name: 'web',
  image: 'nginx:1.29',
  ...more,
})

export const pod = (spoil?: Spoil<Pod>): Pod =>
  made<Pod>(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default' },
      spec: { containers: [container()] },
    },
    spoil,
  )

export const service = (spoil?: Spoil<Service>): Service =>
  made<Service>(
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    },
    spoil,
  )

export const deployment = (spoil?: Spoil<Deployment>): Deployment =>
  made<Deployment>(
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container()] } },
      },
    },
    spoil,
  )

export const node = (spoil?: Spoil<Node>): Node =>
  made<Node>({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'one' }, spec: {} }, spoil)

/** `field: message`, as a Status tells it. */
export const told = (errors: Iterable<FieldError | undefined>): string[] =>
  found(errors).map(({ field, message }) => `${field}: ${message}`)

type Context = Parameters<NonNullable<Resource['strategy']['prepareForCreate']>>[1]
/** At the beginning of time, by nobody; no strategy here asks for chance. */
const context = { clock: { now: () => 0 }, user: { name: 'me', groups: [] } } as unknown as Context

/** Defaults, prepares and validates as a create does; what is wrong, as text. */
export function created(resource: Resource, object: object): string[] {
  const { strategy } = resource
  const made = object as Parameters<NonNullable<typeof strategy.default>>[0]
  strategy.default?.(made)
  strategy.prepareForCreate?.(made, context)
  return told([
    ...(strategy.validate?.(made) ?? []),
    ...(strategy.validateCreate?.(made) ?? []),
    ...found(strategy.examine?.(made, undefined)),
  ])
}

/** All errors, without a turn for anybody. */
export const found = (examination: Iterable<FieldError | undefined> = []): FieldError[] =>
  [...examination].filter((error) => error !== undefined)

/** Defaults, prepares and validates as an update does; what is wrong, as text. */
export function updated(resource: Resource, object: object, old: object): string[] {
  const { strategy } = resource
  type Stored = Parameters<NonNullable<typeof strategy.default>>[0]
  const now = object as Stored
  strategy.default?.(now)
  strategy.prepareForUpdate?.(now, old as Stored, context)
  return told([
    ...(strategy.validate?.(now) ?? []),
    ...(strategy.validateUpdate?.(now, old as Stored) ?? []),
    ...found(strategy.examine?.(now, old as Stored)),
  ])
}

/** The cells of one object: those always shown, or with the wide ones. */
export function row(resource: Resource, object: object, now: number, wide = false): unknown[] {
  type Stored = Parameters<(typeof resource.columns)[number]['cell']>[0]
  return resource.columns
    .filter(({ priority = 0 }) => wide || priority === 0)
    .map(({ cell }) => cell(object as Stored, { now }))
}
