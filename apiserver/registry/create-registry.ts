/**
 * The registry itself: which resources there are, and which of the verbs' own modules answers. It decides what may be
 * asked of what (405, 404) and nothing else.
 */

import type { KubernetesObject } from '../../api/object.ts'
import { methodNotAllowed, StatusError } from '../http/status.ts'
import { qualifiedName, type Verb } from '../resources/resource.ts'
import { scale as scaleBody } from '../schema/decode.ts'
import type { CachedObject } from '../watch/cached-object.ts'
import type { Actions } from './actions.ts'
import { admitAlone } from './admission-request.ts'
import { create } from './create.ts'
import type { NamedTarget } from './current.ts'
import { decodeBody } from './decoding.ts'
import { remove } from './delete.ts'
import { deleteCollection } from './delete-collection.ts'
import { get, list } from './list.ts'
import { checkWriteOptions } from './options.ts'
import { readPatch } from './patch.ts'
import { podActions } from './pod-subresources.ts'
import type { RegistryPorts } from './ports.ts'
import type { Body, Registry, RequestContext, Target, WriteOptions, Written } from './registry.ts'
import type { ResourceSet } from './resource-set.ts'
import { readScale, type Scale, scaleShown, writeScale } from './scale.ts'
import { type Change, update } from './update.ts'
import { watch } from './watch.ts'

export function createRegistry(resources: ResourceSet, ports: RegistryPorts): Registry {
  const actions: Actions = new Map([...podActions(ports), ...(ports.actions ?? [])])
  const registry: Registry = {
    get resources() {
      return resources.all
    },
    find: (group, version, plural) => resources.find(group, version, plural),
    async located(group, version, plural) {
      const found = resources.find(group, version, plural)
      if (found || !ports.settled) return found
      await ports.settled()
      return resources.find(group, version, plural)
    },
    async get(target, resourceVersion) {
      const named = check(target, 'get')
      const object = await get(ports, named, resourceVersion)
      return target.subresource === 'scale' ? scaleOf(named, object) : object
    },
    async list(target, options) {
      checkCollection(target, 'list')
      return list(ports, target, options)
    },
    async watch(target, options, context) {
      requireVerb(target, 'watch')
      return watch(ports, target, options, context)
    },
    async create(target, body, options, context) {
      if (target.subresource) check(target, 'create')
      else checkCollection(target, 'create')
      if (!target.subresource && !target.resource.virtual)
        return served(ports, target, create(ports, target, body, options, context))
      checkWriteOptions('CreateOptions', options)
      const action = actions.get(actionName(target))
      if (!action) throw notServed(actionName(target))
      return action({ target, body, options, context, registry })
    },
    async update(target, body, options, context) {
      const named = check(target, 'update')
      checkWriteOptions('UpdateOptions', options)
      return served(ports, named, put(ports, named, body, options, context))
    },
    async patch(target, type, body, options, context) {
      const named = check(target, 'patch')
      checkWriteOptions('PatchOptions', options)
      const patch = readPatch(type, body, options, context)
      const { resource, subresource } = named
      if (subresource === 'scale')
        return changeScale(ports, named, (old) => patch.apply(old, scaleBody), options, context)
      const make = (old: KubernetesObject | undefined) => patch.apply(old!, resource)
      const change: Change = { make, ...partOf(named), whole: false }
      return served(ports, named, update(ports, named, change, options, context))
    },
    async delete(target, options, context) {
      return remove(ports, check(target, 'delete'), options, context)
    },
    async deleteCollection(target, selection, options, context) {
      checkCollection(target, 'deletecollection')
      return deleteCollection(ports, target, selection, options, context)
    },
    admit: (target, subject, options, context) =>
      admitAlone(ports, target, subject, options, context),
  }
  return registry
}

/** `pods/eviction`, `subjectaccessreviews.authorization.k8s.io`. */
function actionName({ resource, subresource }: Target): string {
  const name = qualifiedName(resource)
  return subresource ? `${name}/${subresource}` : name
}

const notServed = (what: string) =>
  new StatusError(501, 'NotImplemented', `${what} is not served by this server`)

/** Kinds whose objects say what is served. */
const definesKinds = new Set(['customresourcedefinitions.apiextensions.k8s.io'])

