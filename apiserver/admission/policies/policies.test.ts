import assert from 'node:assert/strict'
import { type Answer, startWireServer, type WireServer } from '../../wire/wire.ts'

const group = '/apis/admissionregistration.k8s.io/v1'
const deploymentRules = {
  resourceRules: [
    {
      apiGroups: ['apps'],
      apiVersions: ['v1'],
      operations: ['CREATE', 'UPDATE'],
      resources: ['deployments'],
    },
  ],
}
const configMapRules = {
  resourceRules: [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] },
  ],
}

const deployment = (name: string, replicas: number, labels: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    },
  },
})

const configMap = (name: string, data: object = {}, labels: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels },
  data,
})

let wire: WireServer

const post = async (path: string, body: object): Promise<Answer> => wire.ask('POST', path, { body })

async function made(path: string, body: object): Promise<void> {
  const answer = await post(path, body)
  assert.equal(answer.code, 201, answer.text)
}

const policy = (sort: 'Validating' | 'Mutating', name: string, spec: object) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: `${sort}AdmissionPolicy`,
  metadata: { name },
  spec,
})

const binding = (sort: 'Validating' | 'Mutating', name: string, spec: object = {}) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: `${sort}AdmissionPolicyBinding`,
  metadata: { name: `${name}-binding` },
  spec: {
    policyName: name,
    ...(sort === 'Validating' && { validationActions: ['Deny'] }),
    ...spec,
  },
})

async function bound(
  sort: 'Validating' | 'Mutating',
  name: string,
  spec: object,
  bindingSpec: object = {},
): Promise<void> {
  const plural = `${sort.toLowerCase()}admissionpolic`
  await made(`${group}/${plural}ies`, policy(sort, name, spec))
  await made(`${group}/${plural}ybindings`, binding(sort, name, bindingSpec))
}

const validating = (name: string, spec: object, bindingSpec: object = {}) =>
  bound('Validating', name, { matchConstraints: configMapRules, ...spec }, bindingSpec)

const mutating = (name: string, spec: object, bindingSpec: object = {}) =>
  bound(
    'Mutating',
    name,
    { matchConstraints: configMapRules, reinvocationPolicy: 'Never', ...spec },
    bindingSpec,
  )

const deployments = '/apis/apps/v1/namespaces/default/deployments'
const configMaps = '/api/v1/namespaces/default/configmaps'

