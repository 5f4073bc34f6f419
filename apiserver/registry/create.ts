/** POST: a new object, through the whole pipeline, stored if its name is free. */

import type { KubernetesObject } from '../../api/object.ts'
import { alreadyExists, invalid, methodNotAllowed, StatusError } from '../http/status.ts'
import { validateMetadata } from '../resources/metadata-validation.ts'
import type { Resource } from '../resources/resource.ts'
import { admissionRequest } from './admission-request.ts'
import type { NamedTarget } from './current.ts'
import { decodeBody } from './decoding.ts'
import { examined } from './examination.ts'
import { restoreManagers, trackFields } from './field-ownership.ts'
import { encoded } from './forms.ts'
import { objectKey } from './keys.ts'
import { alignWithTarget, fillForCreate, generateName } from './metadata.ts'
import { checkWriteOptions } from './options.ts'
import type { RegistryPorts } from './ports.ts'
import type { Body, RequestContext, Target, WriteOptions, Written } from './registry.ts'
import { noteOf } from './write-note.ts'
import { writeObject } from './write-object.ts'

/** Names that are tried for one `generateName`. */
const generatedNames = 8

export async function create(
  ports: RegistryPorts,
  target: Target,
  body: Body,
  options: WriteOptions,
  context: RequestContext,
): Promise<Written> {
  checkWriteOptions('CreateOptions', options)
  const object = decodeBody<KubernetesObject>(body, target.resource, options, context)
  if (object.metadata?.resourceVersion)
    throw new StatusError(
      500,
      'InternalError',
      'resourceVersion should not be set on objects to be created',
    )
  return createDecoded(ports, target, object, options, context)
}

/**
 * The pipeline from admission on, for an object that is the pipeline's own.
 * @param owned it says already whose its fields are
 */
export async function createDecoded(
  ports: RegistryPorts,
  target: Target,
  object: KubernetesObject,
  options: WriteOptions,
  context: RequestContext,
  owned = false,
): Promise<Written> {
  const { resource } = target
  if (resource.terminating) throw terminating()
  const { admission } = ports
  object.metadata ??= {}
  alignWithTarget(object, target)
  resource.strategy.default?.(object)
  if (!owned) await trackFields(ports, target, { live: undefined, object }, options, context)
  const { managedFields } = object.metadata
  const { name = '' } = object.metadata
  const subject = { operation: 'CREATE' as const, name, object, old: undefined }
  const request = admissionRequest(target, subject, options, context)
  await admission.mutate(request)
  // Nobody moves it to a place for which it was not asked.
  alignWithTarget(object, target)
  restoreManagers(object, managedFields, context)
  const generated = !object.metadata.name && Boolean(object.metadata.generateName)
  if (generated) generateName(object, ports.random)
  await prepare(ports, resource, object, context)
  request.name = object.metadata.name ?? ''
  await admission.validate(request)
  try {
    const how = { generated, dryRun: options.dryRun === true, sheds: !owned }
    return await storeNew(ports, target, object, how, context)
  } catch (error) {
    await admission.undo(request)
    throw error
  }
}

interface Storing {
  /** Its name is: while it is taken, others are tried. */
  generated: boolean
  dryRun: boolean
  /** Its managers, where it is too large with them. */
  sheds: boolean
}

async function storeNew(
  ports: RegistryPorts,
  target: Target,
  object: KubernetesObject,
  { generated, dryRun, sheds }: Storing,
  context: RequestContext,
): Promise<Written> {
  const { resource } = target
  for (let tries = 1; ; tries++) {
    const reservation = await ports.allocator.reserve(resource, object, undefined, dryRun)
    const written = await store(ports, target, object, { dryRun, sheds }, context)
    if (written) return written
    await reservation.rollBack()
    if (!generated) throw nameTaken(resource, object)
    if (tries === generatedNames) throw noNameLeft(resource, object)
    generateName(object, ports.random)
    resource.strategy.default?.(object)
  }
}

/** What the server adds, and whether the result is right. @throws StatusError 422 */
async function prepare(
  ports: RegistryPorts,
  resource: Resource,
  object: KubernetesObject,
  context: RequestContext,
): Promise<void> {
  const { strategy } = resource
  fillForCreate(object, resource, ports, context.warn)
  strategy.prepareForCreate?.(object, { ...ports, user: context.user })
  // Again, because admission and the strategy may have added what has defaults of its own.
  strategy.default?.(object)
  const errors = validateMetadata(resource, object)
  if (strategy.validate) errors.push(...strategy.validate(object))
  if (strategy.validateCreate) errors.push(...strategy.validateCreate(object))
  if (strategy.examine) errors.push(...(await examined(strategy.examine(object, undefined))))
  if (errors.length > 0) throw invalid(resource, object.metadata.name ?? '', errors)
  for (const text of strategy.warnings?.(object, undefined) ?? []) context.warn(text)
}

/** `undefined`: the name is taken. */
async function store(
  ports: RegistryPorts,
  { resource, namespace }: Target,
  object: KubernetesObject,
  { dryRun, sheds }: Omit<Storing, 'generated'>,
  context: RequestContext,
): Promise<Written | undefined> {
  const key = objectKey(resource, namespace, object.metadata.name ?? '')
  if (dryRun) {
    const { shown } = await encoded(resource, object)
    const { entry } = await ports.storage.get(key)
    return entry ? undefined : { object, bytes: shown, created: true }
  }
  const place = { key, expect: 0, note: noteOf(ports, context), sheds }
  const result = await writeObject(ports, resource, object, place)
  if (!result.ok) return undefined
  object.metadata.resourceVersion = String(result.revision)
  return { object, bytes: result.bytes, created: true }
}

const terminating = () =>
  methodNotAllowed('create not allowed while custom resource definition is terminating')

const nameTaken = (resource: Resource, { metadata }: KubernetesObject) =>
  alreadyExists(resource, metadata.name ?? '')

function noNameLeft(resource: Resource, { metadata }: KubernetesObject): StatusError {
  const { status, message } = nameTaken(resource, { metadata })
  return new StatusError(
    409,
    'AlreadyExists',
    `${message}, the server was not able to generate a unique name for the object`,
    { ...status.details, retryAfterSeconds: 1 },
  )
}

/** The target of an object that has its name by now. */
export const targetOf = (target: Target, { metadata }: KubernetesObject): NamedTarget => ({
  ...target,
  name: metadata.name ?? '',
})
