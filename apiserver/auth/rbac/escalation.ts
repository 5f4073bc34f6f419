/**
 * Nobody grants by roles what they do not hold themselves: writes to roles need the rights they grant or the verb
 * `escalate`, writes to bindings those of their role or the verb `bind`. Members of `system:masters` hold everything.
 */

import type { KubernetesObject } from '../../../api/object.ts'
import { same } from '../../../api/same.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../../admission/admission.ts'
import { forbidden, notFound } from '../../http/status.ts'
import type { User } from '../../registry/registry.ts'
import type { Attributes, Authorizer } from '../authorization.ts'
import { escalationText, missingRules, TooManyRulesError } from './covers.ts'
import type { PolicyRule } from './policy-rule.ts'
import type { RbacAuthorizer } from './rbac-authorizer.ts'
import { type Binding, type Role, rbacGroup } from './role-index.ts'

export interface EscalationPorts {
  rbac: RbacAuthorizer
  authorize: Authorizer
  /** Resolves when the index knows every write that anybody was told of. */
  fresh(): Promise<void>
}

const fullAuthority: PolicyRule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
]

export function escalationCheck(ports: EscalationPorts): AdmissionPlugin {
  return {
    name: 'RoleEscalation',
    async validate(request) {
      const { resource, operation, object, user, subresource } = request
      if (resource.group !== rbacGroup || subresource !== '' || !object) return
      if (operation !== 'CREATE' && operation !== 'UPDATE') return
      if (user.groups.includes('system:masters')) return
      if (onlyCollectionFieldsChange(request)) return
      await ports.fresh()
      switch (resource.plural) {
        case 'roles':
        case 'clusterroles':
          return checkRole(ports, request)
        case 'rolebindings':
        case 'clusterrolebindings':
          return checkBinding(ports, request)
      }
    },
  }
}

/** What the garbage collector changes grants nothing. */
function onlyCollectionFieldsChange({ object, old }: AdmissionRequest): boolean {
  if (!object || !old) return false
  return same(withoutCollectionFields(object), withoutCollectionFields(old))
}

function withoutCollectionFields(object: KubernetesObject): KubernetesObject {
  const { ownerReferences, finalizers, managedFields, resourceVersion, ...metadata } =
    object.metadata as KubernetesObject['metadata'] & Record<string, unknown>
  return { ...object, metadata }
}

async function checkRole(ports: EscalationPorts, request: AdmissionRequest): Promise<void> {
  const { resource, user, namespace, operation } = request
  const name = operation === 'CREATE' ? '' : request.name
  const { group, plural } = resource
  const escalate = { user, verb: 'escalate', group, resource: plural, namespace, name }
  if (await isAllowed(ports, escalate)) return
  const role = request.object as Role
  confirmHeld(ports, request, role.rules ?? [])
  if (!hasAggregation(role) && !hasAggregation(request.old as Role | undefined)) return
  if (missing(ports, user, namespace, fullAuthority).length > 0)
    throw forbidden(
      resource,
      request.name,
      'must have cluster-admin privileges to use the aggregationRule',
    )
}

const hasAggregation = (role: Role | undefined) =>
  (role?.aggregationRule?.clusterRoleSelectors ?? []).length > 0

async function checkBinding(ports: EscalationPorts, request: AdmissionRequest): Promise<void> {
  const { user, namespace } = request
  const { roleRef } = request.object as Binding
  const plural = roleRef.kind === 'Role' ? 'roles' : 'clusterroles'
  const bind = {
    user,
    verb: 'bind',
    group: roleRef.apiGroup ?? rbacGroup,
    resource: plural,
    namespace,
    name: roleRef.name,
  }
  if (await isAllowed(ports, bind)) return
  const role = ports.rbac.index.role(roleRef, namespace)
  if (!role) throw notFound({ group: rbacGroup, plural }, roleRef.name)
  confirmHeld(ports, request, role.rules ?? [])
}

async function isAllowed({ authorize }: EscalationPorts, attributes: Attributes) {
  return (await authorize(attributes)).allowed
}

function missing(
  { rbac }: EscalationPorts,
  user: User,
  namespace: string,
  wanted: readonly PolicyRule[],
): PolicyRule[] {
  return missingRules(rbac.rulesFor(user, namespace).rules, wanted)
}

/** @throws StatusError 403 */
function confirmHeld(
  ports: EscalationPorts,
  { resource, name, user, namespace }: AdmissionRequest,
  wanted: readonly PolicyRule[],
): void {
  try {
    const lacking = missing(ports, user, namespace, wanted)
    if (lacking.length > 0) throw forbidden(resource, name, escalationText(user, lacking))
  } catch (error) {
    if (error instanceof TooManyRulesError) throw forbidden(resource, name, error.message)
    throw error
  }
}
