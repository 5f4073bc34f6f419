import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Attributes } from '../authorization.ts'
import { type PolicyRule, ruleAllows } from './policy-rule.ts'
import { RuleSet } from './rule-set.ts'

const user = { name: 'u', groups: [] }
const ask = (
  verb: string,
  resource: string,
  { group = '', name = '', subresource = '' } = {},
): Attributes => ({
  user,
  verb,
  group,
  resource,
  namespace: 'n',
  name,
  ...(subresource && { subresource }),
})

const rows: [string, PolicyRule, Attributes, boolean][] = [
  ['a verb', { verbs: ['get'], apiGroups: [''], resources: ['pods'] }, ask('get', 'pods'), true],
  [
    'another verb',
    { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
    ask('list', 'pods'),
    false,
  ],
  ['any verb', { verbs: ['*'], apiGroups: [''], resources: ['pods'] }, ask('patch', 'pods'), true],
  [
    'another group',
    { verbs: ['get'], apiGroups: ['apps'], resources: ['pods'] },
    ask('get', 'pods'),
    false,
  ],
  [
    'any group',
    { verbs: ['get'], apiGroups: ['*'], resources: ['pods'] },
    ask('get', 'pods', { group: 'x' }),
    true,
  ],
  [
    'a subresource needs to be named',
    { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
    ask('get', 'pods', { subresource: 'log' }),
    false,
  ],
  [
    'a subresource that is named',
    { verbs: ['get'], apiGroups: [''], resources: ['pods/log'] },
    ask('get', 'pods', { subresource: 'log' }),
    true,
  ],
  [
    'the subresource of anything',
    { verbs: ['get'], apiGroups: ['*'], resources: ['*/scale'] },
    ask('get', 'widgets', { group: 'x', subresource: 'scale' }),
    true,
  ],
  [
    'the subresource of anything is not the thing',
    { verbs: ['get'], apiGroups: ['*'], resources: ['*/scale'] },
    ask('get', 'widgets', { group: 'x' }),
    false,
  ],
  [
    'all resources include subresources',
    { verbs: ['get'], apiGroups: [''], resources: ['*'] },
    ask('get', 'pods', { subresource: 'exec' }),
    true,
  ],
  [
    'all subresources of one are not a thing',
    { verbs: ['get'], apiGroups: [''], resources: ['pods/*'] },
    ask('get', 'pods', { subresource: 'log' }),
    false,
  ],
  [
    'a name',
    { verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['a'] },
    ask('get', 'pods', { name: 'a' }),
    true,
  ],
  [
    'another name',
    { verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['a'] },
    ask('get', 'pods', { name: 'b' }),
    false,
  ],
  [
    'a name does not let a collection through',
    { verbs: ['deletecollection'], apiGroups: [''], resources: ['pods'], resourceNames: ['a'] },
    ask('deletecollection', 'pods'),
    false,
  ],
  [
    'a path',
    { verbs: ['get'], nonResourceURLs: ['/healthz'] },
    { user, verb: 'get', path: '/healthz' },
    true,
  ],
  [
    'a path below is another',
    { verbs: ['get'], nonResourceURLs: ['/healthz'] },
    { user, verb: 'get', path: '/healthz/ping' },
    false,
  ],
  [
    'paths by their beginning',
    { verbs: ['get'], nonResourceURLs: ['/apis/*'] },
    { user, verb: 'get', path: '/apis/apps' },
    true,
  ],
  [
    'resources are no paths',
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { user, verb: 'get', path: '/x' },
    false,
  ],
  ['paths are no resources', { verbs: ['*'], nonResourceURLs: ['*'] }, ask('get', 'pods'), false],
]

describe('rules of roles', () => {
  for (const [what, rule, attributes, expected] of rows)
    it(`${what}: ${expected ? 'allowed' : 'not allowed'}`, () => {
      assert.equal(ruleAllows(rule, attributes), expected)
    })

  it('laid out for speed decide as one after another', () => {
    const some = (...values: string[]) => fc.subarray(values)
    const rule = fc.record({
      verbs: some('get', 'list', '*'),
      apiGroups: some('', 'apps', '*'),
      resources: some('pods', 'pods/log', '*/log', '*', 'services'),
      resourceNames: some('a', 'b'),
      nonResourceURLs: some('/x', '/x/*', '*'),
    })
    const one = (...values: string[]) => fc.constantFrom(...values)
    const attributes: fc.Arbitrary<Attributes> = fc.oneof(
      fc
        .record({
          verb: one('get', 'list', 'watch'),
          group: one('', 'apps'),
          resource: one('pods', 'services'),
          subresource: one('', 'log', 'exec'),
          name: one('', 'a', 'c'),
        })
        .map((asked) => ({ user, namespace: 'n', ...asked })),
      fc.record({ verb: one('get', 'list'), path: one('/x', '/x/y', '/z') }).map((asked) => ({
        user,
        ...asked,
      })),
    )
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), attributes, (rules, asked) => {
        const set = new RuleSet(rules.map((rule) => ({ rule, source: '' })))
        assert.equal(
          set.find(asked) !== undefined,
          rules.some((rule) => ruleAllows(rule, asked)),
        )
      }),
      { numRuns: 2000 },
    )
  })
})