describe('validating admission policies', () => {
  beforeEach(async () => {
    wire = await startWireServer()
  })
  afterEach(() => wire.close())

  it('refuse what their expressions do not let pass, in the words that clients know', async () => {
    await validating('few', {
      matchConstraints: deploymentRules,
      validations: [{ expression: 'object.spec.replicas <= 5' }],
    })
    assert.equal((await post(deployments, deployment('small', 5))).code, 201)
    const { code, json } = await post(deployments, deployment('big', 6))
    const text =
      "ValidatingAdmissionPolicy 'few' with binding 'few-binding' denied request: failed expression: object.spec.replicas <= 5"
    assert.equal(code, 422)
    assert.equal(json.reason, 'Invalid')
    assert.equal(json.message, `deployments.apps "big" is forbidden: ${text}`)
    assert.deepEqual(json.details, {
      name: 'big',
      group: 'apps',
      kind: 'deployments',
      causes: [{ message: text }],
    })
    const scaled = await wire.ask('PATCH', `${deployments}/small`, {
      body: { spec: { replicas: 9 } },
    })
    assert.equal(scaled.code, 422)
  })

  it('say why by message, by expression, and with a reason', async () => {
    await validating('said', {
      validations: [
        { expression: "object.metadata.name != 'a'", message: 'not a', reason: 'Forbidden' },
        {
          expression: "object.metadata.name != 'b'",
          messageExpression: "'no ' + object.metadata.name + ' by ' + request.userInfo.username",
        },
        {
          expression: "object.metadata.name != 'c'",
          messageExpression: "'' + object.missing.text",
          message: 'as written',
        },
      ],
    })
    const refused = async (name: string) => {
      const { code, json } = await post(configMaps, configMap(name))
      return [code, json.reason, json.message.split('denied request: ')[1]]
    }
    assert.deepEqual(await refused('a'), [403, 'Forbidden', 'not a'])
    assert.deepEqual(await refused('b'), [422, 'Invalid', 'no b by admin'])
    assert.deepEqual(await refused('c'), [422, 'Invalid', 'as written'])
    await made(configMaps, configMap('d'))
  })

  it('warn where the binding says so, and do not refuse', async () => {
    await validating(
      'warned',
      { validations: [{ expression: 'false', message: 'consider' }] },
      { validationActions: ['Warn', 'Audit'] },
    )
    const { code, headers } = await post(configMaps, configMap('x'))
    assert.equal(code, 201)
    assert.match(
      String(headers.warning),
      /Validation failed for ValidatingAdmissionPolicy 'warned' with binding 'warned-binding': consider/,
    )
  })

  it('use variables, conditions, both objects and the namespace', async () => {
    await validating('all', {
      matchConditions: [{ name: 'not-system', expression: "!request.name.startsWith('system-')" }],
      variables: [
        { name: 'owner', expression: "object.metadata.?labels.?owner.orValue('nobody')" },
        { name: 'known', expression: "variables.owner != 'nobody'" },
      ],
      validations: [
        {
          expression: "request.operation == 'DELETE' || variables.known",
          messageExpression: "'owner is ' + variables.owner",
        },
        {
          expression:
            "request.operation != 'UPDATE' || oldObject.metadata.labels.owner == variables.owner",
          message: 'owners stay',
        },
        { expression: "namespaceObject.metadata.name == 'default'" },
      ],
    })
    await made(configMaps, configMap('system-x'))
    assert.match((await post(configMaps, configMap('x'))).json.message, /owner is nobody$/)
    await made(configMaps, configMap('x', {}, { owner: 'me' }))
    const { json } = await wire.ask('PATCH', `${configMaps}/x`, {
      body: { metadata: { labels: { owner: 'you' } } },
    })
    assert.match(json.message, /owners stay$/)
    assert.equal((await wire.ask('DELETE', `${configMaps}/x`)).code, 200)
  })

  it('fail closed or open, as the policy says, when they cannot be evaluated', async () => {
    await validating('closed', { validations: [{ expression: 'object.spec.replicas > 1' }] })
    assert.match(
      (await post(configMaps, configMap('x'))).json.message,
      /denied request: expression 'object.spec.replicas > 1' resulted in error: no such key: spec$/,
    )
    await wire.ask('DELETE', `${group}/validatingadmissionpolicies/closed`)
    await validating('open', {
      failurePolicy: 'Ignore',
      validations: [{ expression: 'object.spec.replicas > 1' }],
    })
    await made(configMaps, configMap('x'))
  })

  it('are compiled when they are written', async () => {
    const refused = async (spec: object) => {
      const written = policy('Validating', 'x', { matchConstraints: configMapRules, ...spec })
      const { code, json } = await post(`${group}/validatingadmissionpolicies`, written)
      assert.equal(code, 422, JSON.stringify(json))
      return json.details.causes.map(
        ({ field, message }: { field: string; message: string }) => `${field}: ${message}`,
      )
    }
    assert.deepEqual(await refused({ validations: [{ expression: 'object.spec.replicas >' }] }), [
      `spec.validations[0].expression: Invalid value: "object.spec.replicas >": compilation failed: ERROR: <input>:1:23: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | object.spec.replicas >\n | ......................^`,
    ])
    assert.deepEqual(
      await refused({
        matchConditions: [{ name: 'a', expression: '1' }],
        variables: [{ name: 'v', expression: 'nope' }],
        validations: [
          {
            expression: 'params.x == variables.w',
            messageExpression: "authorizer.path('/')",
          },
        ],
        auditAnnotations: [{ key: 'k', valueExpression: 'true' }],
      }),
      [
        'spec.matchConditions[0].expression: Invalid value: "1": must evaluate to bool but got int',
        `spec.variables[0].expression: Invalid value: "nope": compilation failed: ERROR: <input>:1:1: undeclared reference to 'nope' (in container '')\n | nope\n | ^`,
        `spec.validations[0].expression: Invalid value: "params.x == variables.w": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x == variables.w\n | ^\nERROR: <input>:1:22: undefined field 'w'\n | params.x == variables.w\n | .....................^`,
        `spec.validations[0].messageExpression: Invalid value: "authorizer.path('/')": compilation failed: ERROR: <input>:1:1: undeclared reference to 'authorizer' (in container '')\n | authorizer.path('/')\n | ^`,
        'spec.auditAnnotations[0].valueExpression: Invalid value: "true": must evaluate to one of [string null_type] but got bool',
      ],
    )
  })

  it('say in their status what schemas say of their expressions', async () => {
    const stream = await wire.watch(`${group}/validatingadmissionpolicies?watch=true`)
    await validating('checked', {
      matchConstraints: deploymentRules,
      variables: [{ name: 'count', expression: 'object.spec.replicas' }],
      validations: [
        { expression: 'object.foo > 1 && variables.count > 1' },
        { expression: "variables.count == 'many'" },
        { expression: "object.spec.template.spec.containers.all(c, c.name != '')" },
      ],
    })
    const [, changed] = await stream.take(2)
    stream.close()
    assert.deepEqual(changed.object.status, {
      observedGeneration: 1,
      typeChecking: {
        expressionWarnings: [
          {
            fieldRef: 'spec.validations[0].expression',
            warning:
              "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'foo'\n | object.foo > 1 && variables.count > 1\n | ......^\n",
          },
          {
            fieldRef: 'spec.validations[1].expression',
            warning:
              "apps/v1, Kind=Deployment: ERROR: <input>:1:17: found no matching overload for '_==_' applied to '(int, string)'\n | variables.count == 'many'\n | ................^\n",
          },
        ],
      },
    })
  })

  it('take parameters by name and by selector, and mind when there are none', async () => {
    const limits = (name: string, most: string, labels: object = {}) =>
      configMap(name, { most }, labels)
    const plain = '/api/v1/namespaces/kube-public/configmaps'
    await made(plain, limits('limits', '2'))
    const spec = {
      matchConstraints: deploymentRules,
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [
        {
          expression: 'object.spec.replicas <= int(params.data.most)',
          messageExpression: "'at most ' + params.data.most",
        },
      ],
    }
    await validating('by-name', spec, {
      paramRef: { name: 'limits', namespace: 'kube-public', parameterNotFoundAction: 'Deny' },
    })
    assert.match((await post(deployments, deployment('a', 3))).json.message, /at most 2$/)
    await made(deployments, deployment('a', 2))
    assert.equal((await wire.ask('DELETE', `${plain}/limits`)).code, 200)
    assert.match(
      (await post(deployments, deployment('b', 1))).json.message,
      /denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction$/,
    )
    await wire.ask('DELETE', `${group}/validatingadmissionpolicies/by-name`)
    await made(configMaps, limits('one', '4', { of: 'limits' }))
    await made(configMaps, limits('two', '3', { of: 'limits' }))
    await validating('by-labels', spec, {
      paramRef: {
        selector: { matchLabels: { of: 'limits' } },
        parameterNotFoundAction: 'Allow',
      },
    })
    assert.match((await post(deployments, deployment('b', 4))).json.message, /at most 3$/)
    await made(deployments, deployment('b', 3))
  })

  it('ask the authorizer', async () => {
    await validating('asked', {
      validations: [
        {
          expression:
            "authorizer.group('').resource('secrets').namespace('default').check('delete').allowed() && authorizer.requestResource.check('create').allowed()",
          message: 'may not',
        },
        {
          expression:
            "!authorizer.serviceAccount('default', 'default').group('').resource('secrets').check('get').allowed()",
          message: 'may too much',
        },
      ],
    })
    await made(configMaps, configMap('x'))
  })

  it('narrow by the selectors of the binding', async () => {
    await validating(
      'some',
      { validations: [{ expression: 'false' }] },
      { matchResources: { objectSelector: { matchLabels: { checked: 'yes' } } } },
    )
    await made(configMaps, configMap('free'))
    assert.equal((await post(configMaps, configMap('bound', {}, { checked: 'yes' }))).code, 422)
  })

  it('tell of variables that fail, and of all that was spent', async () => {
    await validating('failing', {
      variables: [{ name: 'v', expression: 'object.spec.replicas' }],
      validations: [{ expression: 'variables.v > 1' }],
    })
    assert.match(
      (await post(configMaps, configMap('x'))).json.message,
      /expression 'variables.v > 1' resulted in error: composited variable "v" fails to evaluate: no such key: spec$/,
    )
    await wire.ask('DELETE', `${group}/validatingadmissionpolicies/failing`)
    const costly = "authorizer.path('/x').check('get').allowed()"
    await validating('costly', {
      validations: [{ expression: `[1, 2, 3].all(i, ${costly})` }],
    })
    assert.match(
      (await post(configMaps, configMap('x'))).json.message,
      /resulted in error: operation cancelled: actual cost limit exceeded$/,
    )
    await wire.ask('DELETE', `${group}/validatingadmissionpolicies/costly`)
    await validating('many', {
      validations: Array.from({ length: 30 }, () => ({ expression: `${costly} || true` })),
    })
    assert.match(
      (await post(configMaps, configMap('x'))).json.message,
      /denied request: validation failed due to running out of cost budget, no further validation rules will be run$/,
    )
  })

  it('do not see policies, so that every policy can be taken back', async () => {
    const everything = {
      resourceRules: [
        { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] },
      ],
    }
    await validating('never', {
      matchConstraints: everything,
      validations: [{ expression: 'false' }],
    })
    assert.equal((await post(configMaps, configMap('x'))).code, 422)
    assert.equal((await wire.ask('DELETE', `${group}/validatingadmissionpolicies/never`)).code, 200)
    await made(configMaps, configMap('x'))
  })
})