/** Who writes what is served is answered when it is. */
async function served(
  { settled }: RegistryPorts,
  { resource }: Target,
  write: Promise<Written>,
): Promise<Written> {
  const written = await write
  if (definesKinds.has(qualifiedName(resource))) await settled?.()
  return written
}

const notAllowed = () =>
  methodNotAllowed('the server does not allow this method on the requested resource')

const noSuchResource = () =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})

/** @throws StatusError 404, 405 */
function requireVerb({ resource, namespace, subresource }: Target, verb: Verb): void {
  if (!resource.namespaced && namespace !== '') throw noSuchResource()
  if (subresource) {
    const found = resource.subresources.find(({ name }) => name === subresource)
    if (!found) throw noSuchResource()
    if (!found.verbs.includes(verb)) throw notAllowed()
  } else if (resource.verbs && !resource.verbs.includes(verb)) throw notAllowed()
}

/** A target that names one object. */
function check(target: Target, verb: Verb): NamedTarget {
  requireVerb(target, verb)
  if (target.name === undefined) throw notAllowed()
  if (target.resource.namespaced && target.namespace === '') throw noSuchResource()
  return target as NamedTarget
}

/** A target that names none. Only reading goes across namespaces. */
function checkCollection(target: Target, verb: Verb): void {
  requireVerb(target, verb)
  if (target.name !== undefined || target.subresource) throw notAllowed()
  if (verb !== 'list' && target.resource.namespaced && target.namespace === '') throw notAllowed()
}

function partOf(target: NamedTarget): Pick<Change, 'part' | 'only'> {
  const { resource, subresource } = target
  if (!subresource) return { part: 'object' }
  const only = resource.subresources.find(({ name }) => name === subresource)?.part
  if (only) return { part: 'own', only }
  if (subresource === 'status') return { part: 'status' }
  throw notServed(actionName(target))
}

async function put(
  ports: RegistryPorts,
  target: NamedTarget,
  body: Body,
  options: WriteOptions,
  context: RequestContext,
): Promise<Written> {
  const { resource, subresource } = target
  if (subresource === 'scale') {
    const make = () => decodeBody<Scale>(body, scaleBody, options, context)
    return changeScale(ports, target, make, options, context)
  }
  const decoded = () => decodeBody<KubernetesObject>(body, resource, options, context)
  if (subresource === 'finalize') {
    const make = (old: KubernetesObject | undefined) => finalized(old!, decoded())
    return update(ports, target, { make, part: 'own', whole: false }, options, context)
  }
  const change: Change = { make: decoded, ...partOf(target), whole: true }
  return update(ports, target, change, options, context)
}

/** A namespace with the finalizers that the body leaves it. */
function finalized(old: KubernetesObject, body: KubernetesObject): KubernetesObject {
  const object = structuredClone(old)
  const { uid, resourceVersion, name } = body.metadata ?? {}
  if (uid) object.metadata.uid = uid
  if (resourceVersion) object.metadata.resourceVersion = resourceVersion
  if (name) object.metadata.name = name
  const { finalizers } = (body.spec ?? {}) as { finalizers?: string[] }
  object.spec = { ...(object.spec as object | undefined), finalizers }
  return object
}

async function changeScale(
  ports: RegistryPorts,
  target: NamedTarget,
  change: (old: Scale) => Scale,
  options: WriteOptions,
  context: RequestContext,
): Promise<Written> {
  const { resource } = target
  const make = (old: KubernetesObject | undefined) =>
    writeScale(resource, old!, change(readScale(resource, old!)))
  const plan: Change = { make, part: 'object', whole: false, shown: scaleShown(resource) }
  const { object } = await update(ports, target, plan, options, context)
  const scale = readScale(resource, object)
  return { object: scale, bytes: Buffer.from(JSON.stringify(scale)), created: false }
}

/** The scale of an object in the form in which reads answer. */
function scaleOf({ resource }: NamedTarget, cached: CachedObject): CachedObject {
  const object = readScale(resource, cached.object)
  const bytes = Buffer.from(JSON.stringify(object))
  const { key, namespace, name, uid, revision, labels, fields } = cached
  return {
    key,
    namespace,
    name,
    uid,
    revision,
    labels,
    fields,
    object,
    bytes,
    itemBytes: bytes,
    itemTail: bytes.subarray(1),
    frame: (type) => Buffer.from(`{"type":"${type}","object":${bytes.toString()}}\n`),
  }
}
