import assert from 'node:assert/strict'
import type { Lineage } from '../../api/lineage.ts'
import { causeHeader } from '../../api/write-record.ts'
import type { KeyPair } from '../auth/certificates.ts'
import { openSqlite } from '../storage/sqlite.ts'
import type { Storage } from '../storage/storage.ts'
import { type Ask, configMap, deployment, pod, startWireServer, type WireServer } from './wire.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const apps = '/apis/apps/v1/namespaces/default'
const pods = '/api/v1/namespaces/default/pods'
const configMaps = '/api/v1/namespaces/default/configmaps'

describe('wire: why', () => {
  let storage: Storage
  let wire: WireServer
  let ann: KeyPair
  let manager: KeyPair

  before(async () => {
    storage = await openSqlite({ file: ':memory:' })
    wire = await startWireServer({ storage })
    ann = await wire.authority.issue({ commonName: 'ann', client: true })
    manager = await wire.authority.issue({
      commonName: 'system:kube-controller-manager',
      organizations: ['system:masters'],
      client: true,
    })
    await made('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
  })
  after(async () => {
    await wire.close()
    await storage.close()
  })

  async function made(path: string, body: object, ask: Ask = {}) {
    const { code, json, text } = await wire.ask('POST', path, { body, ...ask })
    assert.equal(code, 201, text)
    return json
  }

  async function why(query: string, as?: KeyPair): Promise<Lineage> {
    const { code, json, text } = await wire.ask('GET', `/tiphys/v1/why?${query}`, as ? { as } : {})
    assert.equal(code, 200, text)
    return json
  }

  const lines = ({ links, end }: Lineage) => [
    ...links.map(({ kind, object, type, summary, record, next }) =>
      [kind, object.name, type, summary, record?.user, next].filter(Boolean).join(' '),
    ),
    end,
  ]

  /** A Deployment with a ReplicaSet and a pod, made as controllers say that they are. */
  async function rollOut(name: string): Promise<void> {
    const wish = await made(`${apps}/deployments`, deployment(name))
    const { resourceVersion, uid } = wish.metadata
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true }
    const set = await made(
      `${apps}/replicasets`,
      {
        ...deployment(`${name}-1`),
        kind: 'ReplicaSet',
        metadata: { name: `${name}-1`, ownerReferences: [owner] },
      },
      {
        as: manager,
        headers: { [causeHeader]: `deployments.apps/default/${name}@${resourceVersion}` },
      },
    )
    const of = { ...owner, kind: 'ReplicaSet', name: `${name}-1`, uid: set.metadata.uid }
    const seen = `replicasets.apps/default/${name}-1@${set.metadata.resourceVersion}`
    await made(pods, pod(`${name}-1-a`, {}, { ownerReferences: [of] }), {
      as: manager,
      headers: { [causeHeader]: `${seen}, ${seen}` },
    })
  }

  it('tells a pod’s whole lineage, and where history begins', async () => {
    await rollOut('web')
    const lineage = await why('resource=pods&namespace=default&name=web-1-a')
    assert.deepEqual(lines(lineage), [
      'Pod web-1-a created image image system:kube-controller-manager told',
      'ReplicaSet web-1 created image image system:kube-controller-manager told',
      'Deployment web created image image admin',
      'author',
    ])
    assert.equal(lineage.edge.revision, await storage.oldest())
    assert.match(lineage.edge.at ?? '', /^\d{4}-.*Z$/)
    assert.deepEqual((await wire.ask('GET', '/tiphys/v1/edge')).json, lineage.edge)
  })

  it('tells the last change of a path', async () => {
    const replicas = { body: { spec: { replicas: 3 } } }
    await wire.ask('PATCH', `${apps}/deployments/web/scale`, replicas)
    await wire.ask('PATCH', `${apps}/deployments/web/status`, { body: { status: { replicas: 1 } } })
    const lineage = await why(
      'resource=deployments&group=apps&namespace=default&name=web&path=spec.replicas',
    )
    assert.deepEqual(lines(lineage), ['Deployment web updated replicas 1 -> 3 admin', 'author'])
    assert.deepEqual(lineage.links[0]?.changed, ['spec.replicas'])
    assert.equal(lineage.links[0]?.record?.subresource, 'scale')
  })

  it('tells of what is gone', async () => {
    await made(configMaps, configMap('gone'))
    await wire.ask('DELETE', `${configMaps}/gone`)
    assert.deepEqual(lines(await why('resource=configmaps&namespace=default&name=gone')), [
      'ConfigMap gone deleted admin',
      'author',
    ])
  })

  it('does not believe a client that claims what is not so', async () => {
    const headers = { [causeHeader]: 'deployments.apps/default/web@999999' }
    await made(configMaps, configMap('liar'), { headers })
    const lineage = await why('resource=configmaps&namespace=default&name=liar')
    assert.deepEqual(lines(lineage), ['ConfigMap liar created admin', 'author'])
    assert.equal(lineage.links[0]?.record?.cause, undefined)
  })

  it('shows nobody what they may not read', async () => {
    const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] }
    const place = `${rbac}/namespaces/default`
    await made(`${place}/roles`, { metadata: { name: 'pods' }, rules: [rule] })
    await made(`${place}/rolebindings`, {
      metadata: { name: 'ann' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'pods' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' }],
    })
    const lineage = await why('resource=pods&namespace=default&name=web-1-a', ann)
    assert.deepEqual(lines(lineage), [
      'Pod web-1-a created image image system:kube-controller-manager',
      'forbidden',
    ])
    assert.ok(!JSON.stringify(lineage.links).includes('replicasets'), 'nor what it is called')
    const refused = '/tiphys/v1/why?resource=deployments&group=apps&namespace=default&name=web'
    const { code, json } = await wire.ask('GET', refused, { as: ann })
    assert.equal(code, 403)
    assert.match(json.message, /User "ann" cannot get resource "deployments"/)
    const nobody = await wire.ask('GET', '/tiphys/v1/edge', { as: null })
    assert.equal(nobody.code, 403)
  })

  const refusals: [string, number, string, RegExp][] = [
    ['what never was', 404, 'resource=pods&namespace=default&name=never', /pods "never" not found/],
    ['what is not served', 404, 'resource=ships&name=argo', /there can be no ships "argo"/],
    ['a namespaced object without one', 404, 'resource=pods&name=web', /without a namespace/],
    ['a path for a name', 404, 'resource=nodes&name=a%2Fb', /there can be no nodes/],
    ['nothing', 400, '', /resource and name must be told/],
    [
      'a field that never was',
      404,
      'resource=namespaces&name=default&path=spec.typo',
      /spec.typo is in no version of Namespace default: say it as in/,
    ],
    ['no revision', 400, 'resource=nodes&name=n&revision=x', /revision must be a revision/],
    ['a revision to come', 400, 'resource=nodes&name=n&revision=99999999', /is in the future/],
  ]
  for (const [what, expected, query, message] of refusals)
    it(`refuses to tell of ${what}`, async () => {
      const { code, json, text } = await wire.ask('GET', `/tiphys/v1/why?${query}`)
      assert.equal(code, expected, text)
      assert.match(json.message, message)
    })

  it('does not know other paths, nor other verbs', async () => {
    assert.equal((await wire.ask('GET', '/tiphys/v1/when')).code, 404)
    assert.equal((await wire.ask('POST', '/tiphys/v1/edge', { body: {} })).code, 405)
    const { json } = await wire.ask('GET', '/')
    assert.ok(json.paths.includes('/tiphys/v1/why'))
  })

  it('says so where history was forgotten', async () => {
    await made(configMaps, configMap('old'))
    await wire.ask('PATCH', `${configMaps}/old`, { body: { data: { a: '1' } } })
    const { entry } = await storage.get('/registry/core/configmaps/default/old')
    await made(configMaps, configMap('filler'))
    await storage.compact(await storage.revision())
    const question = 'resource=configmaps&namespace=default&name=old'
    assert.deepEqual(lines(await why(question)), ['ConfigMap old created', 'edge'])
    assert.deepEqual(lines(await why(`${question}&path=data.a`)), ['edge'])
    const past = await wire.ask('GET', `/tiphys/v1/why?${question}&revision=${entry?.modified}`)
    assert.equal(past.code, 410, past.text)
  })
})
