import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { User } from '../../registry/registry.ts'
import type { Attributes } from '../authorization.ts'
import { type PolicyRule, ruleAllows } from './policy-rule.ts'
import { RbacAuthorizer } from './rbac-authorizer.ts'
import { type Binding, RoleIndex, type Subject } from './role-index.ts'

const role = (name: string, rules: PolicyRule[]) => ({ metadata: { name }, rules })
const pods = (verb: string): PolicyRule => ({
  verbs: [verb],
  apiGroups: [''],
  resources: ['pods'],
})
const binding = (name: string, kind: string, to: string, subjects: Subject[]): Binding => ({
  metadata: { name },
  roleRef: { kind, name: to },
  subjects,
})
const jane: User = { name: 'jane', groups: ['dev', 'system:authenticated'] }
const ask = (user: User, verb: string, namespace: string): Attributes => ({
  user,
  verb,
  group: '',
  resource: 'pods',
  namespace,
  name: '',
})

describe('authorization by roles', () => {
  it('grants a cluster role everywhere by a cluster binding, in one namespace by a binding there', () => {
    const index = new RoleIndex()
    const rbac = new RbacAuthorizer(index)
    index.setRole('', role('reader', [pods('list')]), 'reader')
    index.setBinding(
      'a',
      binding('b', 'ClusterRole', 'reader', [{ kind: 'Group', name: 'dev' }]),
      'b',
    )
    assert.deepEqual(rbac.authorize(ask(jane, 'list', 'a')), {
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "b/a" of ClusterRole "reader" to Group "dev"',
    })
    assert.deepEqual(rbac.authorize(ask(jane, 'list', 'b')), { allowed: false })
    assert.deepEqual(rbac.authorize(ask(jane, 'list', '')), { allowed: false })
    index.setBinding(
      '',
      binding('c', 'ClusterRole', 'reader', [{ kind: 'User', name: 'jane' }]),
      'c',
    )
    assert.deepEqual(rbac.authorize(ask(jane, 'list', '')), {
      allowed: true,
      reason: 'RBAC: allowed by ClusterRoleBinding "c" of ClusterRole "reader" to User "jane"',
    })
  })

  it('forgets at once what was taken away', () => {
    const index = new RoleIndex()
    const rbac = new RbacAuthorizer(index)
    const subjects = [{ kind: 'User', name: 'jane' }]
    index.setRole('a', role('r', [pods('get')]), 'r')
    index.setBinding('a', binding('b', 'Role', 'r', subjects), 'b')
    assert.ok(rbac.authorize(ask(jane, 'get', 'a')).allowed)
    index.setRole('a', role('r', []), 'r')
    assert.ok(!rbac.authorize(ask(jane, 'get', 'a')).allowed)
    index.setRole('a', role('r', [pods('get')]), 'r')
    assert.ok(rbac.authorize(ask(jane, 'get', 'a')).allowed)
    index.setBinding('a', undefined, 'b')
    assert.ok(!rbac.authorize(ask(jane, 'get', 'a')).allowed)
  })

  it('says which role a binding names in vain', () => {
    const index = new RoleIndex()
    const rbac = new RbacAuthorizer(index)
    index.setBinding('a', binding('b', 'Role', 'r', [{ kind: 'User', name: 'jane' }]), 'b')
    assert.deepEqual(rbac.authorize(ask(jane, 'get', 'a')), {
      allowed: false,
      reason: 'RBAC: role.rbac.authorization.k8s.io "r" not found',
    })
  })

  it('knows service accounts by their users, of the namespace of the binding where none is said', () => {
    const index = new RoleIndex()
    const rbac = new RbacAuthorizer(index)
    const account: User = { name: 'system:serviceaccount:a:robot', groups: [] }
    index.setRole('', role('r', [pods('get')]), 'r')
    const subjects = [{ kind: 'ServiceAccount', name: 'robot' }]
    index.setBinding('b', binding('b', 'ClusterRole', 'r', subjects), 'b')
    assert.ok(!rbac.authorize(ask(account, 'get', 'b')).allowed)
    index.setBinding('a', binding('b', 'ClusterRole', 'r', subjects), 'b')
    assert.ok(rbac.authorize(ask(account, 'get', 'a')).allowed)
    index.setBinding('', binding('b', 'ClusterRole', 'r', subjects), 'b')
    assert.ok(!rbac.authorize(ask(account, 'get', '')).allowed)
  })

  it('decides as somebody who reads every binding at every question', () => {
    const names = fc.constantFrom('one', 'two')
    const rule = fc.record({
      verbs: fc.subarray(['get', 'list', '*'], { minLength: 1 }),
      apiGroups: fc.constant(['']),
      resources: fc.subarray(['pods', 'pods/log', '*'], { minLength: 1 }),
    })
    const places = fc.constantFrom('', 'a', 'b')
    const roles = fc.array(fc.tuple(places, names, fc.array(rule, { maxLength: 2 })))
    const subject: fc.Arbitrary<Subject> = fc.oneof(
      fc.record({ kind: fc.constant('User'), name: fc.constantFrom('jane', 'joe') }),
      fc.record({ kind: fc.constant('Group'), name: fc.constantFrom('dev', 'ops') }),
    )
    const bindings = fc.array(
      fc.tuple(
        places,
        names,
        fc.constantFrom('Role', 'ClusterRole'),
        names,
        fc.array(subject, { maxLength: 3 }),
      ),
    )
    const asked = fc.record({
      verb: fc.constantFrom('get', 'list', 'watch'),
      namespace: places,
      subresource: fc.constantFrom('', 'log'),
    })
    fc.assert(
      fc.property(roles, bindings, fc.array(asked), (roles, bindings, questions) => {
        const index = new RoleIndex()
        const rbac = new RbacAuthorizer(index)
        const lastRoles = new Map(roles.map(([place, name, rules]) => [`${place}/${name}`, rules]))
        for (const [place, name, rules] of roles) index.setRole(place, role(name, rules), name)
        const lastBindings = new Map(bindings.map((one) => [`${one[0]}/${one[1]}`, one]))
        for (const [place, name, kind, to, subjects] of bindings)
          index.setBinding(place, binding(name, kind, to, subjects), name)
        for (const question of questions) {
          const attributes = { ...ask(jane, question.verb, question.namespace), ...question }
          const naive = [...lastBindings.values()].some(
            ([place, , kind, to, subjects]) =>
              (place === '' || place === question.namespace) &&
              subjects.some(({ kind: what, name }) =>
                what === 'User' ? name === 'jane' : jane.groups.includes(name),
              ) &&
              (lastRoles.get(`${kind === 'Role' ? place : ''}/${to}`) ?? []).some((rule) =>
                ruleAllows(rule, attributes),
              ),
          )
          assert.equal(rbac.authorize(attributes).allowed, naive)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
