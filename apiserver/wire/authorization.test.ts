import assert from 'node:assert/strict'
import type { KeyPair } from '../auth/certificates.ts'
import { type Ask, configMap, pod, startWireServer, type WireServer } from './wire.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const authorization = '/apis/authorization.k8s.io/v1'
const apiGroup = 'rbac.authorization.k8s.io'

type Rule = {
  verbs: string[]
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  nonResourceURLs?: string[]
}

const roleBody = (name: string, rules: Rule[], more: object = {}) => ({
  metadata: { name },
  rules,
  ...more,
})
const bindingBody = (name: string, kind: string, role: string, user: string) => ({
  metadata: { name },
  roleRef: { apiGroup, kind, name: role },
  subjects: [{ apiGroup, kind: 'User', name: user }],
})
const on = (resources: string[], verbs: string[], apiGroups = ['']): Rule => ({
  apiGroups,
  resources,
  verbs,
})

describe('wire: authorization', () => {
  let wire: WireServer
  const people = new Map<string, KeyPair>()
  before(async () => {
    wire = await startWireServer()
  })
  after(() => wire.close())

  const person = async (name: string, ...organizations: string[]): Promise<KeyPair> => {
    const known = people.get(name)
    if (known) return known
    const pair = await wire.authority.issue({ commonName: name, organizations, client: true })
    people.set(name, pair)
    return pair
  }
  const as = async (name: string, method: string, path: string, ask: Ask = {}) =>
    wire.ask(method, path, { as: await person(name), ...ask })
  const make = async (path: string, body: object) => {
    const { code, text } = await wire.ask('POST', path, { body })
    assert.equal(code, 201, text)
  }
  /** Grants a user rules, in a namespace or everywhere. */
  const grant = async (user: string, rules: Rule[], namespace = '') => {
    const place = namespace === '' ? rbac : `${rbac}/namespaces/${namespace}`
    const [roles, bindings, kind] =
      namespace === ''
        ? ['clusterroles', 'clusterrolebindings', 'ClusterRole']
        : ['roles', 'rolebindings', 'Role']
    await make(`${place}/${roles}`, roleBody(`of-${user}`, rules))
    await make(`${place}/${bindings}`, bindingBody(`of-${user}`, kind, `of-${user}`, user))
  }

  it('is had from the moment it is granted, where it is granted, until it is taken away', async () => {
    const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`
    assert.equal((await as('ann', 'GET', pods('default'))).code, 403)
    await grant('ann', [on(['pods'], ['list'])], 'default')
    assert.equal((await as('ann', 'GET', pods('default'))).code, 200)
    assert.equal((await as('ann', 'GET', pods('kube-system'))).code, 403)
    assert.equal((await as('ann', 'GET', '/api/v1/pods')).code, 403)
    assert.equal((await as('ann', 'GET', `${pods('default')}/x`)).code, 403)
    const place = `${rbac}/namespaces/default/rolebindings/of-ann`
    assert.equal((await wire.ask('DELETE', place)).code, 200)
    await wire.server.hub.fresh()
    assert.equal((await as('ann', 'GET', pods('default'))).code, 403)
  })

  it('of one name lets through watches and lists of that name', async () => {
    const maps = '/api/v1/namespaces/default/configmaps'
    await make(maps, configMap('one'))
    await grant(
      'bea',
      [
        {
          ...on(['configmaps'], ['get', 'list', 'delete', 'deletecollection']),
          resourceNames: ['one'],
        },
      ],
      'default',
    )
    assert.equal((await as('bea', 'GET', `${maps}/one`)).code, 200)
    assert.equal((await as('bea', 'GET', `${maps}/two`)).code, 403)
    assert.equal((await as('bea', 'GET', maps)).code, 403)
    const named = (name: string) => `${maps}?fieldSelector=metadata.name%3D${name}`
    assert.equal((await as('bea', 'GET', named('one'))).code, 200)
    assert.equal((await as('bea', 'GET', named('two'))).code, 403)
    assert.equal((await as('bea', 'DELETE', maps)).code, 403)
    assert.equal((await as('bea', 'GET', `${maps}?fieldSelector=metadata.name!%3Dtwo`)).code, 403)
  })

  it('is asked of the path that is served: no other spelling leads around it', async () => {
    await grant('cid', [on(['configmaps'], ['get'])], 'default')
    for (const path of [
      '/api/v1/namespaces/default/secrets/x',
      '/api/v1/namespaces/default/configmaps/../secrets/x',
      '/api/v1/namespaces/default/configmaps/..%2fsecrets%2fx',
      '/api/v1/namespaces/default%2f..%2fkube-system/configmaps/x',
      '/api/v1/namespaces/default//secrets/x',
      '/API/v1/namespaces/default/secrets/x',
      '/api/v1/namespaces/kube-system/configmaps/x',
      '/api/v1/namespaces/default/nodes/x',
    ])
      assert.ok([403, 404].includes((await as('cid', 'GET', path)).code), path)
    const inside = '/api/v1/namespaces/default/configmaps/one'
    assert.notEqual((await as('cid', 'GET', inside)).code, 403)
  })

  it('names the role that a binding names in vain', async () => {
    await make(`${rbac}/clusterrolebindings`, bindingBody('vain', 'ClusterRole', 'absent', 'dot'))
    const { json } = await as('dot', 'GET', '/api/v1/nodes')
    assert.equal(
      json.message,
      'nodes is forbidden: User "dot" cannot list resource "nodes" in API group "" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "absent" not found',
    )
  })

  describe('to grant', () => {
    before(() =>
      grant('eve', [
        on(
          ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
          ['get', 'create', 'update', 'patch', 'delete'],
          [apiGroup],
        ),
        on(['pods'], ['get', 'list']),
      ]),
    )

    it('ends at what one holds, whichever way a role is written', async () => {
      const roles = `${rbac}/namespaces/default/roles`
      const held = roleBody('r', [on(['pods'], ['get'])])
      assert.equal((await as('eve', 'POST', roles, { body: held })).code, 201)
      const more = [on(['pods', 'secrets'], ['get', 'delete'])]
      const created = await as('eve', 'POST', roles, { body: roleBody('s', more) })
      assert.equal(created.code, 403)
      assert.equal(
        created.json.message,
        'roles.rbac.authorization.k8s.io "s" is forbidden: user "eve" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
          '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}\n' +
          '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}',
      )
      const put = await as('eve', 'PUT', `${roles}/r`, { body: roleBody('r', more) })
      assert.equal(put.code, 403)
      for (const type of ['merge-patch+json', 'strategic-merge-patch+json', 'apply-patch+yaml']) {
        const force = type.startsWith('apply') ? '&force=true' : ''
        const { code, text } = await as('eve', 'PATCH', `${roles}/r?fieldManager=eve${force}`, {
          headers: { 'content-type': `application/${type}` },
          body: JSON.stringify({
            apiVersion: `${apiGroup}/v1`,
            kind: 'Role',
            ...roleBody('r', more),
          }),
        })
        assert.equal(code, 403, `${type}: ${text}`)
      }
      const patch = await as('eve', 'PATCH', `${roles}/r`, {
        headers: { 'content-type': 'application/json-patch+json' },
        body: JSON.stringify([{ op: 'replace', path: '/rules/0/verbs', value: ['*'] }]),
      })
      assert.equal(patch.code, 403)
      const dry = await as('eve', 'POST', `${roles}?dryRun=All`, { body: roleBody('s', more) })
      assert.equal(dry.code, 403)
    })

    it('ends at the roles one could write, unless one may bind them', async () => {
      const bindings = `${rbac}/namespaces/default/rolebindings`
      const to = (role: string) => bindingBody(`to-${role}`, 'ClusterRole', role, 'eve')
      const refused = await as('eve', 'POST', bindings, { body: to('cluster-admin') })
      assert.equal(refused.code, 403)
      assert.match(refused.json.message, /attempting to grant RBAC permissions not currently held/)
      assert.match(refused.json.message, /\{NonResourceURLs:\["\*"\], Verbs:\["\*"\]\}/)
      assert.equal((await as('eve', 'POST', bindings, { body: to('absent') })).code, 404)
      await make(`${rbac}/clusterroles`, roleBody('pod-reader', [on(['pods'], ['get'])]))
      assert.equal((await as('eve', 'POST', bindings, { body: to('pod-reader') })).code, 201)
      await grant('fay', [
        on(['rolebindings'], ['create'], [apiGroup]),
        { ...on(['clusterroles'], ['bind'], [apiGroup]), resourceNames: ['view'] },
      ])
      assert.equal((await as('fay', 'POST', bindings, { body: to('view') })).code, 201)
      assert.equal((await as('fay', 'POST', bindings, { body: to('edit') })).code, 403)
    })

    it('cannot be had by gathering the rules of others', async () => {
      const roles = `${rbac}/clusterroles`
      const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { x: 'y' } }] }
      const { code, json } = await as('eve', 'POST', roles, {
        body: roleBody('gathering', [], { aggregationRule }),
      })
      assert.equal(code, 403)
      assert.match(json.message, /must have cluster-admin privileges to use the aggregationRule/)
    })

    it('has no bounds for those who may escalate', async () => {
      await grant('gil', [on(['roles'], ['create', 'escalate'], [apiGroup])], 'default')
      const roles = `${rbac}/namespaces/default/roles`
      const body = roleBody('all', [on(['*'], ['*'], ['*'])])
      assert.equal((await as('gil', 'POST', roles, { body })).code, 201)
    })

    it('is for one role: a binding never turns to another', async () => {
      const bindings = `${rbac}/namespaces/default/rolebindings`
      const changed = bindingBody('to-pod-reader', 'ClusterRole', 'cluster-admin', 'eve')
      const { code } = await wire.ask('PUT', `${bindings}/to-pod-reader`, { body: changed })
      assert.equal(code, 422)
    })
  })

  it('of roles that gather others follows them', async () => {
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }
    await make(`${rbac}/clusterroles`, {
      metadata: { name: 'see-widgets', labels },
      rules: [on(['widgets'], ['get'], ['example.com'])],
    })
    const wanted = JSON.stringify({
      apiGroups: ['example.com'],
      resources: ['widgets'],
      verbs: ['get'],
    })
    const holds = async (role: string) => {
      const { json } = await wire.ask('GET', `${rbac}/clusterroles/${role}`)
      return json.rules.some((rule: Rule) => sorted(rule) === wanted)
    }
    const sorted = ({ apiGroups, resources, verbs }: Rule) =>
      JSON.stringify({ apiGroups, resources, verbs })
    const stream = await wire.watch(`${rbac}/clusterroles?watch=1`)
    while (!(await holds('view')) || !(await holds('edit')) || !(await holds('admin')))
      await stream.take(1)
    stream.close()
  })

  describe('to act as others', () => {
    const whoami = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

    it('is had by administrators, and is then that of the others', async () => {
      const headers = {
        'impersonate-user': 'zoe',
        'impersonate-group': 'dev',
        'impersonate-uid': '7',
        'impersonate-extra-team%2fcolor': 'red',
      }
      const { code, json } = await wire.ask('POST', whoami, { headers, body: {} })
      assert.equal(code, 201)
      assert.deepEqual(json.status.userInfo, {
        username: 'zoe',
        uid: '7',
        groups: ['dev', 'system:authenticated'],
        extra: { 'team/color': ['red'] },
      })
      assert.equal((await wire.ask('GET', '/api/v1/nodes', { headers })).code, 403)
    })

    it('is each a right of its own', async () => {
      await grant('hal', [{ ...on(['users'], ['impersonate']), resourceNames: ['zoe'] }])
      const ask = (headers: Record<string, string>) =>
        as('hal', 'POST', whoami, { headers, body: {} })
      assert.equal((await ask({ 'impersonate-user': 'zoe' })).code, 201)
      const other = await ask({ 'impersonate-user': 'root' })
      assert.equal(other.code, 403)
      assert.equal(
        other.json.message,
        'users "root" is forbidden: User "hal" cannot impersonate resource "users" in API group "" at the cluster scope',
      )
      for (const more of [
        { 'impersonate-group': 'system:masters' },
        { 'impersonate-uid': '1' },
        { 'impersonate-extra-scopes': 'all' },
        { 'Impersonate-Group': 'system:masters' },
      ] as Record<string, string>[])
        assert.equal((await ask({ 'impersonate-user': 'zoe', ...more })).code, 403)
      assert.equal((await ask({ 'impersonate-group': 'dev' })).code, 500)
    })
  })

  describe('of a node', () => {
    const secrets = '/api/v1/namespaces/default/secrets'
    const node = (name: string) => person(`system:node:${name}`, 'system:nodes')
    const asNode = async (name: string, method: string, path: string, body?: object) =>
      wire.ask(method, path, { as: await node(name), ...(body && { body }) })

    before(async () => {
      for (const name of ['used', 'pulled', 'other']) await make(secrets, { metadata: { name } })
      for (const name of ['one', 'two']) await make('/api/v1/nodes', { metadata: { name } })
      await make('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'robot' } })
      const spec = {
        nodeName: 'one',
        serviceAccountName: 'robot',
        imagePullSecrets: [{ name: 'pulled' }],
        volumes: [
          { name: 'v', secret: { secretName: 'used' } },
          { name: 't', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
        ],
      }
      await make('/api/v1/namespaces/default/pods', pod('here', spec))
      await wire.server.hub.fresh()
    })

    it('reaches the secrets of its own pods, one at a time', async () => {
      for (const name of ['used', 'pulled']) {
        assert.equal((await asNode('one', 'GET', `${secrets}/${name}`)).code, 200)
        const named = `${secrets}?fieldSelector=metadata.name%3D${name}`
        assert.equal((await asNode('one', 'GET', named)).code, 200)
        const { code, json } = await asNode('two', 'GET', `${secrets}/${name}`)
        assert.equal(code, 403)
        assert.match(json.message, /no relationship found between node 'two' and this object$/)
      }
      assert.equal((await asNode('one', 'GET', `${secrets}/other`)).code, 403)
      assert.equal((await asNode('one', 'GET', secrets)).code, 403)
      assert.equal((await asNode('one', 'GET', '/api/v1/secrets')).code, 403)
      assert.equal((await asNode('one', 'DELETE', `${secrets}/used`)).code, 403)
    })

    it('sees its own node, its own pods and its own lease', async () => {
      assert.equal((await asNode('one', 'GET', '/api/v1/nodes/one')).code, 200)
      assert.equal((await asNode('one', 'GET', '/api/v1/nodes/two')).code, 403)
      assert.equal((await asNode('one', 'GET', '/api/v1/nodes')).code, 403)
      const pods = '/api/v1/pods?fieldSelector=spec.nodeName%3D'
      assert.equal((await asNode('one', 'GET', `${pods}one`)).code, 200)
      assert.equal((await asNode('one', 'GET', `${pods}two`)).code, 403)
      assert.equal((await asNode('one', 'GET', '/api/v1/pods')).code, 403)
      const own = '/api/v1/namespaces/default/pods/here'
      assert.equal((await asNode('one', 'GET', own)).code, 200)
      assert.equal((await asNode('two', 'GET', own)).code, 403)
      const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'
      const lease = { metadata: { name: 'one' }, spec: {} }
      assert.equal((await asNode('one', 'POST', leases, lease)).code, 201)
      assert.equal((await asNode('one', 'GET', `${leases}/one`)).code, 200)
      assert.equal((await asNode('two', 'GET', `${leases}/one`)).code, 403)
    })

    it('asks for tokens of the accounts of its own pods', async () => {
      const tokens = (name: string) => `/api/v1/namespaces/default/serviceaccounts/${name}/token`
      const { uid } = (await wire.ask('GET', '/api/v1/namespaces/default/pods/here')).json.metadata
      const ref = { kind: 'Pod', apiVersion: 'v1', name: 'here' }
      const spec = { boundObjectRef: { ...ref, uid } }
      assert.equal((await asNode('one', 'POST', tokens('robot'), { spec })).code, 201)
      assert.equal((await asNode('two', 'POST', tokens('robot'), { spec })).code, 403)
      const forOthers = { spec: { ...spec, audiences: ['vault'] } }
      assert.equal((await asNode('one', 'POST', tokens('robot'), forOthers)).code, 403)
      for (const boundObjectRef of [null, ref, { ...ref, uid: 'other' }]) {
        const unbound = { spec: { boundObjectRef } }
        assert.equal((await asNode('one', 'POST', tokens('robot'), unbound)).code, 403)
      }
      assert.equal((await asNode('one', 'POST', tokens('default'), {})).code, 403)
    })

    it('is for members of the group alone, and grants nothing', async () => {
      const outsider = await person('system:node:three')
      const answer = await wire.ask('GET', '/api/v1/nodes/three', { as: outsider })
      assert.equal(answer.code, 403)
      for (const [method, path] of [
        ['POST', `${rbac}/clusterrolebindings`],
        ['GET', '/apis/apps/v1/deployments'],
        ['PUT', '/api/v1/namespaces/default/pods/here'],
        ['DELETE', '/api/v1/nodes/one'],
      ] as const)
        assert.equal((await asNode('one', method, path, {})).code, 403, path)
    })
  })

  describe('reviews', () => {
    const review = async (plural: string, spec: object, ask: Ask = {}) =>
      wire.ask('POST', `${authorization}/${plural}`, { body: { spec }, ...ask })

    it('answer as the request itself would have been', async () => {
      await grant('ida', [on(['pods'], ['list'])], 'default')
      const spec = { resourceAttributes: { namespace: 'default', verb: 'list', resource: 'pods' } }
      const own = await review('selfsubjectaccessreviews', spec, { as: await person('ida') })
      assert.equal(own.code, 201)
      assert.deepEqual(own.json.status, {
        allowed: true,
        reason: 'RBAC: allowed by RoleBinding "of-ida/default" of Role "of-ida" to User "ida"',
      })
      assert.deepEqual(own.json.spec, spec)
      const other = { resourceAttributes: { ...spec.resourceAttributes, verb: 'delete' } }
      const answer = await review('subjectaccessreviews', { ...other, user: 'ida' })
      assert.deepEqual(answer.json.status, { allowed: false })
      const path = { nonResourceAttributes: { path: '/healthz', verb: 'get' } }
      const controller = { user: 'system:serviceaccount:kube-system:job-controller' }
      for (const [verb, name, allowed] of [
        ['update', 'status', true],
        ['create', 'status', false],
      ] as const) {
        const subresource = { group: 'batch', resource: 'jobs', subresource: name, verb }
        const spec = { ...controller, resourceAttributes: subresource }
        const { json } = await review('subjectaccessreviews', spec)
        assert.equal(json.status.allowed, allowed, verb)
      }
      const group = await review('subjectaccessreviews', {
        ...path,
        groups: ['system:unauthenticated'],
      })
      assert.equal(group.json.status.allowed, true)
    })

    it('of a namespace stay in it', async () => {
      const path = `${authorization}/namespaces/default/localsubjectaccessreviews`
      const ask = (namespace: string) =>
        wire.ask('POST', path, {
          body: {
            spec: {
              user: 'ida',
              resourceAttributes: { namespace, verb: 'list', resource: 'pods' },
            },
          },
        })
      assert.equal((await ask('default')).json.status.allowed, true)
      assert.equal((await ask('kube-system')).code, 422)
    })

    it('say what is wrong with the question', async () => {
      const empty = await review('selfsubjectaccessreviews', {})
      assert.equal(empty.code, 422)
      assert.match(
        empty.json.message,
        /^SelfSubjectAccessReview\.authorization\.k8s\.io "" is invalid: spec\.resourceAttributes: /,
      )
      const nobody = await review('subjectaccessreviews', {
        nonResourceAttributes: { path: '/', verb: 'get' },
      })
      assert.match(
        nobody.json.message,
        /spec\.user: Invalid value: "": at least one of user or group/,
      )
    })

    it('list the rules one has', async () => {
      const { json } = await review(
        'selfsubjectrulesreviews',
        { namespace: 'default' },
        { as: await person('ida') },
      )
      assert.equal(json.status.incomplete, false)
      const own = { verbs: ['list'], apiGroups: [''], resources: ['pods'] }
      assert.ok(
        json.status.resourceRules.some(
          (rule: Rule) => JSON.stringify(rule) === JSON.stringify(own),
        ),
      )
      assert.ok(
        json.status.nonResourceRules.some(({ nonResourceURLs }: Rule) =>
          nonResourceURLs?.includes('/healthz'),
        ),
      )
    })

    it('are for those who may ask: about themselves all who are known', async () => {
      const spec = { nonResourceAttributes: { path: '/', verb: 'get' } }
      const jo = await person('jo')
      assert.equal((await review('selfsubjectaccessreviews', spec, { as: jo })).code, 201)
      assert.equal((await review('selfsubjectaccessreviews', spec, { as: null })).code, 403)
      assert.equal(
        (await review('subjectaccessreviews', { ...spec, user: 'a' }, { as: jo })).code,
        403,
      )
    })

    it('are no table', async () => {
      const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
      const spec = { nonResourceAttributes: { path: '/', verb: 'get' } }
      const { code, json } = await review('selfsubjectaccessreviews', spec, { headers: { accept } })
      assert.equal(code, 406)
      assert.equal(json.reason, 'NotAcceptable')
    })
  })

  it('has its default roles, and puts back what is taken from them when the server starts', async () => {
    const { json } = await wire.ask('GET', `${rbac}/clusterroles/system:discovery`)
    assert.equal(json.metadata.labels['kubernetes.io/bootstrapping'], 'rbac-defaults')
    assert.equal(json.metadata.annotations['rbac.authorization.kubernetes.io/autoupdate'], 'true')
    const edit = await wire.ask('GET', `${rbac}/clusterroles/edit`)
    assert.ok(edit.json.rules.some((rule: Rule) => rule.resources?.includes('deployments/scale')))
    await wire.ask('PATCH', `${rbac}/clusterroles/system:discovery`, { body: { rules: [] } })
    const left = {
      metadata: { annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } },
      rules: [],
    }
    await wire.ask('PATCH', `${rbac}/clusterroles/system:kube-dns`, { body: left })
    await wire.ask('DELETE', `${rbac}/clusterrolebindings/system:basic-user`)
    const next = await startWireServer({ storage: wire.storage })
    const again = await next.ask('GET', `${rbac}/clusterroles/system:discovery`)
    assert.deepEqual(again.json.rules, json.rules)
    const dns = await next.ask('GET', `${rbac}/clusterroles/system:kube-dns`)
    assert.deepEqual(dns.json.rules, [])
    const binding = await next.ask('GET', `${rbac}/clusterrolebindings/system:basic-user`)
    assert.equal(binding.code, 200)
    await next.close()
  })

  it('tells extension servers whom to trust', async () => {
    const path = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication'
    const { json } = await wire.ask('GET', path)
    assert.match(json.data['client-ca-file'], /BEGIN CERTIFICATE/)
  })
})
