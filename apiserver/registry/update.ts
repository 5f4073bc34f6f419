/**
 * Every change of an object that is there: PUT and PATCH, on the object and on its subresources. One path: make the
 * new version from the current one, admit, prepare, validate, compare-and-set; from the start again if somebody
 * else was faster, unless the client named the version it meant.
 */

import type { GroupVersionKind, KubernetesObject } from '../../api/object.ts'
import type { AdmissionRequest } from '../admission/admission.ts'
import { conflict, invalid, notFound } from '../http/status.ts'
import { invalid as invalidField } from '../resources/field-errors.ts'
import { validateMetadata, validateMetadataUpdate } from '../resources/metadata-validation.ts'
import type { FieldError, SubresourcePart } from '../resources/resource.ts'
import { encodeObject, splice } from '../watch/encode.ts'
import { admissionRequest } from './admission-request.ts'
import { createDecoded } from './create.ts'
import { type Attempt, type Current, keyOfTarget, type NamedTarget, onCurrent } from './current.ts'
import { isDueForRemoval } from './deletion-rules.ts'
import { examined } from './examination.ts'
import { restoreManagers, trackFields } from './field-ownership.ts'
import { encoded, toStored } from './forms.ts'
import { alignWithTarget, changesNothing, countGeneration, restoreForUpdate } from './metadata.ts'
import type { RegistryPorts } from './ports.ts'
import type { RequestContext, WriteOptions, Written } from './registry.ts'
import { noteOf } from './write-note.ts'
import { writeObject } from './write-object.ts'

export interface Change {
  /**
   * The new version, the pipeline's own, from the current one, which must not be changed. Called again when somebody
   * else was faster. `old` is `undefined` where the object is not there: then it makes one to be created.
   */
  make(old: KubernetesObject | undefined): KubernetesObject | Promise<KubernetesObject>
  /**
   * Which part it may change: the object, its status, or what `make` changed and nothing else (bindings, finalize),
   * which then also answers for its being right.
   */
  part: 'object' | 'status' | 'own'
  /** The subresource's own rules, for an `own` part that the client sent. */
  only?: SubresourcePart
  /**
   * The client sent the whole object: it answers for the resourceVersion, and may make what is not there. Otherwise
   * the current one's stands in what `make` returns, unless the client insists on another.
   */
  whole: boolean
  /** What is not there is made, also of kinds that PUT does not create: apply. */
  creates?: true
  /** `make` says itself whose the fields are. */
  owned?: true
  /** What admission is shown of the object, and how it takes over what admission changed of that: `Scale`. */
  shown?: {
    kind: GroupVersionKind
    of(object: KubernetesObject): KubernetesObject
    take(object: KubernetesObject, shown: KubernetesObject): void
  }
  /** By another object that asked for it: a Binding, an Eviction. */
  admitted?: true
}

export async function update(
  ports: RegistryPorts,
  target: NamedTarget,
  change: Change,
  options: WriteOptions,
  context: RequestContext,
): Promise<Written> {
  return onCurrent(ports, target, context.signal, (current) =>
    current
      ? replace(ports, target, change, current, options, context)
      : createAbsent(ports, target, change, options, context),
  )
}

/** PUT of what is not there creates it, for the kinds that allow it; apply creates any. */
async function createAbsent(
  ports: RegistryPorts,
  target: NamedTarget,
  change: Change,
  options: WriteOptions,
  context: RequestContext,
): Promise<Attempt<Written>> {
  const { resource } = target
  const creates = change.creates ?? (change.whole && resource.strategy.createOnUpdate)
  if (change.part !== 'object' || !creates) throw notFound(resource, target.name)
  const object = await change.make(undefined)
  const { uid } = object.metadata
  if (uid) throw change.creates ? nothingWithUid(target, uid) : uidMismatch(target, uid, '')
  delete object.metadata.resourceVersion
  await context.mayCreate?.()
  const created = await createDecoded(ports, target, object, options, context, change.owned)
  return { type: 'written', value: created }
}

