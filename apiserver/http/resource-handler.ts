/** Requests about resources: verb by verb into the registry, and its answers into the shape that was asked for. */

import type { Clock } from '../../ports/clock.ts'
import type { Body, RequestContext, Target, Written } from '../registry/registry.ts'
import { scaleColumns } from '../registry/scale.ts'
import { maximumBodyBytes } from '../schema/decode.ts'
import { json, protobufAnswers, sendDeleted, sendObject, type Wish } from './answers.ts'
import { admitConnection } from './connect-options.ts'
import type { Exchange } from './exchange.ts'
import { sendList } from './list-answer.ts'
import { type Endpoint, negotiate } from './negotiation.ts'
import { notFoundPath } from './plain-errors.ts'
import type { ResourceRequest } from './request-info.ts'
import {
  deleteOptions,
  listOptions,
  mediaTypeOf,
  patchType,
  watchOptions,
  writeOptions,
} from './request-options.ts'
import { methodNotAllowed } from './status.ts'
import {
  noSuchSubresource,
  notServedYet,
  type SubresourceHandlers,
  type SubresourceRequest,
} from './subresource-handler.ts'
import type { Printed } from './table.ts'
import { sendWatch, type WatchPorts } from './watch-answer.ts'

export interface ResourcePorts extends WatchPorts {
  clock: Clock
  handlers: SubresourceHandlers
}

export type ResourceInfo = ResourceRequest & { query: URLSearchParams }

/** Subresources that are answered by a stream, or by somebody else. */
const streamed = new Set(['log', 'exec', 'attach', 'portforward', 'proxy'])

/** What the URL names, if it is served. @throws PlainError 404 */
export async function targetOf(
  { registry }: Pick<WatchPorts, 'registry'>,
  { group, version, plural, ...info }: ResourceInfo,
): Promise<Target> {
  const resource =
    registry.find(group, version, plural) ?? (await registry.located(group, version, plural))
  if (!resource) throw notFoundPath()
  const own = resource.group === '' && resource.plural === 'namespaces'
  return {
    resource,
    namespace: own ? '' : info.namespace,
    ...(info.name !== '' && { name: info.name }),
    ...(info.subresource !== '' && { subresource: info.subresource }),
  }
}

/** The request for a handler of its own; `undefined` where the registry answers. @throws StatusError */
export function streamedRequest(
  { registry }: ResourcePorts,
  target: Target,
  info: ResourceInfo,
  context: RequestContext,
): SubresourceRequest | undefined {
  const { name, subresource, resource } = target
  if (name === undefined || subresource === undefined || !streamed.has(subresource))
    return undefined
  const served = resource.subresources.find(({ name }) => name === subresource)
  if (!served) throw noSuchSubresource(resource.plural, subresource)
  if (!served.verbs.some((verb) => verb === info.verb)) throw notAllowed()
  return {
    target: { ...target, name, subresource },
    rest: info.rest,
    query: info.query,
    context,
    registry,
  }
}

export async function handleResource(
  ports: ResourcePorts,
  exchange: Exchange,
  info: ResourceInfo,
  context: RequestContext,
): Promise<void> {
  const target = await targetOf(ports, info)
  const { deprecation } = target.resource
  if (deprecation !== undefined) {
    context.warn(deprecation)
    context.audit?.annotate('k8s.io/deprecated', 'true')
  }
  const request = streamedRequest(ports, target, info, context)
  if (request) {
    const what = `${target.resource.plural}/${target.subresource}`
    const handler = ports.handlers.get(what)
    if (!handler) throw notServedYet(what)
    await admitConnection(request)
    return handler.serve(exchange, request)
  }
  if (info.rest !== '') throw notFoundPath()
  switch (info.verb) {
    case 'get':
      return get(ports, exchange, target, info, context)
    case 'list':
      return list(ports, exchange, target, info, context)
    case 'watch':
      return watch(ports, exchange, target, info, context)
    case 'create':
      return create(ports, exchange, target, info, context)
    case 'update':
      return update(ports, exchange, target, info, context)
    case 'patch':
      return patch(ports, exchange, target, info, context)
    case 'delete':
      return remove(ports, exchange, target, info, context)
    case 'deletecollection':
      return removeMany(ports, exchange, target, info, context)
    default:
      throw notAllowed()
  }
}

const notAllowed = () =>
  methodNotAllowed('the server does not allow this method on the requested resource')

type Handler = (
  ports: ResourcePorts,
  exchange: Exchange,
  target: Target,
  info: ResourceInfo,
  context: RequestContext,
) => Promise<void>

