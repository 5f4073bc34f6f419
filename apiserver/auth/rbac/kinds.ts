/** The kinds of `rbac.authorization.k8s.io`, for writing them as any client does. */

import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../../api/types.ts'
import type { Kind } from '../../../controllers/framework/kind.ts'
import { rbacGroup } from './role-index.ts'

const kind = <T>(name: string, plural: string, namespaced: boolean): Kind<T> => ({
  group: rbacGroup,
  version: 'v1',
  kind: name,
  plural,
  namespaced,
})

export const ClusterRoleKind = kind<ClusterRole>('ClusterRole', 'clusterroles', false)
export const ClusterRoleBindingKind = kind<ClusterRoleBinding>(
  'ClusterRoleBinding',
  'clusterrolebindings',
  false,
)
export const RoleKind = kind<Role>('Role', 'roles', true)
export const RoleBindingKind = kind<RoleBinding>('RoleBinding', 'rolebindings', true)
