import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { User } from '../../registry/registry.ts'
import { escalationText, missingRules, TooManyRulesError } from './covers.ts'
import { type PolicyRule, ruleAllows } from './policy-rule.ts'

const rule = (resources: string[], verbs: string[], resourceNames?: string[]): PolicyRule => ({
  apiGroups: [''],
  resources,
  verbs,
  ...(resourceNames && { resourceNames }),
})

const rows: [string, PolicyRule[], PolicyRule[], boolean][] = [
  ['the same', [rule(['pods'], ['get'])], [rule(['pods'], ['get'])], true],
  ['less', [rule(['pods', 'services'], ['get', 'list'])], [rule(['pods'], ['get'])], true],
  ['more verbs', [rule(['pods'], ['get'])], [rule(['pods'], ['get', 'list'])], false],
  [
    'put together from several',
    [rule(['pods'], ['get']), rule(['pods'], ['list'])],
    [rule(['pods'], ['get', 'list'])],
    true,
  ],
  [
    'all verbs are more than all known ones',
    [rule(['pods'], ['get'])],
    [rule(['pods'], ['*'])],
    false,
  ],
  ['a name out of all', [rule(['pods'], ['get'])], [rule(['pods'], ['get'], ['a'])], true],
  ['all out of a name', [rule(['pods'], ['get'], ['a'])], [rule(['pods'], ['get'])], false],
  ['another name', [rule(['pods'], ['get'], ['a'])], [rule(['pods'], ['get'], ['a', 'b'])], false],
  [
    'a subresource out of all of that name',
    [rule(['*/scale'], ['get'])],
    [rule(['x/scale'], ['get'])],
    true,
  ],
  [
    'a subresource out of its parent',
    [rule(['pods'], ['get'])],
    [rule(['pods/exec'], ['get'])],
    false,
  ],
  ['all out of all', [rule(['*'], ['*'])], [rule(['*'], ['*'])], true],
  [
    'another group',
    [rule(['*'], ['*'])],
    [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] }],
    false,
  ],
  [
    'a path out of a prefix',
    [{ nonResourceURLs: ['/a/*'], verbs: ['get'] }],
    [{ nonResourceURLs: ['/a/b'], verbs: ['get'] }],
    true,
  ],
  [
    'a prefix out of a path',
    [{ nonResourceURLs: ['/a/b'], verbs: ['get'] }],
    [{ nonResourceURLs: ['/a/*'], verbs: ['get'] }],
    false,
  ],
  ['nothing', [], [], true],
]

describe('granting no more than is held', () => {
  for (const [what, held, wanted, covered] of rows)
    it(`${what} is ${covered ? 'held' : 'too much'}`, () => {
      assert.equal(missingRules(held, wanted).length === 0, covered)
    })

  it('tells what is missing, a line a resource', () => {
    const missing = missingRules(
      [rule(['pods'], ['get'])],
      [rule(['pods', 'secrets'], ['get', 'list'], [])],
    )
    assert.equal(
      escalationText({ name: 'jane', groups: ['dev', 'ops'] }, missing),
      'user "jane" (groups=["dev" "ops"]) is attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:[""], Resources:["pods"], Verbs:["list"]}\n' +
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
    )
  })

  it('what is covered never allows what was not allowed before', () => {
    const some = (...values: string[]) => fc.subarray(values)
    const rules = fc.array(
      fc.record({
        verbs: some('get', 'list', '*'),
        apiGroups: some('', 'apps', '*'),
        resources: some('pods', 'pods/log', '*/log', '*'),
        resourceNames: some('a', 'b'),
      }),
      { maxLength: 4 },
    )
    const asked = fc.record({
      user: fc.constant<User>({ name: 'u', groups: [] }),
      verb: fc.constantFrom('get', 'list', 'zap'),
      group: fc.constantFrom('', 'apps', 'x'),
      resource: fc.constantFrom('pods', 'things'),
      subresource: fc.constantFrom('', 'log'),
      namespace: fc.constant(''),
      name: fc.constantFrom('', 'a', 'c'),
    })
    fc.assert(
      fc.property(rules, rules, fc.array(asked), (held, wanted, questions) => {
        fc.pre(missingRules(held, wanted).length === 0)
        for (const question of questions)
          if (wanted.some((rule) => ruleAllows(rule, question)))
            assert.ok(held.some((rule) => ruleAllows(rule, question)))
      }),
      { numRuns: 2000 },
    )
  })

  it('refuses rules that would take for ever to check', () => {
    const many = Array.from({ length: 400 }, (_, index) => `r${index}`)
    assert.throws(() => missingRules([], [rule(many, many)]), TooManyRulesError)
  })
})
