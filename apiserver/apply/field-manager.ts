/**
 * The door to this room: who owns which fields after a write, and what an object is once a configuration was applied
 * to it. It knows kinds and versions; it stores nothing, and asks nobody.
 */

import type { KubernetesObject } from '../../api/object.ts'
import { same } from '../../api/same.ts'
import { badRequest, StatusError } from '../http/status.ts'
import { apiVersionOf, type Resource } from '../resources/resource.ts'
import { apply } from './apply.ts'
import { ApplyConflict, conflictError } from './conflicts.ts'
import { problemsOf, problemText } from './conformance.ts'
import type { Conversions } from './conversions.ts'
import { type JsonObject, TypeMismatch } from './elements.ts'
import { difference, isEmpty } from './field-set.ts'
import { fieldsOfNew } from './first-fields.ts'
import { emptyObject, typeOf } from './kinds.ts'
import { fieldsOfLastApplied, kubectl, rememberApplied } from './last-applied.ts'
import {
  type ManagedFieldsEntry,
  ManagedFieldsError,
  type ManagerName,
  type Managers,
  managedFieldsOf,
  managerId,
  readManagers,
  storedManagers,
  writeManagers,
} from './managers.ts'
import { type Find, otherVersion, sibling } from './other-versions.ts'
import { resetFields } from './tracked-fields.ts'
import { trackUpdate } from './update-tracking.ts'
import type { Written } from './versions.ts'

/** Who writes what, and when. */
export interface FieldWrite {
  resource: Resource
  /** Empty for the object itself. */
  subresource: string
  manager: string
  /** As objects say times: `2026-01-02T03:04:05Z`. */
  now: string
  /** Where other versions of the kind are found. */
  find?: Find
  /** How objects are seen in them: a write that may have to wait for that is made `during` them. */
  conversions: Conversions
}

/** Fields of an object that had no managers before it was first applied. */
const beforeFirstApply = 'before-first-apply'

function writtenOf(
  { resource, subresource, find, conversions }: FieldWrite,
  sample: KubernetesObject,
): Written {
  return {
    apiVersion: apiVersionOf(resource),
    type: typeOf(resource),
    reset: resetFields(resource, subresource),
    other(apiVersion) {
      const other = sibling(resource, apiVersion, find)
      return other && otherVersion(resource, other, sample, conversions)
    },
    serves: (apiVersion) => sibling(resource, apiVersion, find) !== undefined,
  }
}

const nameOf = (
  { resource, subresource, manager }: FieldWrite,
  operation: ManagerName['operation'],
): ManagerName => ({
  manager: manager || 'unknown',
  operation,
  apiVersion: apiVersionOf(resource),
  subresource,
})

const withoutManagers = (object: KubernetesObject): KubernetesObject => {
  const { managedFields: _, ...metadata } = object.metadata ?? {}
  return { ...object, metadata }
}

/**
 * Sets `managedFields` of an object that is about to be stored in place of `live`, or for the first time. What the
 * client sent there is taken where it is right, since that is how managers are edited; `[{}]` forgets them all.
 */
export function trackWrite(
  write: FieldWrite,
  live: KubernetesObject | undefined,
  object: KubernetesObject,
): void {
  const { managedFields: sent } = object.metadata
  const managers = startingManagers(write, live, managedFieldsOf(object))
  delete object.metadata.managedFields
  // Who had no managers until now has none until somebody applies.
  if (live && managers.size === 0) return
  try {
    if (live || managers.size > 0) trackChange(managers, write, live, object)
    else trackNew(managers, write, object)
    writeManagers(object, managers)
  } catch (error) {
    if (!(error instanceof TypeMismatch)) {
      if (sent) object.metadata.managedFields = sent
      throw error
    }
    // What is no object of its kind is refused by validation; until then nobody owns anything else than before.
    const kept = live && managedFieldsOf(live)
    if (kept) object.metadata.managedFields = [...kept]
  }
}

function trackChange(
  managers: Managers,
  write: FieldWrite,
  live: KubernetesObject | undefined,
  object: KubernetesObject,
): void {
  const before = live ? withoutManagers(live) : emptyObject(write.resource)
  const name = nameOf(write, 'Update')
  trackUpdate(managers, writtenOf(write, object), before, object, name, write.now)
}

/** Whoever makes an object owns all of it: the same as a change from nothing, and nearly all objects begin so. */
function trackNew(managers: Managers, write: FieldWrite, object: KubernetesObject): void {
  const { resource, subresource, now } = write
  const type = typeOf(resource)
  if (type.kind !== 'struct') {
    trackChange(managers, write, undefined, object)
    return
  }
  const whole = fieldsOfNew(
    emptyObject(resource) as object as JsonObject,
    object as object as JsonObject,
    type,
  )
  const fields = resetFields(resource, subresource).keep(whole)
  const name = nameOf(write, 'Update')
  if (!isEmpty(fields)) managers.set(managerId(name), { ...name, time: now, fields })
}

