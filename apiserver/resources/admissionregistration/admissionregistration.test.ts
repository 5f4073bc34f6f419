import assert from 'node:assert/strict'
import { apiServices } from '../apiregistration/api-service.ts'
import { created, row } from '../examples.ts'
import { flowSchemas } from '../flowcontrol/flow-schema.ts'
import { priorityLevelConfigurations } from '../flowcontrol/priority-level-configuration.ts'
import type { Resource } from '../resource.ts'
import { mutatingAdmissionPolicies } from './mutating-admission-policy.ts'
import { mutatingAdmissionPolicyBindings } from './mutating-admission-policy-binding.ts'
import { mutatingWebhookConfigurations } from './mutating-webhook-configuration.ts'
import { validatingAdmissionPolicies } from './validating-admission-policy.ts'
import { validatingAdmissionPolicyBindings } from './validating-admission-policy-binding.ts'
import { validatingWebhookConfigurations } from './validating-webhook-configuration.ts'

const metadata = { name: 'a.example.com' }
const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }
const hook = (more: object = {}) => ({
  name: 'a.example.com',
  clientConfig: { url: 'https://example.com/a' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  rules: [rule],
  ...more,
})
const hooks = (...webhooks: object[]) => ({ metadata, webhooks })
const matchConstraints = { resourceRules: [rule] }
const policy = (more: object) => ({ metadata, spec: { matchConstraints, ...more } })
const apply = { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }
const level = (limited: object) => ({ metadata, spec: { type: 'Limited', limited } })
const schema = (rules: object[], more: object = {}) => ({
  metadata,
  spec: { priorityLevelConfiguration: { name: 'p' }, rules, ...more },
})

const cases: [about: string, Resource, object: object, errors: string[]][] = [
  ['ask somebody outside', validatingWebhookConfigurations, hooks(hook()), []],
  [
    'are named, once, and say whom to ask and what follows',
    mutatingWebhookConfigurations,
    hooks(
      hook(),
      hook({ clientConfig: {}, sideEffects: 'Some', timeoutSeconds: 31 }),
      hook({ name: 'a' }),
    ),
    [
      'webhooks[1].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
      'webhooks[1].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds',
      'webhooks[1].clientConfig: Required value: exactly one of url or service is required',
      'webhooks[1].name: Duplicate value: "a.example.com"',
      'webhooks[2].name: Invalid value: "a": should be a domain with at least three segments separated by dots',
    ],
  ],
  [
    'ask over TLS, and nothing but a path',
    validatingWebhookConfigurations,
    hooks(
      hook({ clientConfig: { url: 'http://u:p@example.com/?q#f' } }),
      hook({ name: 'b.example.com', clientConfig: { service: { name: 's', path: '/a//b' } } }),
    ),
    [
      `webhooks[0].clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
      'webhooks[0].clientConfig.url: Invalid value: "u:p": user information is not permitted in the URL',
      'webhooks[0].clientConfig.url: Invalid value: "f": fragments are not permitted in the URL',
      'webhooks[0].clientConfig.url: Invalid value: "q": query parameters are not permitted in the URL',
      'webhooks[1].clientConfig.service.namespace: Required value: service namespace is required',
      'webhooks[1].clientConfig.service.path: Invalid value: "/a//b": segment[1] may not be empty',
    ],
  ],
  [
    'say once what they are about',
    validatingWebhookConfigurations,
    hooks(
      hook({
        rules: [
          {
            operations: ['*', 'CREATE'],
            apiGroups: ['*', ''],
            apiVersions: [''],
            resources: ['pods/*', 'pods/log', '*', 'pods'],
          },
        ],
        admissionReviewVersions: ['v2'],
        matchConditions: [
          { name: 'm', expression: ' ' },
          { name: 'm', expression: 'true' },
        ],
      }),
    ),
    [
      `webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`,
      `webhooks[0].rules[0].apiGroups: Invalid value: ["*",""]: if '*' is present, must not specify other API groups`,
      'webhooks[0].rules[0].apiVersions[0]: Required value',
      `webhooks[0].rules[0].resources[1]: Invalid value: "pods/log": if 'pods/*' is present, must not specify pods/log`,
      `webhooks[0].rules[0].resources: Invalid value: ["pods/*","pods/log","*","pods"]: if '*' is present, must not specify other resources without subresources`,
      'webhooks[0].matchConditions[0].expression: Required value',
      'webhooks[0].matchConditions[1].name: Duplicate value: "m"',
      'webhooks[0].admissionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1',
    ],
  ],
  [
    'check something',
    validatingAdmissionPolicies,
    policy({ validations: [{ expression: 'true' }] }),
    [],
  ],
  [
    'check something of something',
    validatingAdmissionPolicies,
    {
      metadata,
      spec: {
        paramKind: { apiVersion: 'a/b/c', kind: 'K' },
        variables: [{ name: 'in', expression: '1' }],
      },
    },
    [
      'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
      'spec.matchConstraints: Required value',
      'spec.variables[0].name: Invalid value: "in": must be a valid CEL identifier',
      'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
      'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
    ],
  ],
  [
    'tell in a line',
    validatingAdmissionPolicies,
    policy({
      validations: [{ expression: '', message: 'a\nb', messageExpression: ' ', reason: 'Because' }],
    }),
    [
      'spec.validations[0].expression: Required value: expression is not specified',
      'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
      'spec.validations[0].message: Invalid value: "a\\nb": must not contain line breaks',
      'spec.validations[0].reason: Unsupported value: "Because": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"',
    ],
  ],
  [
    'say what follows, not twice over',
    validatingAdmissionPolicyBindings,
    { metadata, spec: { policyName: 'p', validationActions: ['Deny', 'Warn'], paramRef: {} } },
    [
      'spec.paramRef: Required value: one of name or selector must be specified',
      'spec.paramRef.parameterNotFoundAction: Required value',
      'spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ],
  ],
  [
    'change something',
    mutatingAdmissionPolicies,
    policy({ mutations: [apply], reinvocationPolicy: 'Never' }),
    [],
  ],
  [
    'change what is written, in one way',
    mutatingAdmissionPolicies,
    policy({
      matchConstraints: { resourceRules: [{ ...rule, operations: ['DELETE'] }] },
      mutations: [{ ...apply, patchType: 'JSONPatch' }],
    }),
    [
      'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
      'spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch',
      'spec.mutations[0].applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch',
      'spec.reinvocationPolicy: Required value',
    ],
  ],
  ['bind a policy', mutatingAdmissionPolicyBindings, { metadata, spec: { policyName: 'p' } }, []],
  [
    'are named by version and group, and ranked',
    apiServices,
    {
      metadata: { name: 'v1.other.io' },
      spec: {
        group: 'g.io',
        version: 'v1',
        groupPriorityMinimum: 0,
        versionPriority: 1,
        service: {},
      },
    },
    [
      'metadata.name: Invalid value: "v1.other.io": must be `spec.version+"."+spec.group`: "v1.g.io"',
      'spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000',
      'spec.service.namespace: Required value',
      'spec.service.name: Required value',
    ],
  ],
  [
    'say who asks, and for what',
    flowSchemas,
    schema([{ subjects: [{ kind: 'User', group: { name: 'g' } }] }], { matchingPrecedence: 1 }),
    [
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
      "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
      "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
      'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
    ],
  ],
  [
    'that must be there stay as they are',
    flowSchemas,
    { metadata: { name: 'catch-all' }, spec: { priorityLevelConfiguration: { name: 'p' } } },
    [
      `spec: Invalid value: {"priorityLevelConfiguration":{"name":"p"},"matchingPrecedence":1000}: spec of 'catch-all' must equal the fixed value`,
    ],
  ],
  [
    'have queues',
    priorityLevelConfigurations,
    level({ limitResponse: { type: 'Queue', queuing: {} } }),
    [],
  ],
  [
    'deal no more queues than there are bits for',
    priorityLevelConfigurations,
    level({ limitResponse: { type: 'Queue', queuing: { queues: 1024, handSize: 7 } } }),
    [
      'spec.limited.limitResponse.queuing.handSize: Invalid value: 7: required entropy bits of deckSize 1024 and handSize 7 should not be greater than 60',
    ],
  ],
]

describe('admission, flow control and groups of others', () => {
  for (const [about, resource, object, errors] of cases)
    it(`${resource.plural} ${about}`, () => assert.deepEqual(created(resource, object), errors))

  it('webhooks mean what they do not say', () => {
    const object = hooks({ clientConfig: { service: { name: 's' } }, rules: [{}] })
    mutatingWebhookConfigurations.strategy.default?.(object as never)
    assert.deepEqual(object.webhooks, [
      {
        clientConfig: { service: { name: 's', port: 443 } },
        rules: [{ scope: '*' }],
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        timeoutSeconds: 10,
        reinvocationPolicy: 'Never',
      },
    ])
  })

  it('groups that are served here are available from the start', () => {
    const object = { metadata, spec: { group: 'g.io', version: 'v1' } }
    const clock = { now: () => 0 }
    apiServices.strategy.prepareForCreate?.(object as never, { clock } as never)
    assert.deepEqual(row(apiServices, object, 0).slice(1, 3), ['Local', 'True'])
    const status = { conditions: [{ type: 'Available', status: 'False', reason: 'NoEndpoints' }] }
    assert.equal(row(apiServices, { metadata, status }, 0)[2], 'False (NoEndpoints)')
  })

  it('bindings read as rows', () => {
    const bound = (paramRef?: object) => ({ metadata, spec: { policyName: 'p', paramRef } })
    const params = [
      undefined,
      { name: 'n' },
      { name: 'n', namespace: 's' },
      { selector: { matchLabels: { a: 'b' } } },
    ]
    assert.deepEqual(
      params.map((ref) => row(validatingAdmissionPolicyBindings, bound(ref), 0)[2]),
      ['<unset>', '*/n', 's/n', 'a=b'],
    )
  })
})
