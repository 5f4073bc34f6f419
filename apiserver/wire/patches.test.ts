import assert from 'node:assert/strict'
import { definition, version } from '../crds/examples.ts'
import { startWireServer, type WireServer } from './wire.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const deployments = '/apis/apps/v1/namespaces/default/deployments'
const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const widgets = '/apis/example.com/v1/namespaces/default/widgets'

const schema = {
  openAPIV3Schema: {
    type: 'object',
    properties: {
      spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  },
}

describe('wire: patches', () => {
  let wire: WireServer

  before(async () => {
    wire = await startWireServer()
    const crd = definition({ versions: [version('v1', { schema, subresources: { status: {} } })] })
    const made = await wire.ask('POST', crds, { body: crd })
    assert.equal(made.code, 201, made.text)
    await create(wire.ask('POST', maps, { body: configMap('m', { a: '1' }) }))
    await create(wire.ask('POST', deployments, { body: deployment('d') }))
  })
  after(() => wire.close())

  const create = async (answer: ReturnType<WireServer['ask']>) => {
    const { code, text } = await answer
    assert.equal(code, 201, text)
  }

  const configMap = (name: string, data: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data,
  })
  const deployment = (name: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'c', image: 'nginx' }] },
      },
    },
  })

  const patch = (path: string, type: string, body: object | string) =>
    wire.ask('PATCH', path, { headers: { 'Content-Type': `application/${type}+json` }, body })

  it('say nothing of why one that is well formed cannot be done', async () => {
    const test = [{ op: 'test', path: '/data/a', value: 'other' }]
    const { code, json } = await patch(`${maps}/m`, 'json-patch', test)
    assert.equal(code, 422)
    assert.deepEqual(json, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'the server rejected our request due to an error in our request',
      reason: 'Invalid',
      details: {},
      code: 422,
    })
  })

  it('of more than ten thousand operations are too large', async () => {
    const operation = { op: 'test', path: '/data/a', value: '1' }
    const { code, json } = await patch(`${maps}/m`, 'json-patch', Array(10_001).fill(operation))
    assert.equal(code, 413)
    assert.equal(
      json.message,
      'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    )
  })

  it('tell what they are not', async () => {
    const [list, object] = ['[]', '{}']
    const merge = await patch(`${maps}/m`, 'merge-patch', list)
    const json = await patch(`${maps}/m`, 'json-patch', object)
    const strategic = await patch(`${maps}/m`, 'strategic-merge-patch', list)
    assert.deepEqual(
      [merge, json, strategic].map(({ code, json: { message } }) => `${code} ${message}`),
      [
        '400 error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
        '400 error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
        '400 json: cannot unmarshal array into Go value of type map[string]interface {}',
      ],
    )
  })

  it('that are null change nothing, but for merge patches, which they are not', async () => {
    const answers = await Promise.all(
      ['json-patch', 'strategic-merge-patch', 'merge-patch'].map((type) =>
        patch(`${maps}/m`, type, 'null'),
      ),
    )
    assert.deepEqual(
      answers.map(({ code }) => code),
      [200, 200, 400],
    )
    assert.equal(answers[2]!.json.message, 'Invalid JSON Patch')
  })

  it('are of the kind they patch, whatever a strategic one says of it', async () => {
    const says = { apiVersion: 'apps/v1', kind: 'Deployment', data: { kind: 'said' } }
    const { code, json } = await patch(`${maps}/m`, 'strategic-merge-patch', says)
    assert.deepEqual(
      [code, json.apiVersion, json.kind, json.data.kind],
      [200, 'v1', 'ConfigMap', 'said'],
    )
    assert.equal((await patch(`${maps}/m`, 'strategic-merge-patch', { kind: null })).code, 200)
    assert.notEqual((await patch(`${maps}/m`, 'strategic-merge-patch', { kind: 5 })).code, 200)
    assert.notEqual((await patch(`${maps}/m`, 'merge-patch', { kind: 'Deployment' })).code, 200)
  })

  describe('that make what is not of the kind', () => {
    it('quote what a merge patch made', async () => {
      const { code, json } = await patch(`${deployments}/d`, 'merge-patch', {
        spec: { replicas: 'lots' },
      })
      assert.equal(code, 422)
      assert.match(
        json.message,
        /^ "" is invalid: patch: Invalid value: "\{.*": json: cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32$/,
      )
      assert.equal(json.details.causes[0].field, 'patch')
    })

    it('are refused with what is unknown when they are strict', async () => {
      const strict = `${deployments}/d?fieldValidation=Strict`
      const body = '{"spec":{"colour":"red","replicas":1,"replicas":2}}'
      const merge = await patch(strict, 'merge-patch', body)
      assert.equal(merge.code, 422)
      assert.match(
        merge.json.message,
        /: strict decoding error: duplicate field "spec.replicas", unknown field "spec.colour"$/,
      )
      const strategic = await patch(strict, 'strategic-merge-patch', { spec: { colour: 'red' } })
      assert.equal(
        strategic.json.message,
        ' "" is invalid: patch: Invalid value: "map[spec:map[colour:red]]": strict decoding error: unknown field "spec.colour"',
      )
    })

    it('are refused with fields that no operation has when they are strict', async () => {
      const operation = '{"op":"test","path":"/kind","value":"Deployment","op":"test","colour":1}'
      const { code, json } = await patch(
        `${deployments}/d?fieldValidation=Strict`,
        'json-patch',
        `[${operation}]`,
      )
      assert.equal(code, 422)
      assert.match(
        json.message,
        /: strict decoding error: json patch duplicate field "\[0\].op", json patch unknown field "\[0\].colour"$/,
      )
    })

    it('warn of it otherwise, and are silent where that is wished', async () => {
      const body = { spec: { colour: 'red' } }
      const warned = await patch(`${deployments}/d`, 'merge-patch', body)
      assert.equal(warned.code, 200)
      assert.match(String(warned.headers.warning), /unknown field \\"spec.colour\\"/)
      const ignored = await patch(`${deployments}/d?fieldValidation=Ignore`, 'merge-patch', body)
      assert.equal(ignored.headers.warning, undefined)
    })
  })

  it('without the key of an item are an error of the server', async () => {
    const containers = [{ image: 'x' }]
    const { code, json } = await patch(`${deployments}/d`, 'strategic-merge-patch', {
      spec: { template: { spec: { containers } } },
    })
    assert.equal(code, 500)
    assert.equal(json.message, 'map: map[image:x] does not contain declared merge key: name')
  })

  it('insist on the version that they name', async () => {
    const body = { metadata: { resourceVersion: '1' }, data: { a: '2' } }
    assert.equal((await patch(`${maps}/m`, 'merge-patch', body)).code, 409)
    const { json } = await wire.ask('GET', `${maps}/m`)
    body.metadata.resourceVersion = json.metadata.resourceVersion
    assert.equal((await patch(`${maps}/m`, 'merge-patch', body)).code, 200)
  })

  it('run dry', async () => {
    const path = `${maps}/m?dryRun=All`
    const { json } = await patch(path, 'merge-patch', { data: { dry: 'run' } })
    assert.equal(json.data.dry, 'run')
    assert.equal((await wire.ask('GET', `${maps}/m`)).json.data.dry, undefined)
  })

  describe('of custom resources', () => {
    const apply = (query: string, body: object) =>
      wire.ask('PATCH', `${widgets}/a${query}`, {
        headers: { 'Content-Type': 'application/apply-patch+yaml' },
        body: JSON.stringify({
          apiVersion: 'example.com/v1',
          kind: 'Widget',
          metadata: { name: 'a' },
          ...body,
        }),
      })

    before(async () => {
      const body = `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w"},"spec":{"big":9223372036854775807,"other":1}}`
      await create(wire.ask('POST', widgets, { body }))
    })

    it('keep integers that a double does not hold', async () => {
      for (const [type, body] of [
        ['merge-patch', { spec: { other: 2 } }],
        ['json-patch', [{ op: 'add', path: '/spec/more', value: 3 }]],
      ] as const) {
        const { code, text } = await patch(`${widgets}/w`, type, body)
        assert.equal(code, 200, text)
        assert.match(text, /"big":9223372036854775807/)
      }
      const state = await patch(`${widgets}/w/status`, 'merge-patch', { status: { a: 1 } })
      assert.match(state.text, /"big":9223372036854775807/)
    })

    it('are no strategic ones', async () => {
      const { code } = await patch(`${widgets}/w`, 'strategic-merge-patch', { spec: { other: 4 } })
      assert.equal(code, 415)
    })

    it('are applied, object and status apart', async () => {
      const made = await apply('?fieldManager=me', { spec: { size: { x: 1, y: 2 }, list: [1] } })
      assert.equal(made.code, 201, made.text)
      const entries = made.json.metadata.managedFields
      assert.equal(entries.length, 1)
      assert.deepEqual(entries[0].fieldsV1['f:spec']['f:size'], { '.': {}, 'f:x': {}, 'f:y': {} })
      assert.deepEqual(entries[0].fieldsV1['f:spec']['f:list'], {})
      const changed = await apply('?fieldManager=me', { spec: { size: { x: 1 } } })
      assert.deepEqual(changed.json.spec, { size: { x: 1 } })
      const state = await wire.ask('PATCH', `${widgets}/a/status?fieldManager=ctl`, {
        headers: { 'Content-Type': 'application/apply-patch+yaml' },
        body: JSON.stringify({
          apiVersion: 'example.com/v1',
          kind: 'Widget',
          metadata: { name: 'a' },
          spec: { size: { x: 9 } },
          status: { ready: true },
        }),
      })
      assert.equal(state.code, 200, state.text)
      assert.deepEqual(state.json.spec, { size: { x: 1 } })
      const own = state.json.metadata.managedFields.find(
        ({ manager }: { manager: string }) => manager === 'ctl',
      )
      assert.deepEqual(Object.keys(own.fieldsV1), ['f:status'])
    })

    it('are refused in fields that the schema does not declare', async () => {
      const { code, json } = await apply('?fieldManager=me', { colour: 'red' })
      assert.equal(code, 500)
      assert.match(json.message, /: \.colour: field not declared in schema$/)
    })
  })
})
