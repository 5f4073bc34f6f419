/** Definitions and objects for the tests of custom resources. */

import type { WireServer } from '../wire/wire.ts'

export const namespace = 'default'

export interface DefinitionWish {
  plural?: string
  kind?: string
  group?: string
  scope?: 'Namespaced' | 'Cluster'
  versions?: object[]
  names?: object
  conversion?: object
}

const properties = {
  spec: {
    type: 'object',
    properties: {
      color: { type: 'string', default: 'red', enum: ['red', 'green', 'blue'] },
      size: { type: 'integer', minimum: 0 },
      serial: { type: 'integer', format: 'int64' },
    },
  },
  status: { type: 'object', properties: { ready: { type: 'boolean' } } },
}

/** A version whose objects have a color, a size and a status. */
export const version = (name: string, more: object = {}) => ({
  name,
  served: true,
  storage: true,
  schema: { openAPIV3Schema: { type: 'object', properties } },
  subresources: { status: {} },
  ...more,
})

export function definition({
  plural = 'widgets',
  kind = 'Widget',
  group = 'example.com',
  scope = 'Namespaced',
  versions = [version('v1')],
  names = {},
  conversion,
}: DefinitionWish = {}) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List`, ...names },
      versions,
      ...(conversion && { conversion }),
    },
  }
}

export const widget = (name: string, spec: object = {}, more: object = {}) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
  ...more,
})

export const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** Watches a definition until it is as wanted; what it is then. */
export async function until(
  wire: WireServer,
  name: string,
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
  wanted: (definition: any) => boolean,
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
): Promise<any> {
  const whole = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
  const selector = `fieldSelector=metadata.name%3D${name}`
  const stream = await wire.watch(`${definitions}?watch=true&${whole}&${selector}`)
  let known: unknown
  try {
    for (;;) {
      const [event] = await stream.take(1)
      if (!event) throw new Error(`the watch of ${name} ended`)
      if (event.type !== 'BOOKMARK') known = event.type === 'DELETED' ? undefined : event.object
      if (wanted(known)) return known
    }
  } finally {
    stream.close()
  }
}

// biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
export const isEstablished = (object: any): boolean =>
  object?.status?.conditions?.some(
    ({ type, status }: Record<string, string>) => type === 'Established' && status === 'True',
  ) ?? false

export const established = (wire: WireServer, name: string) => until(wire, name, isEstablished)

export const gone = (wire: WireServer, name: string) =>
  until(wire, name, (object) => object === undefined)