async function replace(
  ports: RegistryPorts,
  target: NamedTarget,
  change: Change,
  current: Current,
  options: WriteOptions,
  context: RequestContext,
): Promise<Attempt<Written>> {
  const { object: old } = current
  const object = await change.make(old)
  checkIdentity(target, change, object, current)
  const request = await prepare(ports, target, change, object, old, options, context)
  let outcome: Attempt<Written> | undefined
  try {
    outcome = await write(ports, target, object, current, options, context, change.owned)
    return outcome
  } finally {
    if (outcome?.type !== 'written') await ports.admission.undo(request)
  }
}

async function write(
  ports: RegistryPorts,
  target: NamedTarget,
  object: KubernetesObject,
  current: Current,
  options: WriteOptions,
  context: RequestContext,
  owned = false,
): Promise<Attempt<Written>> {
  const { object: old } = current
  if (changesNothing(object, old) && (await isStoredSo(target.resource, object, current)))
    return { type: 'settled', value: { object: old, bytes: current.bytes(), created: false } }
  if (isDueForRemoval(object, old)) return remove(ports, target, object, current, options, context)
  return store(ports, target, object, current, options, context, owned)
}

/**
 * A write that changes nothing of a custom object is one after all where it is stored in an older version, or without
 * what has a default since: so objects are migrated.
 */
async function isStoredSo(
  resource: NamedTarget['resource'],
  object: KubernetesObject,
  { stored }: Current,
): Promise<boolean> {
  return !resource.custom || changesNothing(await toStored(resource, object), stored)
}

/** Name, version and uid that the client sent must be those of the object. @throws StatusError 400, 409, 422 */
function checkIdentity(
  target: NamedTarget,
  { whole }: Change,
  object: KubernetesObject,
  { object: old, revision }: Current,
): void {
  const { resource } = target
  object.metadata ??= {}
  alignWithTarget(object, target)
  const { resourceVersion: version, uid } = object.metadata
  if (version && version !== '0') {
    if (version !== String(revision)) throw conflict(resource, target.name)
  } else if (whole && resource.strategy.unconditionalUpdate === false)
    throw invalid(resource, target.name, [
      // A number, and not the text that stands in JSON: so it is told.
      invalidField('metadata.resourceVersion', 0, 'must be specified for an update'),
    ])
  if (uid && uid !== old.metadata.uid) throw uidMismatch(target, uid, old.metadata.uid ?? '')
}

const uidMismatch = ({ resource, name }: NamedTarget, wanted: string, found: string) =>
  conflict(
    resource,
    name,
    `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`,
  )