const isEmptyEntry = (entry: ManagedFieldsEntry | undefined): boolean =>
  entry !== undefined && Object.values(entry).every((value) => value === undefined || value === '')

function startingManagers(
  { subresource }: FieldWrite,
  live: KubernetesObject | undefined,
  sent: readonly ManagedFieldsEntry[] | undefined,
): Managers {
  const stored = () => (live ? storedManagers(live) : new Map())
  if (sent === undefined || subresource !== '') return stored()
  if (live && same(sent, managedFieldsOf(live))) return stored()
  if (sent.length === 0 || (sent.length === 1 && isEmptyEntry(sent[0]))) return new Map()
  try {
    return readManagers(sent)
  } catch (error) {
    if (error instanceof ManagedFieldsError) return stored()
    throw error
  }
}

/**
 * The object that a configuration makes of `live`, or a new one, `managedFields` included. Raw: it is decoded,
 * defaulted and checked afterwards. It shares parts with both, which are left alone.
 * @param config as it was sent
 * @throws StatusError 400, 409 conflicts, 500 what is not of its kind
 */
export function applyConfig(
  write: FieldWrite,
  live: KubernetesObject | undefined,
  config: KubernetesObject,
  force: boolean,
): KubernetesObject {
  checkConfig(write, config)
  const { resource, now } = write
  const type = typeOf(resource)
  const sample = live ?? emptyObject(resource)
  const base = withoutManagers(sample)
  const written = writtenOf(write, base)
  const problems = problemsOf(config, type)
  if (problems.length > 0) throw untypable('patch', config, resource, problemText(problems))
  const application = { live: base, config, by: nameOf(write, 'Apply'), now }
  write.conversions.check()
  const attempt = (forced: boolean) => {
    const managers = live ? appliedManagers(write, live, written) : new Map()
    const object = { ...apply(managers, written, { ...application, force: forced }) }
    object.metadata = { ...object.metadata }
    if (write.manager === kubectl) rememberApplied(object, config)
    writeManagers(object, managers)
    return object
  }
  try {
    return attempt(force)
  } catch (error) {
    if (error instanceof TypeMismatch) throw untypable('live', sample, resource, error.message)
    if (!(error instanceof ApplyConflict)) throw error
    return settleConflict(error, write, base, () => attempt(true))
  }
}

/** What client-side apply set may be taken over by the one who moves on from it. */
function settleConflict(
  { conflicts }: ApplyConflict,
  { manager, resource }: FieldWrite,
  live: KubernetesObject,
  forced: () => KubernetesObject,
): KubernetesObject {
  const allowed =
    manager === kubectl
      ? fieldsOfLastApplied(live, typeOf(resource), apiVersionOf(resource))
      : undefined
  if (!allowed) throw conflictError(conflicts)
  const left = conflicts.map((conflict) => ({
    ...conflict,
    fields: difference(conflict.fields, allowed),
  }))
  if (left.every(({ fields }) => isEmpty(fields))) return forced()
  throw conflictError(left)
}

/** The managers of an object, which has one for all of its fields if it had none. */
function appliedManagers(write: FieldWrite, live: KubernetesObject, written: Written): Managers {
  const managers = storedManagers(live)
  if (managers.size > 0) return managers
  const before = emptyObject(write.resource)
  const name = nameOf({ ...write, manager: beforeFirstApply }, 'Update')
  trackUpdate(managers, written, before, withoutManagers(live), name, write.now)
  return managers
}

/** @throws StatusError 400 */
function checkConfig({ resource }: FieldWrite, config: KubernetesObject): void {
  const { apiVersion, kind, metadata } = config
  if (apiVersion !== apiVersionOf(resource) || kind !== resource.kind)
    throw badRequest(`invalid object type: ${kindText(config)}`)
  const managed: unknown = metadata?.managedFields
  if (managed !== undefined && managed !== null)
    throw badRequest('metadata.managedFields must be nil')
}

/** As Go prints a group, version and kind. */
function kindText({ apiVersion, kind }: KubernetesObject): string {
  const text = textOf(apiVersion)
  return `${text.includes('/') ? text : `/${text}`}, Kind=${textOf(kind)}`
}

/** A plain error of the API's, and so no reason and 500. */
function untypable(
  which: 'patch' | 'live',
  object: KubernetesObject,
  resource: Resource,
  why: string,
): StatusError {
  // As sent: what is no text is the why.
  const { namespace, name } = (object.metadata ?? {}) as Record<string, unknown>
  const kind = kindText({ metadata: {}, apiVersion: apiVersionOf(resource), kind: resource.kind })
  return new StatusError(
    500,
    '',
    `failed to create typed ${which} object (${textOf(namespace)}/${textOf(name)}; ${kind}): ${why}`,
  )
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')
