/** DELETE of one object and of many. */

import type { KubernetesObject } from '../../api/object.ts'
import { conflict } from '../http/status.ts'
import type { Resource } from '../resources/resource.ts'
import { encodeObject, splice } from '../watch/encode.ts'
import { admissionRequest } from './admission-request.ts'
import {
  type Attempt,
  type Current,
  keyOfTarget,
  type NamedTarget,
  onCurrent,
  required,
} from './current.ts'
import { decideDeletion, saysPropagation } from './deletion-rules.ts'
import { encoded } from './forms.ts'
import { checkDeleteOptions } from './options.ts'
import type { RegistryPorts } from './ports.ts'
import type { Deleted, DeleteOptions, RequestContext } from './registry.ts'
import { noteOf } from './write-note.ts'

/** @param admitted by another object that asked for it: an Eviction */
export async function remove(
  ports: RegistryPorts,
  target: NamedTarget,
  options: DeleteOptions,
  context: RequestContext,
  admitted = false,
): Promise<Deleted> {
  checkDeleteOptions(options)
  const warning = target.resource.strategy.orphansByDefault?.warning
  if (warning !== undefined && !saysPropagation(options)) context.warn(warning)
  return onCurrent(ports, target, context.signal, (current) =>
    attempt(ports, target, required(current, target), options, context, admitted),
  )
}

async function attempt(
  ports: RegistryPorts,
  target: NamedTarget,
  current: Current,
  options: DeleteOptions,
  context: RequestContext,
  admitted: boolean,
): Promise<Attempt<Deleted>> {
  const { object: old, revision } = current
  checkPreconditions(target, options, current)
  if (!admitted) await admit(ports, target, old, options, context)
  const { resource } = target
  const deletion = decideDeletion(resource, old, options, ports.clock)
  const dryRun = options.dryRun === true
  switch (deletion.type) {
    case 'pending':
      if (resource.kind === 'Namespace' && resource.group === '') throw stillEmptying(target)
      return { type: 'settled', value: lingering(old, revision) }
    case 'lingers': {
      const { object } = deletion
      if (dryRun) return { type: 'settled', value: lingering(object, revision) }
      const { stored: value } = await encoded(resource, object)
      const result = await ports.storage.write({
        key: keyOfTarget(target),
        value,
        expect: revision,
        note: noteOf(ports, context),
      })
      if (!result.ok) return { type: 'overtaken', by: result.current }
      return { type: 'written', value: lingering(object, result.revision) }
    }
    case 'goes': {
      if (dryRun) return { type: 'settled', value: gone(resource, old, revision) }
      const key = keyOfTarget(target)
      const note = noteOf(ports, context)
      const result = await ports.storage.write({ key, value: undefined, expect: revision, note })
      if (!result.ok) return { type: 'overtaken', by: result.current }
      await ports.allocator.releaseUnused(resource, old)
      return { type: 'written', value: gone(resource, old, result.revision) }
    }
    default:
      return deletion satisfies never
  }
}

/** What the client is told of what is no longer there: for some kinds, what it was. */
const gone = ({ strategy }: Resource, object: KubernetesObject, revision: number): Deleted =>
  strategy.returnsDeleted ? lingering(object, revision) : { gone: true, object }

function lingering(object: KubernetesObject, revision: number): Deleted {
  const metadata = { ...object.metadata, resourceVersion: String(revision) }
  return {
    gone: false,
    object: { ...object, metadata },
    bytes: splice(encodeObject(object), revision),
  }
}

async function admit(
  { admission }: RegistryPorts,
  target: NamedTarget,
  old: KubernetesObject,
  options: DeleteOptions,
  context: RequestContext,
): Promise<void> {
  const subject = { operation: 'DELETE' as const, object: undefined, old }
  const request = admissionRequest({ ...target, subresource: '' }, subject, options, context)
  await admission.mutate(request)
  await admission.validate(request)
}

/** @throws StatusError 409 */
function checkPreconditions(
  { resource, name }: NamedTarget,
  { preconditions }: DeleteOptions,
  { object, revision }: Current,
): void {
  const { uid, resourceVersion } = preconditions ?? {}
  const failed = (what: string, wanted: string, found: string) =>
    conflict(
      resource,
      name,
      `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`,
    )
  if (uid !== undefined && uid !== object.metadata.uid)
    throw failed('UID', uid, object.metadata.uid ?? '')
  if (resourceVersion !== undefined && resourceVersion !== String(revision))
    throw failed('ResourceVersion', resourceVersion, String(revision))
}

const stillEmptying = ({ resource, name }: NamedTarget) =>
  conflict(
    resource,
    name,
    'The system is ensuring all content is removed from this namespace.  Upon completion, this namespace will automatically be purged by the system.',
  )