const nothingWithUid = ({ resource, name }: NamedTarget, uid: string) =>
  conflict(
    resource,
    name,
    `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
  )

/** Defaults, admission, the strategy's rules, validation. @throws StatusError */
async function prepare(
  ports: RegistryPorts,
  target: NamedTarget,
  change: Change,
  object: KubernetesObject,
  old: KubernetesObject,
  options: WriteOptions,
  context: RequestContext,
): Promise<AdmissionRequest> {
  const { resource, name } = target
  const { part, only } = change
  const { warn } = context
  const { strategy } = resource
  restoreForUpdate(object, old, warn)
  if (part !== 'own' || only) strategy.default?.(object)
  const tracks = !change.owned && !change.admitted
  const track = () => trackFields(ports, target, { live: old, object }, options, context)
  if (tracks && !only) await track()
  const { admission } = ports
  const shown = change.shown ?? { kind: resource, of: (whole: KubernetesObject) => whole }
  const request = admissionRequest(
    target,
    { operation: 'UPDATE', kind: shown.kind, object: shown.of(object), old: shown.of(old) },
    options,
    context,
  )
  if (!change.admitted) {
    const { managedFields } = object.metadata
    await admission.mutate(request)
    restoreManagers(object, managedFields, context)
    change.shown?.take(object, request.object!)
    // What admission added has defaults of its own.
    if (part !== 'own' || only) strategy.default?.(object)
  }
  prepareWritten(ports, change, resource, object, old)
  // Only now does it hold nothing but what the subresource may change.
  if (tracks && only) await track()
  if (part === 'object' || only) countGeneration(object, old, resource)
  const errors = await problemsOf(resource, part, object, old, warn)
  if (only?.validateUpdate) errors.push(...only.validateUpdate(object, old))
  if (errors.length > 0) throw invalid(resource, name, errors)
  if (part === 'object') for (const text of strategy.warnings?.(object, old) ?? []) warn(text)
  if (change.admitted) return request
  if (change.shown) request.object = change.shown.of(object)
  await admission.validate(request)
  return request
}

/** What of the part that is written is not the client's to say. */
function prepareWritten(
  ports: RegistryPorts,
  { part, only }: Change,
  { strategy }: NamedTarget['resource'],
  object: KubernetesObject,
  old: KubernetesObject,
): void {
  switch (part) {
    case 'object':
      strategy.prepareForUpdate?.(object, old, ports)
      break
    case 'status':
      if (strategy.prepareForStatusUpdate) strategy.prepareForStatusUpdate(object, old, ports)
      else keepAllButStatus(object, old)
      break
    case 'own':
      only?.prepareForUpdate(object, old, ports)
      break
    default:
      part satisfies never
  }
}

async function problemsOf(
  resource: NamedTarget['resource'],
  part: Change['part'],
  object: KubernetesObject,
  old: KubernetesObject,
  warn: (text: string) => void,
): Promise<FieldError[]> {
  const { strategy } = resource
  const errors = [...validateMetadata(resource, object), ...validateMetadataUpdate(object, old)]
  switch (part) {
    case 'object':
      if (strategy.validate) errors.push(...strategy.validate(object))
      if (strategy.validateUpdate) errors.push(...strategy.validateUpdate(object, old))
      errors.push(...(await examined(strategy.examine?.(object, old, warn))))
      break
    case 'status':
      if (strategy.validateStatusUpdate) errors.push(...strategy.validateStatusUpdate(object, old))
      errors.push(...(await examined(strategy.examineStatus?.(object, old, warn))))
      break
    case 'own':
      break
    default:
      part satisfies never
  }
  return errors
}

const fromClient = new Set(['metadata', 'status'])

function keepAllButStatus(object: KubernetesObject, old: KubernetesObject): void {
  for (const field of Object.keys(object)) if (!fromClient.has(field)) delete object[field]
  for (const field of Object.keys(old)) if (!fromClient.has(field)) object[field] = old[field]
}

/** The bytes that readers of `revision` see. */
const encodeAt = (object: KubernetesObject, revision: number) =>
  splice(encodeObject(object), revision)

async function store(
  ports: RegistryPorts,
  target: NamedTarget,
  object: KubernetesObject,
  { object: old, revision }: Current,
  { dryRun = false }: WriteOptions,
  context: RequestContext,
  owned = false,
): Promise<Attempt<Written>> {
  const { resource } = target
  const reservation = await ports.allocator.reserve(resource, object, old, dryRun)
  if (dryRun) {
    const { shown } = await encoded(resource, object)
    object.metadata.resourceVersion = String(revision)
    return { type: 'settled', value: { object, bytes: splice(shown, revision), created: false } }
  }
  const note = noteOf(ports, context)
  const place = { key: keyOfTarget(target), expect: revision, note, sheds: !owned }
  const result = await writeObject(ports, resource, object, place)
  if (!result.ok) {
    await reservation.rollBack()
    return { type: 'overtaken', by: result.current }
  }
  await ports.allocator.releaseUnused(resource, old, object)
  object.metadata.resourceVersion = String(result.revision)
  return { type: 'written', value: { object, bytes: result.bytes, created: false } }
}

/** The last finalizer is gone: so is the object. Watchers are told of that alone. */
async function remove(
  ports: RegistryPorts,
  target: NamedTarget,
  object: KubernetesObject,
  { object: old, revision }: Current,
  { dryRun = false }: WriteOptions,
  context: RequestContext,
): Promise<Attempt<Written>> {
  const answer = (at: number): Written => {
    object.metadata.resourceVersion = String(at)
    return { object, bytes: encodeAt(object, at), created: false }
  }
  if (dryRun) return { type: 'settled', value: answer(revision) }
  const key = keyOfTarget(target)
  const note = noteOf(ports, context)
  const result = await ports.storage.write({ key, value: undefined, expect: revision, note })
  if (!result.ok) return { type: 'overtaken', by: result.current }
  await ports.allocator.releaseUnused(target.resource, old)
  return { type: 'written', value: answer(result.revision) }
}
