import assert from 'node:assert/strict'
import {
  type HookServer,
  jsonPatch,
  type Respond,
  review,
  startHookServer,
} from '../webhooks/testing/hook-server.ts'
import { configMap, pod, startWireServer, type WireServer } from './wire.ts'

describe('wire: admission webhooks', () => {
  let wire: WireServer
  let hooks: HookServer
  let respond: Respond
  const base = '/api/v1/namespaces/default'
  const configurations = '/apis/admissionregistration.k8s.io/v1'

  before(async () => {
    hooks = await startHookServer((...all) => respond(...all))
    wire = await startWireServer()
  })
  after(async () => {
    await wire.close()
    await hooks.close()
  })
  beforeEach(() => {
    respond = (body) => review(body)
    hooks.asked.length = 0
  })
  afterEach(async () => {
    for (const kind of ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'])
      await wire.ask('DELETE', `${configurations}/${kind}`)
  })

  const configure = async (kind: 'Mutating' | 'Validating', change: object = {}) => {
    const { code, text } = await wire.ask(
      'POST',
      `${configurations}/${kind.toLowerCase()}webhookconfigurations`,
      {
        body: {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: `${kind}WebhookConfiguration`,
          metadata: { name: 'hook' },
          webhooks: [
            {
              name: 'hook.example.com',
              clientConfig: { url: hooks.url('/hook'), caBundle: hooks.caBundle },
              rules: [
                { apiGroups: [''], apiVersions: ['v1'], resources: ['*'], operations: ['*'] },
              ],
              sideEffects: 'None',
              admissionReviewVersions: ['v1'],
              ...change,
            },
          ],
        },
      },
    )
    assert.equal(code, 201, text)
  }
  const create = (name: string, query = '') =>
    wire.ask('POST', `${base}/configmaps${query}`, { body: configMap(name) })

  it('refuse from the moment they are configured to the moment they are not', async () => {
    respond = (body) => review(body, { allowed: false, status: { code: 403, message: 'no' } })
    await configure('Validating')
    const { code, json } = await create('refused')
    assert.equal(code, 403)
    assert.equal(json.message, 'admission webhook "hook.example.com" denied the request: no')
    await wire.ask('DELETE', `${configurations}/validatingwebhookconfigurations/hook`)
    assert.equal((await create('refused')).code, 201)
  })

  it('change what is stored, which then has its defaults', async () => {
    const added = { name: 'added', image: 'i' }
    respond = (body) =>
      review(body, jsonPatch([{ op: 'add', path: '/spec/initContainers', value: [added] }]))
    const rules = [
      { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] },
    ]
    await configure('Mutating', { rules })
    const { code, json } = await wire.ask('POST', `${base}/pods`, { body: pod('changed') })
    assert.equal(code, 201)
    assert.equal(json.spec.initContainers[0].terminationMessagePolicy, 'File')
    assert.equal(json.spec.initContainers[0].imagePullPolicy, 'Always')
  })

  it('move nothing to where it was not asked for', async () => {
    respond = (body) =>
      review(body, jsonPatch([{ op: 'add', path: '/metadata/namespace', value: 'kube-system' }]))
    await configure('Mutating')
    assert.equal((await create('moved')).code, 400)
    for (const namespace of ['default', 'kube-system'])
      assert.equal(
        (await wire.ask('GET', `/api/v1/namespaces/${namespace}/configmaps/moved`)).code,
        404,
      )
  })

  it('go by the conditions that they set', async () => {
    const expression = 'object.metadata.name != "passed-over"'
    await configure('Validating', { matchConditions: [{ name: 'named', expression }] })
    await create('passed-over')
    assert.equal(hooks.asked.length, 0)
    await create('looked-at')
    assert.equal(hooks.asked.length, 1)
  })

  it('never decide about what decides about requests', async () => {
    respond = (body) => review(body, { allowed: false })
    const rules = [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['*'] }]
    await configure('Validating', { rules })
    const path = `${configurations}/validatingwebhookconfigurations/hook`
    const { code } = await wire.ask('DELETE', path)
    assert.equal(code, 200)
    assert.equal(hooks.asked.length, 0)
  })

  it('cost others nothing while one of them does not answer', async () => {
    let heard = () => {}
    const arrived = new Promise<void>((resolve) => {
      heard = resolve
    })
    respond = () => {
      heard()
      return undefined
    }
    const rules = [
      { apiGroups: [''], apiVersions: ['v1'], resources: ['secrets'], operations: ['*'] },
    ]
    await configure('Validating', { rules, timeoutSeconds: 1 })
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }
    const stuck = wire.ask('POST', `${base}/secrets`, { body })
    await arrived
    assert.equal((await create('undisturbed')).code, 201)
    const { code, json } = await stuck
    assert.equal(code, 500)
    assert.match(
      json.message,
      /failed calling webhook "hook.example.com": failed to call webhook: Post "https:\/\/localhost:\d+\/hook\?timeout=1s": context deadline exceeded$/,
    )
  })
})
