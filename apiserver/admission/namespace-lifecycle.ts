/**
 * Namespaces are there before their content and stay until it is gone: nothing is made in one that is missing or
 * on its way out, and the cluster's own ones cannot be deleted.
 */

import { notFound } from '../http/status.ts'
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts'
import { concerns } from './admission.ts'
import { refusal } from './refusal.ts'

/** What is known of a namespace, by a read that is recent enough. `undefined`: there is none. */
export type NamespaceLookup = (name: string) => Promise<{ terminating: boolean } | undefined>

const immortal = new Set(['default', 'kube-system', 'kube-public'])
/** They only ask, also about what is on its way out. */
const questions = new Set(['localsubjectaccessreviews'])

async function requireLiving(lookup: NamespaceLookup, request: AdmissionRequest): Promise<void> {
  const { namespace } = request
  const found = await lookup(namespace)
  if (!found) throw notFound({ group: '', plural: 'namespaces' }, namespace)
  if (!found.terminating) return
  throw refusal(
    request,
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
      const { operation, resource, name } = request
      if (operation === 'DELETE' && concerns(request, 'namespaces') && immortal.has(name))
        throw refusal(request, 'this namespace may not be deleted')
      if (operation === 'CREATE' && resource.namespaced && !questions.has(resource.plural))
        return requireLiving(lookup, request)
    },
  }
}
