import assert from 'node:assert/strict'
import { PolicyError, parsePolicy } from './policy.ts'
import { type Asked, ruleFor } from './rule-match.ts'

const head = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n'
const parse = (text: string) => parsePolicy(Buffer.from(head + text))

describe('an audit policy', () => {
  it('is read with what it says for all of its rules', () => {
    const [one, two] = parse(`
omitStages: [RequestReceived]
omitManagedFields: true
rules:
- level: Metadata
  resources: [{group: "", resources: [pods/log]}]
  omitStages: [Panic]
- level: None
  omitManagedFields: false
`)
    assert.deepEqual(one?.omitStages, new Set(['RequestReceived', 'Panic']))
    assert.deepEqual([one?.omitManagedFields, two?.omitManagedFields], [true, false])
    assert.deepEqual(one?.resources, [{ group: '', resources: ['pods/log'], resourceNames: [] }])
    assert.deepEqual(two?.omitStages, new Set(['RequestReceived']))
  })

  const refused: [string, string][] = [
    ['rules: []', 'rules: Required value: at least one'],
    ['rules: {}', 'rules: Invalid value: {}: must be a list'],
    ['rules: [x]', 'rules[0]: Invalid value: must be an object'],
    ['rules: [{}]', 'rules[0].level: Required value'],
    [
      'rules: [{level: None}, {level: All}]',
      'rules[1].level: Unsupported value: "All": supported values: "None", "Metadata", "Request", "RequestResponse"',
    ],
    ['rules: [{level: None, user: [x]}]', 'unknown field "rules[0].user"'],
    [
      'rules: [{level: None, users: x}]',
      'rules[0].users: Invalid value: "x": must be a list of strings',
    ],
    [
      'rules: [{level: None, omitStages: [Never]}]',
      'rules[0].omitStages[0]: Invalid value: "Never": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic',
    ],
    [
      'rules: [{level: None, nonResourceURLs: ["*", logs]}]',
      'rules[0].nonResourceURLs[1]: Invalid value: "logs": non-resource URL rules must begin with a \'/\' character',
    ],
    [
      'rules: [{level: None, nonResourceURLs: ["/a/*/b"]}]',
      'rules[0].nonResourceURLs[0]: Invalid value: "/a/*/b": non-resource URL wildcards \'*\' must be the final character of the rule',
    ],
    [
      'rules: [{level: None, nonResourceURLs: [/x], namespaces: [a]}]',
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
    ],
    [
      'rules: [{level: None, resources: [{resourceNames: [x]}]}]',
      'rules[0].resources[0].resourceNames: Invalid value: ["x"]: using resourceNames requires at least one resource',
    ],
    ['rules: [{level: None}]\nrules: []', 'line 4: key "rules" already set in map'],
  ]
  for (const [text, message] of refused)
    it(`is refused for ${text.replaceAll('\n', ' ')}`, () => {
      assert.throws(() => parse(text), { name: 'PolicyError', message })
    })

  it('is refused with a group that names its version, and with another kind', () => {
    assert.throws(
      () => parse('rules: [{level: None, resources: [{group: apps/v1}]}]'),
      /^PolicyError: rules\[0\]\.resources\[0\]\.group: Invalid value: "apps\/v1": a lowercase RFC 1123/,
    )
    const other = Buffer.from('apiVersion: v1\nkind: Policy\nrules: [{level: None}]')
    assert.throws(() => parsePolicy(other), PolicyError)
  })
})

describe('the rule of a request', () => {
  const asked = (change: object = {}): Asked => ({
    user: { name: 'jane', groups: ['dev', 'all'] },
    verb: 'get',
    group: '',
    resource: 'pods',
    namespace: 'ns',
    name: 'x',
    ...change,
  })
  const path = (text: string): Asked => ({ user: asked().user, verb: 'get', path: text })
  const matches = (rule: string, request: Asked) =>
    ruleFor(parse(`rules: [{level: Metadata, ${rule}}]`), request) !== undefined

  it('is the first that matches', () => {
    const policy = parse('rules: [{level: None, users: [jane]}, {level: Request}]')
    assert.equal(ruleFor(policy, asked())?.level, 'None')
    assert.equal(ruleFor(policy, asked({ user: { name: 'joe', groups: [] } }))?.level, 'Request')
    assert.equal(ruleFor(policy, asked({ user: undefined }))?.level, 'Request')
  })

  const cases: [string, Asked, boolean][] = [
    ['users: [joe]', asked(), false],
    ['userGroups: [ops, dev]', asked(), true],
    ['userGroups: [ops]', asked(), false],
    ['userGroups: [ops]', asked({ user: undefined }), false],
    ['verbs: [list]', asked(), false],
    ['namespaces: [ns]', asked(), true],
    ['namespaces: [""]', asked(), false],
    ['namespaces: [""]', asked({ namespace: '' }), true],
    ['namespaces: [ns]', path('/ns'), false],
    ['resources: [{group: ""}]', asked({ subresource: 'log' }), true],
    ['resources: [{group: apps}]', asked(), false],
    ['resources: [{resources: [pods]}]', asked({ subresource: 'log' }), false],
    ['resources: [{resources: [pods/log]}]', asked({ subresource: 'log' }), true],
    ['resources: [{resources: ["pods/*"]}]', asked(), true],
    ['resources: [{resources: ["*/log"]}]', asked({ subresource: 'log' }), true],
    ['resources: [{resources: ["*/log"]}]', asked(), false],
    ['resources: [{resources: ["*"]}]', asked({ subresource: 'log' }), true],
    ['resources: [{resources: [pods], resourceNames: [z]}]', asked(), false],
    ['resources: [{resources: [pods], resourceNames: [x]}]', asked(), true],
    ['nonResourceURLs: ["/healthz*"]', path('/healthz/ping'), true],
    ['nonResourceURLs: ["/healthz"]', path('/healthz/ping'), false],
    ['nonResourceURLs: ["*"]', path('/any'), true],
    ['nonResourceURLs: ["*"]', asked(), false],
  ]
  for (const [rule, request, expected] of cases) {
    const what =
      'path' in request ? request.path : `${request.resource}/${request.subresource ?? ''}`
    it(`${expected ? 'is' : 'is not'} ${rule} for ${what}`, () => {
      assert.equal(matches(rule, request), expected)
    })
  }
})