describe('mutating admission policies', () => {
  beforeEach(async () => {
    wire = await startWireServer()
  })
  afterEach(() => wire.close())

  it('merge what they make of an object as apply does', async () => {
    await mutating('sidecar', {
      matchConstraints: deploymentRules,
      matchConditions: [
        {
          name: 'missing',
          expression: "!object.spec.template.spec.containers.exists(c, c.name == 'proxy')",
        },
      ],
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: {
            expression:
              "Object{metadata: Object.metadata{annotations: {'by': 'policy'}}, spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: 'proxy', image: 'mesh'}]}}}}",
          },
        },
      ],
    })
    const { code, json } = await post(deployments, deployment('web', 1))
    assert.equal(code, 201)
    assert.equal(json.metadata.annotations.by, 'policy')
    const { containers } = json.spec.template.spec
    assert.deepEqual(
      containers.map(({ name, image }: { name: string; image: string }) => [name, image]),
      [
        ['c', 'i'],
        ['proxy', 'mesh'],
      ],
    )
    assert.equal(containers[1].terminationMessagePolicy, 'File', 'defaults are filled in')
  })

  it('patch by JSON Patch, in which a failing test means that nothing is to be done', async () => {
    const set = (name: string, expression: string) => ({
      patchType: 'JSONPatch',
      jsonPatch: { expression: `object.metadata.name == '${name}' ? ${expression} : []` },
    })
    await mutating('patched', {
      mutations: [
        set(
          'a',
          "[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('x/y'), value: 'z'}, JSONPatch{op: 'add', path: '/data', value: {'k': string(1 + 1)}}]",
        ),
        set(
          'b',
          "[JSONPatch{op: 'test', path: '/data/k', value: 'other'}, JSONPatch{op: 'remove', path: '/data'}]",
        ),
      ],
    })
    const first = await post(configMaps, configMap('a', {}, { l: 'm' }))
    assert.deepEqual(first.json.metadata.labels, { l: 'm', 'x/y': 'z' })
    assert.deepEqual(first.json.data, { k: '2' })
    const second = await post(configMaps, configMap('b', { k: 'v' }))
    assert.deepEqual(second.json.data, { k: 'v' })
  })

  it('see what those before them made, and are asked again where they wish', async () => {
    const adding = (label: string, when: string) => ({
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: {
            expression: `${when} ? Object{metadata: Object.metadata{labels: {'${label}': 'yes'}}} : Object{}`,
          },
        },
      ],
    })
    await mutating('a-waits', {
      ...adding('waited', "has(object.metadata.labels) && 'given' in object.metadata.labels"),
      reinvocationPolicy: 'IfNeeded',
    })
    await mutating('b-gives', adding('given', 'true'))
    const { json } = await post(configMaps, configMap('x'))
    assert.deepEqual(json.metadata.labels, { given: 'yes', waited: 'yes' })
  })

  it('refuse what they cannot do', async () => {
    await mutating('wrong', {
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: {
            expression: "Object{metadata: Object.spec{name: 'x'}}",
          },
        },
      ],
    })
    const { code, json } = await post(configMaps, configMap('x'))
    assert.equal(code, 403)
    assert.equal(json.reason, 'Invalid')
    assert.match(
      json.message,
      /^policy 'wrong' with binding 'wrong-binding' denied request: type mismatch: unexpected type name "Object.spec", expected "Object.metadata", which matches field name path from root Object type$/,
    )
  })

  it('do what they can where it does not matter what they cannot', async () => {
    const patch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } })
    await mutating('partly', {
      failurePolicy: 'Ignore',
      mutations: [
        patch('[JSONPatch{op: "remove", path: "/metadata/labels/none"}]'),
        patch('[JSONPatch{op: "add", path: "/data", value: {"k": "v"}}]'),
      ],
    })
    const { code, json } = await post(configMaps, configMap('x'))
    assert.deepEqual([code, json.data], [201, { k: 'v' }])
  })

  it('make nothing endless of few words', async () => {
    let doubled = '0'
    for (let depth = 0; depth < 40; depth++) doubled = `[${doubled}].map(x, [x, x])[0]`
    await mutating('endless', {
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: { expression: `Object{data: ${doubled}}` },
        },
      ],
    })
    const { code, json } = await post(configMaps, configMap('x'))
    assert.equal(code, 403)
    assert.match(json.message, /more than 1000000 values cannot be written as JSON$/)
  })

  it('are compiled when they are written', async () => {
    const { json } = await post(
      `${group}/mutatingadmissionpolicies`,
      policy('Mutating', 'x', {
        matchConstraints: configMapRules,
        reinvocationPolicy: 'Never',
        mutations: [
          { patchType: 'JSONPatch', jsonPatch: { expression: 'Object{}' } },
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: { expression: "[JSONPatch{op: 1, what: ''}]" },
          },
        ],
      }),
    )
    assert.deepEqual(
      json.details.causes.map(({ message }: { message: string }) => message),
      [
        'Invalid value: "Object{}": must evaluate to list(JSONPatch) but got Object',
        `Invalid value: "[JSONPatch{op: 1, what: ''}]": compilation failed: ERROR: <input>:1:14: expected type of field 'op' is 'string' but provided type is 'int'\n | [JSONPatch{op: 1, what: ''}]\n | .............^\nERROR: <input>:1:23: undefined field 'what'\n | [JSONPatch{op: 1, what: ''}]\n | ......................^`,
      ],
    )
  })

  it('do not replace lists whole by accident', async () => {
    await mutating('atomic', {
      matchConstraints: deploymentRules,
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: {
            expression:
              "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: 'c', args: ['a']}]}}}}",
          },
        },
      ],
    })
    assert.match(
      (await post(deployments, deployment('x', 1))).json.message,
      /invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.template.spec.containers\[0\].args/,
    )
  })
})
