/**
 * The registry itself: which resources there are, and which of the verbs' own modules answers. It decides what may be
 * asked of what (405, 404) and nothing else.
 */

import { cloneJson } from '../../api/json-text.ts'
import type { KubernetesObject } from '../../api/object.ts'
import type { FieldWrite } from '../apply/field-manager.ts'
import { methodNotAllowed, StatusError } from '../http/status.ts'
import { qualifiedName, type Resource, type Verb } from '../resources/resource.ts'
import { scale as scaleBody } from '../schema/decode.ts'
import type { ActionRequest, Actions } from './actions.ts'
import { admitAlone } from './admission-request.ts'
import { readConfig } from './apply-patch.ts'
import { create } from './create.ts'
import type { NamedTarget } from './current.ts'
import { decodeBody } from './decoding.ts'
import { remove } from './delete.ts'
import { deleteCollection } from './delete-collection.ts'
import { fieldWriteOf } from './field-ownership.ts'
import { get, list } from './list.ts'
import { getObserved, listObserved } from './observed.ts'
import { checkPatchOptions, checkWriteOptions } from './options.ts'
import { type PlainPatchType, readPatch } from './patch.ts'
import { podActions } from './pod-subresources.ts'
import type { RegistryPorts } from './ports.ts'
import type { Body, Registry, RequestContext, Target, WriteOptions, Written } from './registry.ts'
import type { ResourceSet } from './resource-set.ts'
import { type Scale, scaleOf } from './scale.ts'
import { changeScale } from './scale-write.ts'
import { type Change, update } from './update.ts'
import { watch } from './watch.ts'
import { asking } from './write-note.ts'

/** @param ports completed here; what is set there later counts as well */
export function createRegistry(resources: ResourceSet, ports: RegistryPorts): Registry {
  ports.find = (...path) => resources.find(...path)
  const actions: Actions = new Map([...podActions(ports), ...(ports.actions ?? [])])
  const registry: Registry = {
    get resources() {
      return resources.all
    },
    find: (group, version, plural) => resources.find(group, version, plural),
    located: (...path) => located(ports, resources, ...path),
    async get(target, resourceVersion) {
      const named = check(target, 'get')
      const observe = ports.observed?.get(qualifiedName(target.resource))
      if (observe) return getObserved(observe, named)
      const object = await get(ports, named, resourceVersion)
      return target.subresource === 'scale' ? scaleOf(named, object) : object
    },
    async list(target, options) {
      checkCollection(target, 'list')
      const observe = ports.observed?.get(qualifiedName(target.resource))
      if (observe) return listObserved(ports, observe, target, options)
      return list(ports, target, options)
    },
    async watch(target, options, context) {
      requireVerb(target, 'watch')
      return watch(ports, target, options, context)
    },
    async create(target, body, options, context) {
      if (target.subresource) check(target, 'create')
      else checkCollection(target, 'create')
      asking(context, 'create', target, options)
      if (target.subresource || target.resource.virtual)
        return act(actions, { target, body, options, context, registry })
      return served(ports, target, create(ports, target, body, options, context))
    },
    async update(target, body, options, context) {
      const named = check(target, 'update')
      checkWriteOptions('UpdateOptions', options)
      asking(context, 'update', target, options)
      return served(ports, named, put(ports, named, body, options, context))
    },
    async patch(target, type, body, options, context) {
      const named = check(target, 'patch')
      checkPatchOptions(type, options)
      asking(context, type === 'apply' ? 'apply' : 'patch', target, options)
      return served(
        ports,
        named,
        type === 'apply'
          ? apply(ports, named, body, options, context)
          : patch(ports, named, type, body, options, context),
      )
    },
    async delete(target, options, context) {
      const named = check(target, 'delete')
      asking(context, 'delete', target)
      return remove(ports, named, options, context)
    },
    async deleteCollection(target, selection, options, context) {
      checkCollection(target, 'deletecollection')
      asking(context, 'deletecollection', target)
      return deleteCollection(ports, target, selection, options, context)
    },
    admit: (target, subject, options, context) =>
      admitAlone(ports, target, subject, options, context),
  }
  return registry
}

/** What is not found may only not be served yet. */
async function located(
  { settled }: RegistryPorts,
  resources: ResourceSet,
  ...path: Parameters<ResourceSet['find']>
): Promise<Resource | undefined> {
  const found = resources.find(...path)
  if (found || !settled) return found
  await settled()
  return resources.find(...path)
}

/** A POST that makes no object. @throws StatusError 501 */
async function act(actions: Actions, request: ActionRequest): Promise<Written> {
  checkWriteOptions('CreateOptions', request.options)
  const name = actionName(request.target)
  const action = actions.get(name)
  if (!action) throw notServed(name)
  return action(request)
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

async function patch(
  ports: RegistryPorts,
  target: NamedTarget,
  type: PlainPatchType,
  body: Body,
  options: WriteOptions,
  context: RequestContext,
): Promise<Written> {
  const read = readPatch(type, body, options, context)
  const { resource, subresource } = target
  if (subresource === 'scale') {
    const make = (old: Scale) => read.apply(old, scaleBody)
    return changeScale(ports, target, { make }, options, context)
  }
  const make = (old: KubernetesObject | undefined) => read.apply(old!, resource)
  return update(ports, target, { make, ...partOf(target), whole: false }, options, context)
}

async function apply(
  ports: RegistryPorts,
  target: NamedTarget,
  body: Body,
  options: WriteOptions & { force?: boolean },
  context: RequestContext,
): Promise<Written> {
  const config = readConfig(body, options, context)
  if (target.subresource === 'scale') {
    const make = (old: Scale, write: FieldWrite) => config.apply(old, write, scaleBody)
    return changeScale(ports, target, { make, owned: true }, options, context)
  }
  const write = fieldWriteOf(ports, target, options, context)
  const make = (old: KubernetesObject | undefined) =>
    write.conversions.during(() => config.apply(old, write, target.resource))
  const change: Change = { make, ...partOf(target), whole: false, creates: true, owned: true }
  return update(ports, target, change, options, context)
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
    return changeScale(ports, target, { make }, options, context)
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
  const object = cloneJson(old)
  const { uid, resourceVersion, name } = body.metadata ?? {}
  if (uid) object.metadata.uid = uid
  if (resourceVersion) object.metadata.resourceVersion = resourceVersion
  if (name) object.metadata.name = name
  const { finalizers } = (body.spec ?? {}) as { finalizers?: string[] }
  object.spec = { ...(object.spec as object | undefined), finalizers }
  return object
}
