import assert from 'node:assert/strict'
import type { KeyPair } from '../auth/certificates.ts'
import { StatusError } from '../http/status.ts'
import { openSqlite } from '../storage/sqlite.ts'
import type { Storage } from '../storage/storage.ts'
import { type Answer, pod, startWireServer, type WireServer } from './wire.ts'

const pods = '/api/v1/namespaces/default/pods'
const rbac = '/apis/rbac.authorization.k8s.io/v1'

describe('wire: the log of a pod that may be gone', () => {
  let storage: Storage
  let wire: WireServer
  let ann: KeyPair
  let asked: string[]
  /** Instead of an answer. */
  let refusal: StatusError | undefined

  before(async () => {
    storage = await openSqlite({ file: ':memory:' })
    wire = await startWireServer({
      storage,
      askNode: async (node, path) => {
        asked.push(`${node.metadata.name} ${path}`)
        if (refusal) throw refusal
        return (async function* () {
          yield Buffer.from('2026-01-01T00:00:01.5Z one\n')
          yield Buffer.from('2026-01-01T00:00:02.5Z two\n')
        })()
      },
    })
    ann = await wire.authority.issue({ commonName: 'ann', client: true })
    await made('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
    await made('/api/v1/nodes', { metadata: { name: 'n1' } })
    const status = { daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } } }
    await wire.ask('PATCH', '/api/v1/nodes/n1/status', { body: { status } })
  })
  after(async () => {
    await wire.close()
    await storage.close()
  })
  beforeEach(() => {
    asked = []
    refusal = undefined
  })

  async function made(path: string, body: object) {
    const { code, json, text } = await wire.ask('POST', path, { body })
    assert.equal(code, 201, text)
    return json
  }
  const begun = async (name: string, nodeName = 'n1'): Promise<string> =>
    (await made(pods, pod(name, { nodeName }))).metadata.uid
  const removed = async (path: string) => {
    const { code, text } = await wire.ask('DELETE', `${path}?gracePeriodSeconds=0`)
    assert.equal(code, 200, text)
  }
  const log = (query: string, as?: KeyPair): Promise<Answer> =>
    wire.ask('GET', `/tiphys/v1/log?${query}`, as ? { as } : {})
  const of = (name: string, more = '') => `namespace=default&pod=${name}&container=main${more}`

  it('comes from the node that the pod is on, and from there when it is gone', async () => {
    const uid = await begun('web')
    const wanted = `n1 /logHistory/default/web/${uid}/main?`
    for (const query of [of('web'), of('web', `&uid=${uid}`)]) {
      const { code, text, headers } = await log(query)
      assert.equal(code, 200, text)
      assert.match(headers['content-type'] ?? '', /^text\/plain/)
      assert.equal(text, '2026-01-01T00:00:01.5Z one\n2026-01-01T00:00:02.5Z two\n')
    }
    await removed(`${pods}/web`)
    for (const query of [of('web'), of('web', `&uid=${uid}`)])
      assert.equal((await log(query)).code, 200)
    assert.deepEqual(asked, Array(4).fill(wanted))
  })

  it('is of the pod of the uid, however many had its name', async () => {
    const uids = []
    for (let count = 0; count < 3; count++) {
      uids.push(await begun('set-0'))
      await removed(`${pods}/set-0`)
    }
    uids.push(await begun('set-0'))
    for (const uid of uids) assert.equal((await log(of('set-0', `&uid=${uid}`))).code, 200)
    assert.deepEqual(
      asked,
      uids.map((uid) => `n1 /logHistory/default/set-0/${uid}/main?`),
    )
    assert.equal((await log(of('set-0', '&uid=another'))).code, 404)
  })

  it('begins and ends where it is asked to', async () => {
    const uid = await begun('part')
    await log(of('part', '&sinceTime=2026-01-01T00:00:00Z&limitBytes=10&follow=true'))
    assert.deepEqual(asked, [
      `n1 /logHistory/default/part/${uid}/main?sinceTime=2026-01-01T00%3A00%3A00Z&limitBytes=10`,
    ])
  })

  it('says what is missing: the question, the pod, its node, the log', async () => {
    assert.equal((await log('namespace=default&pod=web')).code, 400)
    assert.match((await log(of('none'))).json.message, /there is no pod default\/none/)
    await made(pods, pod('nowhere'))
    assert.match((await log(of('nowhere'))).json.message, /was on no node/)
    await made('/api/v1/nodes', { metadata: { name: 'n2' } })
    await begun('left', 'n2')
    await removed('/api/v1/nodes/n2')
    assert.match((await log(of('left'))).json.message, /node n2, .* is gone with its logs/)
    await begun('silent')
    refusal = new StatusError(404, 'NotFound', 'nothing is kept here')
    const { code, json } = await log(of('silent'))
    assert.deepEqual([code, json.message], [404, 'nothing is kept here'])
  })

  it('asks the node for nothing beside a container', async () => {
    await begun('beside')
    for (const container of ['..', '.', '../other', 'a%2Fb', 'MAIN', 'x'.repeat(64)]) {
      const query = `namespace=default&pod=beside&container=${encodeURIComponent(container)}`
      const { code, json } = await log(query)
      assert.equal(code, 400, container)
      assert.match(json.message, /no container can be called/)
    }
    assert.deepEqual(asked, [])
  })

  it('says that simulated pods write nothing', async () => {
    await made('/api/v1/nodes', { metadata: { name: 'n3' } })
    await begun('simulated', 'n3')
    assert.match((await log(of('simulated'))).json.message, /node n3 keeps no logs/)
    assert.deepEqual(asked, [])
  })

  it('is for those who may read the logs of the pod', async () => {
    await begun('guarded')
    const refused = await log(of('guarded'), ann)
    assert.equal(refused.code, 403)
    assert.match(refused.json.message, /User "ann" cannot get resource "pods\/log"/)
    await made(`${rbac}/namespaces/default/roles`, {
      metadata: { name: 'logs' },
      rules: [{ apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }],
    })
    await made(`${rbac}/namespaces/default/rolebindings`, {
      metadata: { name: 'ann-logs' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'logs' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' }],
    })
    assert.equal((await log(of('guarded'), ann)).code, 200)
    const nobody = await wire.ask('GET', `/tiphys/v1/log?${of('guarded')}`, { as: null })
    assert.equal(nobody.code, 403)
  })
})