async function wishOf(
  { clock }: ResourcePorts,
  exchange: Exchange,
  { resource }: Target,
  { query }: ResourceInfo,
  endpoint: Endpoint,
): Promise<Wish> {
  // Nobody but the object itself says what a custom resource has.
  const binary = resource.custom === undefined
  const { shape, version, encoding } = negotiate(exchange.header('accept'), endpoint, binary)
  const wish = { shape, version, query, clock }
  return encoding ? { ...wish, protobuf: await protobufAnswers() } : wish
}

const printedOf = ({ resource, subresource }: Target): Printed =>
  subresource === 'scale' ? { columns: scaleColumns } : resource

const get: Handler = async (ports, exchange, target, info, context) => {
  const wish = await wishOf(ports, exchange, target, info, 'object')
  const version = info.query.get('resourceVersion') ?? undefined
  const object = await ports.registry.get(target, version, context)
  sendObject(exchange, 200, printedOf(target), object, wish)
}

const list: Handler = async (ports, exchange, target, info, context) => {
  const wish = await wishOf(ports, exchange, target, info, 'list')
  const result = await ports.registry.list(target, listOptions(info.query), context)
  await sendList(exchange, target.resource, result, wish)
}

const watch: Handler = async (ports, exchange, target, info, context) => {
  const wish = await wishOf(ports, exchange, target, info, 'watch')
  await sendWatch(ports, exchange, target, watchOptions(info.query), wish, context)
}

async function bodyOf(exchange: Exchange): Promise<Body & { bytes: Buffer }> {
  const mediaType = mediaTypeOf(exchange.header('content-type'))
  return { bytes: await exchange.body(maximumBodyBytes), mediaType }
}

function sendWritten(exchange: Exchange, target: Target, written: Written, wish: Wish): void {
  const code = written.created ? 201 : 200
  const isStatus = written.object.kind === 'Status'
  if (isStatus && !wish.protobuf) exchange.send(code, json, written.bytes)
  else sendObject(exchange, code, printedOf(target), written, wish)
}

const create: Handler = async (ports, exchange, target, info, context) => {
  // What is never stored has no table.
  const endpoint = target.resource.virtual || target.subresource ? 'plain' : 'object'
  const wish = await wishOf(ports, exchange, target, info, endpoint)
  const options = writeOptions(info.query, 'CreateOptions')
  const body = await bodyOf(exchange)
  const written = await ports.registry.create(target, body, options, context)
  sendWritten(exchange, target, written, wish)
}

const update: Handler = async (ports, exchange, target, info, context) => {
  const wish = await wishOf(ports, exchange, target, info, 'object')
  const options = writeOptions(info.query, 'UpdateOptions')
  const body = await bodyOf(exchange)
  const written = await ports.registry.update(target, body, options, context)
  sendWritten(exchange, target, written, wish)
}

const patch: Handler = async (ports, exchange, target, info, context) => {
  const wish = await wishOf(ports, exchange, target, info, 'object')
  const type = patchType(exchange.header('content-type'))
  const options = writeOptions(info.query, 'PatchOptions')
  const { bytes } = await bodyOf(exchange)
  const mediaType = type === 'apply' ? 'application/yaml' : 'application/json'
  const body = { bytes, mediaType }
  const written = await ports.registry.patch(target, type, body, options, context)
  sendWritten(exchange, target, written, wish)
}

const remove: Handler = async (ports, exchange, target, info, context) => {
  const wish = await wishOf(ports, exchange, target, info, 'object')
  const { bytes, mediaType } = (await bodyOf(exchange)) as { bytes: Buffer; mediaType: string }
  const options = deleteOptions(info.query, bytes, mediaType, context.audit)
  const deleted = await ports.registry.delete(target, options, context)
  if (deleted.gone) sendDeleted(exchange, target.resource, deleted.object, wish)
  else sendObject(exchange, 200, printedOf(target), deleted, wish)
}

const removeMany: Handler = async (ports, exchange, target, info, context) => {
  const wish = await wishOf(ports, exchange, target, info, 'list')
  const { bytes, mediaType } = (await bodyOf(exchange)) as { bytes: Buffer; mediaType: string }
  const options = deleteOptions(info.query, bytes, mediaType, context.audit)
  const selection = listOptions(info.query)
  const result = await ports.registry.deleteCollection(target, selection, options, context)
  await sendList(exchange, target.resource, result, wish)
}
