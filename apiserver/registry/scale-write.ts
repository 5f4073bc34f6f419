/** Writes to `/scale`: a change of one number of the object, and of who owns it. */

import type { KubernetesObject } from '../../api/object.ts'
import { type FieldWrite, trackWrite } from '../apply/field-manager.ts'
import { ownReplicas, scaleManagers, scaleWriteOf } from '../apply/scale-ownership.ts'
import type { NamedTarget } from './current.ts'
import { fieldWriteOf } from './field-ownership.ts'
import type { RegistryPorts } from './ports.ts'
import type { RequestContext, WriteOptions, Written } from './registry.ts'
import { readScale, type Scale, scaleShown, writeScale } from './scale.ts'
import { type Change, update } from './update.ts'

export interface ScaleChange {
  /** The new scale from the current one, whose `managedFields` are those of its object that concern it. */
  make(old: Scale, write: FieldWrite): Scale
  /** `make` says whose the replicas are. */
  owned?: true
}

export async function changeScale(
  ports: RegistryPorts,
  target: NamedTarget,
  change: ScaleChange,
  options: WriteOptions,
  context: RequestContext,
): Promise<Written> {
  const { resource } = target
  const write = fieldWriteOf(ports, target, options, context)
  const make = (old: KubernetesObject | undefined) => rescaled(write, old!, change)
  const plan: Change = {
    make,
    part: 'object',
    whole: false,
    owned: true,
    shown: scaleShown(resource),
  }
  const { object } = await update(ports, target, plan, options, context)
  const scale = readScale(resource, object)
  return { object: scale, bytes: Buffer.from(JSON.stringify(scale)), created: false }
}

function rescaled(write: FieldWrite, old: KubernetesObject, change: ScaleChange): KubernetesObject {
  const current = readScale(write.resource, old)
  const managedFields = scaleManagers(write, old)
  if (managedFields) current.metadata.managedFields = managedFields
  const scaleWrite = scaleWriteOf(write)
  const scale = change.make(current, scaleWrite)
  scale.metadata ??= {}
  if (!change.owned) trackWrite(scaleWrite, current, scale)
  const object = writeScale(write.resource, old, scale)
  ownReplicas(write, old, scale, object)
  return object
}
