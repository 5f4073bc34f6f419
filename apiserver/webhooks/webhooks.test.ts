import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../api/object.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { Admission, type AdmissionRequest } from '../admission/admission.ts'
import type { StatusError } from '../http/status.ts'
import { givenObjects } from '../registry/testing/given-objects.ts'
import { configMaps } from '../resources/core/config-map.ts'
import { pods } from '../resources/core/pod.ts'
import { type ConditionsHold, HookCaller } from './hook-caller.ts'
import { mutatingWebhooks } from './mutating-webhooks.ts'
import {
  type HookServer,
  jsonPatch,
  type Respond,
  review,
  startHookServer,
} from './testing/hook-server.ts'
import { validatingWebhooks } from './validating-webhooks.ts'
import { WebhookClient } from './webhook-client.ts'

const mutating = 'mutatingwebhookconfigurations.admissionregistration.k8s.io'
const validating = 'validatingwebhookconfigurations.admissionregistration.k8s.io'
const everything = {
  apiGroups: ['*'],
  apiVersions: ['*'],
  resources: ['*/*'],
  operations: ['*'],
}

describe('admission webhooks', () => {
  let server: HookServer
  let client: WebhookClient
  let respond: Respond
  let conditionsHold: ConditionsHold
  let reported: string[]
  const clock = new VirtualClock()
  const objects: Record<string, KubernetesObject[]> = {}
  let admission: Admission

  before(async () => {
    server = await startHookServer((...all) => respond(...all))
    const lister = givenObjects(objects)
    const random = seededRandom(1)
    client = new WebhookClient({ lister, clock, random })
    const caller = new HookCaller({
      lister,
      random,
      client,
      resources: () => [pods, configMaps],
      conditionsHold: (...all) => conditionsHold(...all),
      report: (error) => reported.push(error.message),
    })
    admission = new Admission([mutatingWebhooks(caller), validatingWebhooks(caller)])
  })
  after(async () => {
    client.close()
    await server.close()
  })
  beforeEach(() => {
    objects[mutating] = []
    objects[validating] = []
    objects.namespaces = [{ metadata: { name: 'ns', labels: { team: 'a' } } }]
    respond = (body) => review(body)
    conditionsHold = () => true
    reported = []
    server.asked.length = 0
  })

  const hook = (name: string, change: object = {}) => ({
    name,
    clientConfig: { url: server.url(`/${name}`), caBundle: server.caBundle },
    rules: [everything],
    sideEffects: 'None',
    timeoutSeconds: 5,
    ...change,
  })
  const configure = (kind: string, name: string, ...webhooks: object[]) =>
    objects[kind]?.push({ metadata: { name }, webhooks })
  const request = (change: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
    operation: 'CREATE',
    resource: configMaps,
    kind: configMaps,
    subresource: '',
    namespace: 'ns',
    name: 'x',
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'ns' } },
    old: undefined,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    dryRun: false,
    user: { name: 'jane', uid: '7', groups: ['g'], extra: { k: ['v'] } },
    warn: () => {},
    ...change,
  })
  const admit = async (change: Partial<AdmissionRequest> = {}) => {
    const made = request(change)
    await admission.mutate(made)
    await admission.validate(made)
    return made.object as KubernetesObject & { data?: Record<string, string> }
  }
  const refusal = async (asking: Promise<unknown>) => {
    try {
      await asking
    } catch (error) {
      return (error as StatusError).status
    }
    return assert.fail('admitted')
  }
  const paths = () => server.asked.map(({ path }) => path.replace(/\?.*/, '').slice(1))

  it('asks with the whole review and nothing but it', async () => {
    configure(validating, 'c', hook('v'))
    await admit()
    const { uid, ...asked } = server.asked[0]!.body.request
    assert.match(uid, /^[0-9a-f-]{36}$/)
    assert.deepEqual(server.asked[0]?.body.apiVersion, 'admission.k8s.io/v1')
    assert.deepEqual(asked, {
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
      requestResource: { group: '', version: 'v1', resource: 'configmaps' },
      name: 'x',
      namespace: 'ns',
      operation: 'CREATE',
      userInfo: { username: 'jane', uid: '7', groups: ['g'], extra: { k: ['v'] } },
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'ns' } },
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    })
  })

  it('tells a deletion by the old object alone, and a connection by its options', async () => {
    configure(validating, 'c', hook('v'))
    const old = { metadata: { name: 'x' } }
    await admit({ operation: 'DELETE', object: undefined, old })
    const exec = { group: '', version: 'v1', kind: 'PodExecOptions' }
    await admit({
      operation: 'CONNECT',
      resource: pods,
      kind: exec,
      subresource: 'exec',
      object: { metadata: {}, command: ['ls'] },
      options: undefined,
    })
    const [deletion, connection] = server.asked.map(({ body }) => body.request)
    assert.deepEqual([deletion.object, deletion.oldObject], [null, old])
    assert.deepEqual([connection.kind, connection.subResource], [exec, 'exec'])
    assert.deepEqual([connection.oldObject, connection.options], [null, null])
  })

  it('lets each see what those before it made, by name, and the defaults of what was added', async () => {
    configure(mutating, 'a', hook('first'), hook('second'))
    configure(mutating, 'b', hook('third'))
    respond = (body, _response, { url = '' }) => {
      const key = url.split(/[/?]/)[1]
      const { data } = body.request.object
      const value = Object.keys(data ?? {}).join()
      return review(
        body,
        jsonPatch([
          ...(data ? [] : [{ op: 'add', path: '/data', value: {} }]),
          { op: 'add', path: `/data/${key}`, value },
        ]),
      )
    }
    const { data } = await admit()
    assert.deepEqual(data, { first: '', second: 'first', third: 'first,second' })
  })

  it('gives what was added its defaults and drops what no schema knows', async () => {
    configure(mutating, 'a', hook('m'))
    const container = { name: 'added', image: 'i', nonsense: 1 }
    respond = (body) =>
      review(body, jsonPatch([{ op: 'add', path: '/spec/initContainers', value: [container] }]))
    const { spec } = (await admit({
      resource: pods,
      kind: pods,
      object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: { containers: [] } },
    })) as unknown as { spec: { initContainers: Record<string, unknown>[] } }
    assert.equal(spec.initContainers[0]?.terminationMessagePolicy, 'File')
    assert.equal(Object.hasOwn(spec.initContainers[0] ?? {}, 'nonsense'), false)
  })

  it('asks again, once, whoever wishes it when others changed the object after it', async () => {
    configure(mutating, 'a', hook('again', { reinvocationPolicy: 'IfNeeded' }), hook('never'))
    let count = 0
    respond = (body) =>
      review(
        body,
        jsonPatch([{ op: 'add', path: '/metadata/labels', value: { count: String(++count) } }]),
      )
    await admit()
    assert.deepEqual(paths(), ['again', 'never', 'again'])
  })

  it('asks nobody again whom nothing new would reach', async () => {
    configure(mutating, 'a', hook('again', { reinvocationPolicy: 'IfNeeded' }), hook('other'))
    respond = (body) => review(body)
    await admit()
    assert.deepEqual(paths(), ['again', 'other'])
  })

  it('says why a webhook refused, in its own words and with its own code', async () => {
    configure(validating, 'c', hook('v.example'))
    const denied = (status: object | undefined) => {
      respond = (body) => review(body, { allowed: false, status })
      return refusal(admit())
    }
    const { code, message, reason } = await denied({
      code: 403,
      message: 'no',
      reason: 'Forbidden',
    })
    assert.deepEqual(
      [code, message, reason],
      [403, 'admission webhook "v.example" denied the request: no', 'Forbidden'],
    )
    assert.partialDeepStrictEqual(await denied(undefined), {
      code: 400,
      message: 'admission webhook "v.example" denied the request without explanation',
    })
    assert.partialDeepStrictEqual(await denied({ code: 'x', message: 3 }), { code: 400 })
  })

  it('refuses when a webhook fails, unless it does not mind', async () => {
    respond = (_body, response) => {
      response.writeHead(500).end()
      return undefined
    }
    configure(validating, 'c', hook('v'))
    const { code, reason, message } = await refusal(admit())
    assert.deepEqual([code, reason], [500, 'InternalError'])
    assert.match(
      message ?? '',
      /^Internal error occurred: failed calling webhook "v": failed to call webhook: Post "https:\/\/localhost:\d+\/v\?timeout=5s": an error on the server/,
    )
    objects[validating] = []
    configure(validating, 'c', hook('v', { failurePolicy: 'Ignore' }))
    await admit()
    assert.equal(reported.length, 1)
  })

  it('does not wait longer than the webhook may take', async () => {
    configure(validating, 'c', hook('v'))
    const arrived = new Promise<void>((resolve) => {
      respond = () => {
        resolve()
        return undefined
      }
    })
    const refused = refusal(admit())
    await arrived
    await clock.advance(5_000)
    assert.match((await refused).message ?? '', /context deadline exceeded$/)
  })

  it('believes no answer that is not exactly one', async () => {
    configure(mutating, 'c', hook('m'))
    const answers: [(body: { request: { uid: string } }) => object, RegExp][] = [
      [() => ({}), /received invalid webhook response: webhook response was absent$/],
      [(body) => ({ ...review(body), kind: 'Other' }), /expected webhook response of admission/],
      [() => review({ request: { uid: 'other' } }), /expected response.uid="[^"]+", got "other"$/],
      [(body) => review(body, { allowed: 'yes' }), /response.allowed is not a boolean$/],
      [
        (body) => review(body, { ...jsonPatch([]), patchType: undefined }),
        /not response.patchType$/,
      ],
      [(body) => review(body, { allowed: true, patchType: 'JSONPatch' }), /not response.patch$/],
      [
        (body) => review(body, { ...jsonPatch([]), patchType: 'Merge' }),
        /unsupported patch type "Merge"$/,
      ],
      [
        (body) => review(body, { allowed: true, patchType: 'JSONPatch', patch: '!' }),
        /illegal base64/,
      ],
    ]
    for (const [answer, message] of answers) {
      respond = (body) => answer(body)
      assert.match((await refusal(admit())).message ?? '', message)
    }
    respond = (body) => ({ ...review(body, { patch: 'eA==' }) })
    objects[validating] = objects[mutating] ?? []
    objects[mutating] = []
    assert.match((await refusal(admit())).message ?? '', /may not return response.patch$/)
  })

  it('speaks the version that the webhook takes first, and asks less of the older one', async () => {
    configure(mutating, 'c', hook('m', { admissionReviewVersions: ['v9', 'v1beta1', 'v1'] }))
    const patch = Buffer.from('[{"op":"add","path":"/data","value":{"k":"v"}}]').toString('base64')
    respond = () => ({ response: { allowed: true, patch } })
    assert.deepEqual((await admit()).data, { k: 'v' })
    const [{ body } = assert.fail('not asked')] = server.asked
    assert.equal(body.apiVersion, 'admission.k8s.io/v1beta1')
    objects[mutating] = []
    configure(validating, 'c', hook('v', { admissionReviewVersions: ['v1beta1'] }))
    await admit()
    respond = () => ({ response: { allowed: false } })
    assert.equal((await refusal(admit())).code, 400)
  })

  it('is not harmed by hostile patches', async () => {
    configure(mutating, 'c', hook('m'))
    const patches: unknown[] = [
      'no patch',
      [{ op: 'explode', path: '/' }],
      [{ op: 'test', path: '/metadata/name', value: 'other' }],
      [{ op: 'replace', path: '', value: [] }],
      [{ op: 'replace', path: '/kind', value: 'Secret' }],
      [{ op: 'add', path: '/data', value: { k: 1 } }],
      Array.from({ length: 20_000 }, () => ({ op: 'add', path: '/data', value: {} })),
    ]
    for (const patch of patches) {
      respond = (body) => review(body, jsonPatch(patch))
      assert.equal((await refusal(admit())).code, 500)
    }
    respond = (body) =>
      review(body, {
        allowed: true,
        patchType: 'JSONPatch',
        patch: Buffer.from('[{"op":"add","path":"/__proto__/polluted","value":"y"}]').toString(
          'base64',
        ),
      })
    assert.equal((await refusal(admit())).code, 500)
    respond = (body) =>
      review(body, {
        allowed: true,
        patchType: 'JSONPatch',
        patch: Buffer.from(
          '[{"op":"add","path":"/__proto__","value":{"polluted":"y"}},{"op":"add","path":"/data","value":{"__proto__":"y"}}]',
        ).toString('base64'),
      })
    const object = await admit()
    assert.equal(({} as { polluted?: string }).polluted, undefined)
    assert.equal(Object.getPrototypeOf(object), Object.prototype)
    assert.deepEqual(Object.keys(object.data ?? {}), ['__proto__'])
  })

  it('takes what is no patch for no answer, which does not matter to whoever says so', async () => {
    respond = (body) => review(body, jsonPatch('no patch'))
    configure(mutating, 'c', hook('m', { failurePolicy: 'Ignore' }))
    await admit()
    assert.deepEqual(reported, [
      'Internal error occurred: failed calling webhook "m": received undecodable patch in webhook response: it is no list of operations',
    ])
  })

  it('refuses a dry run that the webhook is not made for', async () => {
    configure(validating, 'c', hook('v', { sideEffects: 'Some' }))
    const { code, message } = await refusal(admit({ dryRun: true }))
    assert.deepEqual([code, message], [400, 'admission webhook "v" does not support dry run'])
    await admit()
    assert.equal(server.asked.length, 1)
  })

  it('asks only those whose rules, selectors and conditions concern the request', async () => {
    configure(
      validating,
      'c',
      hook('pods', { rules: [{ ...everything, resources: ['pods'] }] }),
      hook('team-b', { namespaceSelector: { matchLabels: { team: 'b' } } }),
      hook('labelled', { objectSelector: { matchLabels: { wanted: 'yes' } } }),
      hook('conditions', { matchConditions: [{ name: 'c', expression: 'false' }] }),
      hook('concerned'),
    )
    conditionsHold = () => false
    await admit()
    assert.deepEqual(paths(), ['concerned'])
    conditionsHold = () => {
      throw new Error('no such key: x')
    }
    const { code, message } = await refusal(admit())
    assert.deepEqual([code, message], [403, 'configmaps "x" is forbidden: no such key: x'])
    assert.deepEqual(paths(), ['concerned'], 'nobody was asked this time')
  })

  it('hands warnings on', async () => {
    configure(validating, 'c', hook('v'))
    respond = (body) => review(body, { allowed: true, warnings: ['mind this', 7] })
    const warnings: string[] = []
    await admit({ warn: (text) => warnings.push(text) })
    assert.deepEqual(warnings, ['mind this'])
  })

  it('says in the audit log who was asked, what they changed, and what they wish to be told', async () => {
    configure(mutating, 'a', hook('still'), hook('m.example'))
    configure(mutating, 'b', hook('gone', { failurePolicy: 'Ignore' }))
    configure(validating, 'c', hook('v.example'), hook('lost', { failurePolicy: 'Ignore' }))
    const patch = [{ op: 'add', path: '/data', value: { k: 'v' } }]
    const auditAnnotations = { 'checked-by': 'me', 'no key!': 'x', number: 1 }
    respond = (body, response, { url = '' }) => {
      if (/gone|lost/.test(url)) {
        response.writeHead(500).end()
        return undefined
      }
      if (url.includes('v.example')) return review(body, { allowed: true, auditAnnotations })
      return review(body, url.includes('m.example') ? jsonPatch(patch) : undefined)
    }
    const said: Record<string, string> = {}
    const annotate = (key: string, value: string, level = 'Metadata') => {
      said[`${level} ${key}`] = value
    }
    await admit({ audit: { annotate } })
    const about = (configuration: string, webhook: string) => ({ configuration, webhook })
    assert.deepEqual(said, {
      'Metadata mutation.webhook.admission.k8s.io/round_0_index_0': JSON.stringify({
        ...about('a', 'still'),
        mutated: false,
      }),
      'Request patch.webhook.admission.k8s.io/round_0_index_1': JSON.stringify({
        ...about('a', 'm.example'),
        patch,
        patchType: 'JSONPatch',
      }),
      'Metadata mutation.webhook.admission.k8s.io/round_0_index_1': JSON.stringify({
        ...about('a', 'm.example'),
        mutated: true,
      }),
      'Metadata failed-open.mutation.webhook.admission.k8s.io/round_0_index_2': 'gone',
      'Metadata mutation.webhook.admission.k8s.io/round_0_index_2': JSON.stringify({
        ...about('b', 'gone'),
        mutated: false,
      }),
      'Metadata v.example/checked-by': 'me',
      'Metadata v.example/no key!': 'x',
      'Metadata failed-open.validating.webhook.admission.k8s.io/round_0_index_1': 'lost',
    })
  })
})
