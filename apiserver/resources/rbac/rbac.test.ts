import assert from 'node:assert/strict'
import { created, row, updated } from '../examples.ts'
import type { Resource } from '../resource.ts'
import { clusterRoles } from './cluster-role.ts'
import { clusterRoleBindings } from './cluster-role-binding.ts'
import { roles } from './role.ts'
import { roleBindings } from './role-binding.ts'

const metadata = { name: 'system:a' }
const rules = (...rules: object[]) => ({ metadata, rules })
const good = { verbs: ['get'], apiGroups: [''], resources: ['pods'] }
const bound = (kind: string, ...subjects: object[]) => ({
  metadata,
  roleRef: { kind, name: 'r' },
  subjects,
})
const group = 'rbac.authorization.k8s.io'

const cases: [about: string, Resource, object: object, errors: string[]][] = [
  ['allow verbs on resources', roles, rules(good), []],
  [
    'say what they allow',
    roles,
    rules({}),
    [
      'rules[0].verbs: Required value: verbs must contain at least one value',
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ],
  ],
  [
    'of a namespace allow no paths',
    roles,
    rules({ verbs: ['get'], nonResourceURLs: ['/x'] }),
    [
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
    ],
  ],
  ['allow paths', clusterRoles, rules({ verbs: ['get'], nonResourceURLs: ['/x'] }), []],
  [
    'allow paths or resources',
    clusterRoles,
    rules({ ...good, nonResourceURLs: ['/x'] }),
    [
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
    ],
  ],
  [
    'are put together from some',
    clusterRoles,
    { metadata, aggregationRule: {} },
    [
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ],
  ],
  ['are of people by default', roleBindings, bound('Role', { kind: 'User', name: 'u' }), []],
  [
    'bind cluster roles alone',
    clusterRoleBindings,
    bound('Role', { kind: 'ServiceAccount', name: 's' }, { kind: 'Robot', name: 'r' }),
    [
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      'subjects[0].namespace: Required value',
      'subjects[1].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
    ],
  ],
]

describe('roles and bindings', () => {
  for (const [about, resource, object, errors] of cases)
    it(`${resource.plural} ${about}`, () => assert.deepEqual(created(resource, object), errors))

  it('are named as segments of paths, and made by PUT', () => {
    for (const resource of [roles, clusterRoles, roleBindings, clusterRoleBindings]) {
      assert.deepEqual(resource.validateName?.('system:a', false), [])
      assert.deepEqual(resource.validateName?.('a/b', false), ["may not contain '/'"])
      assert.equal(resource.strategy.createOnUpdate, true)
    }
  })

  it('bind one role for good', () => {
    const now = { metadata, roleRef: { apiGroup: group, kind: 'Role', name: 'other' } }
    const old = { metadata, roleRef: { apiGroup: group, kind: 'Role', name: 'r' } }
    assert.deepEqual(updated(roleBindings, now, old), [
      `roleRef: Invalid value: {"apiGroup":"${group}","kind":"Role","name":"other"}: cannot change roleRef`,
    ])
  })

  it('read as rows', () => {
    const binding = bound(
      'Role',
      { kind: 'User', name: 'u' },
      { kind: 'Group', name: 'g' },
      { kind: 'ServiceAccount', namespace: 'n', name: 's' },
    )
    assert.deepEqual(row(roleBindings, binding, 0, true), [
      'system:a',
      'Role/r',
      '<unknown>',
      'u',
      'g',
      'n/s',
    ])
    const creationTimestamp = '2026-01-01T00:00:00Z'
    assert.deepEqual(row(roles, { metadata: { ...metadata, creationTimestamp } }, 0), [
      'system:a',
      creationTimestamp,
    ])
  })
})
