/** What every node's agent may do alike; the node authorizer narrows some of it to the node's own. */

import type { PolicyRule } from '../rbac/policy-rule.ts'
import { read, rule } from './rules.ts'

export const nodeRules: readonly PolicyRule[] = [
  rule('authentication.k8s.io', ['tokenreviews'], ['create']),
  rule('authorization.k8s.io', ['localsubjectaccessreviews', 'subjectaccessreviews'], ['create']),
  rule('', ['services'], read),
  rule('', ['nodes'], ['create', ...read]),
  rule('', ['nodes/status'], ['patch', 'update']),
  rule('', ['nodes'], ['patch', 'update']),
  rule('', ['events'], ['create', 'patch', 'update']),
  rule('', ['pods'], read),
  rule('', ['pods'], ['create', 'delete']),
  rule('', ['pods/status'], ['patch', 'update']),
  rule('', ['pods/eviction'], ['create']),
  rule('', ['configmaps', 'secrets'], read),
  rule('', ['persistentvolumeclaims', 'persistentvolumes'], ['get']),
  rule('', ['endpoints'], ['get']),
  rule('certificates.k8s.io', ['certificatesigningrequests'], ['create', ...read]),
  rule('coordination.k8s.io', ['leases'], ['create', 'delete', 'get', 'patch', 'update']),
  rule('storage.k8s.io', ['volumeattachments'], ['get']),
  rule('', ['persistentvolumeclaims/status'], ['get', 'patch', 'update']),
  rule('', ['serviceaccounts/token'], ['create']),
  rule('storage.k8s.io', ['csidrivers'], read),
  rule('storage.k8s.io', ['csinodes'], ['create', 'delete', 'get', 'patch', 'update']),
  rule('node.k8s.io', ['runtimeclasses'], read),
  rule('resource.k8s.io', ['resourceclaims'], ['get']),
  rule('resource.k8s.io', ['resourceslices'], ['deletecollection']),
  rule(
    'resource.k8s.io',
    ['resourceslices'],
    ['create', 'delete', 'get', 'patch', 'update', ...read.slice(1)],
  ),
  rule('certificates.k8s.io', ['podcertificaterequests'], ['create', ...read]),
  rule('certificates.k8s.io', ['clustertrustbundles'], read),
]
