/** A write as admission sees it, made the same way on every path. */

import type { KubernetesObject } from '../../api/object.ts'
import type { AdmissionRequest } from '../admission/admission.ts'
import type { RegistryPorts } from './ports.ts'
import type { DeleteOptions, RequestContext, Target, WriteOptions } from './registry.ts'

type Subject = Pick<AdmissionRequest, 'operation' | 'object' | 'old'> &
  Partial<Pick<AdmissionRequest, 'kind' | 'name'>>

/** @param subject `kind` and `name` are those of the target unless told. */
export function admissionRequest(
  target: Target,
  subject: Subject,
  options: WriteOptions | DeleteOptions | undefined,
  context: RequestContext,
): AdmissionRequest {
  const { resource, namespace, name = '', subresource = '' } = target
  const { operation, object, old, kind = resource } = subject
  return {
    operation,
    resource,
    kind,
    subresource,
    namespace,
    name: subject.name ?? name,
    object,
    old,
    options: options && onTheWire(operation, options),
    dryRun: options?.dryRun === true,
    user: context.user,
    warn: context.warn,
    audit: context.audit,
    // Few ask for it, and it is not free.
    get signal() {
      return context.signal
    },
  }
}

const kinds = {
  CREATE: 'CreateOptions',
  UPDATE: 'UpdateOptions',
  DELETE: 'DeleteOptions',
  CONNECT: undefined,
}

/** Of a patch, too, admission sees the options of an update: whether it was forced is not among them. */
function onTheWire(
  operation: AdmissionRequest['operation'],
  given: WriteOptions | DeleteOptions,
): AdmissionRequest['options'] {
  const kind = kinds[operation]
  if (kind === undefined) return undefined
  const { dryRun, force: _, ...options } = given as WriteOptions & { force?: boolean }
  const said = Object.entries(options).filter(([, value]) => value !== undefined)
  const all = dryRun ? { dryRun: ['All'] } : {}
  return { kind, apiVersion: 'meta.k8s.io/v1', ...Object.fromEntries(said), ...all }
}

/** All of admission for what is sent to a subresource in place of the object: `Binding`, `PodExecOptions`. */
export async function admitAlone(
  { admission }: RegistryPorts,
  target: Target,
  subject: Pick<AdmissionRequest, 'operation' | 'kind'> & { object: KubernetesObject },
  options: WriteOptions | undefined,
  context: RequestContext,
): Promise<void> {
  const request = admissionRequest(target, { ...subject, old: undefined }, options, context)
  await admission.mutate(request)
  await admission.validate(request)
}
