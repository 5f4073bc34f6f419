/**
 * Namespaces are there before their content and stay until it is gone: nothing is made in one that is missing or
 * on its way out, and the cluster's own ones cannot be deleted.
 */

import { forbidden, notFound } from '../http/status.ts'
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts'
import { concerns } from './admission.ts'

/** What is known of a namespace, by a read that is recent enough. `undefined`: there is none. */
export type NamespaceLookup = (name: string) => Promise<{ terminating: boolean } | undefined>

const immortal = new Set(['default', 'kube-system', 'kube-public'])

async function requireLiving(lookup: NamespaceLookup, request: AdmissionRequest): Promise<void> {
  const { resource, namespace } = request
  const found = await lookup(namespace)
  if (!found) throw notFound({ group: '', plural: 'namespaces' }, namespace)
  if (!found.terminating) return
  const { name = '' } = request.object?.metadata ?? {}
  throw forbidden(
    resource,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  )
}

export function namespaceLifecycle(lookup: NamespaceLookup): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    mutate(request) {
      const { operation, resource, name, subresource } = request
      if (operation === 'DELETE' && concerns(request, 'namespaces') && immortal.has(name))
        throw forbidden(resource, name, 'this namespace may not be deleted')
      if (operation === 'CREATE' && resource.namespaced && subresource === '')
        return requireLiving(lookup, request)
    },
  }
}
