/**
 * What is asked of `metadata` whatever the kind: names, labels, annotations, owners, finalizers, and what an
 * update may not change. The texts are those of the Kubernetes API.
 */

import type { KubernetesObject, ObjectMeta, OwnerReference } from '../../api/object.ts'
import { forbidden, invalid, required, tooLong } from './field-errors.ts'
import { validateLabels } from './label-selector-validation.ts'
import { labelProblems, qualifiedNameProblems, subdomainName } from './name-validation.ts'
import type { FieldError, Resource } from './resource.ts'

const annotationsLimit = 256 * 1024

/** Problems with an object's metadata as it stands, on create and on update. */
export function validateMetadata(resource: Resource, { metadata }: KubernetesObject): FieldError[] {
  return [
    ...validateNames(resource, metadata),
    ...validateLabels(metadata.labels, 'metadata.labels'),
    ...validateAnnotations(metadata.annotations),
    ...validateOwners(metadata.ownerReferences),
    ...validateFinalizers(metadata.finalizers),
  ]
}

function nameProblems(resource: Resource, name: string, prefix: boolean): string[] {
  return (resource.validateName ?? subdomainName)(name, prefix)
}

function validateNames(resource: Resource, metadata: ObjectMeta): FieldError[] {
  const { name = '', generateName = '', namespace = '' } = metadata
  const errors: FieldError[] = []
  if (generateName !== '')
    for (const problem of nameProblems(resource, generateName, true))
      errors.push(invalid('metadata.generateName', generateName, problem))
  if (name === '') errors.push(required('metadata.name', 'name or generateName is required'))
  else
    for (const problem of nameProblems(resource, name, false))
      errors.push(invalid('metadata.name', name, problem))
  if (resource.namespaced) {
    if (namespace === '') errors.push(required('metadata.namespace'))
    else
      for (const problem of labelProblems(namespace))
        errors.push(invalid('metadata.namespace', namespace, problem))
  } else if (namespace !== '')
    errors.push(forbidden('metadata.namespace', 'not allowed on this type'))
  return errors
}

export function validateAnnotations(annotations: Record<string, string> | undefined): FieldError[] {
  const errors: FieldError[] = []
  let size = 0
  for (const key in annotations) {
    for (const problem of qualifiedNameProblems(key.toLowerCase()))
      errors.push(invalid('metadata.annotations', key, problem))
    size += Buffer.byteLength(key) + Buffer.byteLength(annotations[key] ?? '')
  }
  if (size > annotationsLimit) errors.push(tooLong('metadata.annotations', annotationsLimit))
  return errors
}

function validateOwners(owners: OwnerReference[] | undefined): FieldError[] {
  const field = 'metadata.ownerReferences'
  const errors: FieldError[] = []
  let controller: string | undefined
  let told = false
  for (const owner of owners ?? []) {
    const { apiVersion = '', kind = '', name = '', uid = '' } = owner
    if (apiVersion === '' || apiVersion.endsWith('/'))
      errors.push(invalid(`${field}.apiVersion`, apiVersion, 'version must not be empty'))
    if (kind === '') errors.push(invalid(`${field}.kind`, kind, 'kind must not be empty'))
    if (name === '') errors.push(invalid(`${field}.name`, name, 'name must not be empty'))
    if (uid === '') errors.push(invalid(`${field}.uid`, uid, 'uid must not be empty'))
    if (apiVersion === 'v1' && kind === 'Event')
      errors.push(invalid(field, owner, '/v1, Kind=Event is disallowed from being an owner'))
    if (!owner.controller) continue
    // Told once: the message shows all owners.
    if (controller !== undefined && !told)
      errors.push(
        invalid(
          field,
          owners,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${kind}/${name}`,
        ),
      )
    told = controller !== undefined
    controller ??= `${kind}/${name}`
  }
  return errors
}

function validateFinalizers(finalizers: string[] | undefined): FieldError[] {
  const field = 'metadata.finalizers'
  const errors: FieldError[] = []
  for (const finalizer of finalizers ?? [])
    for (const problem of qualifiedNameProblems(finalizer))
      errors.push(invalid(field, finalizer, problem))
  if (finalizers?.includes('orphan') && finalizers.includes('foregroundDeletion'))
    errors.push(
      invalid(field, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'),
    )
  return errors
}

const immutable = ['name', 'namespace', 'uid', 'creationTimestamp'] as const

/** Problems with the change itself; what the server restores by itself is not among them. */
export function validateMetadataUpdate(
  { metadata }: KubernetesObject,
  { metadata: old }: KubernetesObject,
): FieldError[] {
  const errors: FieldError[] = []
  for (const field of immutable)
    if ((metadata[field] ?? '') !== (old[field] ?? ''))
      errors.push(invalid(`metadata.${field}`, metadata[field], 'field is immutable'))
  if (old.deletionTimestamp !== undefined) {
    const before = new Set(old.finalizers)
    const added = (metadata.finalizers ?? []).filter((finalizer) => !before.has(finalizer))
    if (added.length > 0)
      errors.push(
        forbidden(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`,
        ),
      )
  }
  return errors
}
