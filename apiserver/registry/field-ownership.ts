/** Whose the fields of what is written are: the requests' side of `apply/`. */

import type { KubernetesObject } from '../../api/object.ts'
import { time } from '../../ports/clock.ts'
import { Conversions } from '../apply/conversions.ts'
import { type FieldWrite, trackWrite } from '../apply/field-manager.ts'
import { ManagedFieldsError, managedFieldsOf, readManagers } from '../apply/managers.ts'
import type { RegistryPorts } from './ports.ts'
import type { RequestContext, Target, WriteOptions } from './registry.ts'

const longestManager = 128

/** `kubectl/v1.36.0 (linux/amd64)` writes as `kubectl`. */
export function managerOf(userAgent: string): string {
  const [program = ''] = userAgent.split('/', 1)
  if (program.length <= longestManager && /^[\x20-\x7e]*$/.test(program)) return program
  let manager = ''
  let size = 0
  for (const char of program) {
    if (/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(char)) continue
    size += Buffer.byteLength(char)
    if (size > longestManager) break
    manager += char
  }
  return manager
}

/** A write as field management sees it. */
export const fieldWriteOf = (
  { clock, find }: Pick<RegistryPorts, 'clock' | 'find'>,
  { resource, subresource = '' }: Target,
  { fieldManager }: WriteOptions,
  { userAgent }: RequestContext,
): FieldWrite => ({
  resource,
  subresource,
  manager: fieldManager || managerOf(userAgent),
  now: time(clock.now()),
  conversions: new Conversions(),
  ...(find && { find }),
})

/** Sets `managedFields` of an object that is about to be stored, in place of `live` if that is there. */
export function trackFields(
  ports: Pick<RegistryPorts, 'clock' | 'find'>,
  target: Target,
  { live, object }: { live: KubernetesObject | undefined; object: KubernetesObject },
  options: WriteOptions,
  context: RequestContext,
): Promise<void> {
  const write = fieldWriteOf(ports, target, options, context)
  return write.conversions.during(() => trackWrite(write, live, object))
}

/** Puts back what admission made of `managedFields` where it is wrong. @param before as they were */
export function restoreManagers(
  object: KubernetesObject,
  before: readonly unknown[] | undefined,
  { warn }: RequestContext,
): void {
  const entries = managedFieldsOf(object)
  if (entries === undefined || entries === before) return
  try {
    readManagers(entries)
  } catch (error) {
    if (!(error instanceof ManagedFieldsError)) throw error
    warn(
      `.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ${error.message}`,
    )
    if (before) object.metadata.managedFields = [...before]
    else delete object.metadata.managedFields
  }
}
