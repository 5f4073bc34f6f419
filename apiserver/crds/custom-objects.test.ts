import assert from 'node:assert/strict'
import { startWireServer, type WireServer } from '../wire/wire.ts'
import { definition, definitions, established, namespace, version, widget } from './examples.ts'

const widgets = `/apis/example.com/v1/namespaces/${namespace}/widgets`

describe('a custom object', () => {
  let wire: WireServer

  const define = async (body: object) => {
    const { code, text, json } = await wire.ask('POST', definitions, { body })
    assert.equal(code, 201, text)
    await established(wire, json.metadata.name)
  }

  before(async () => {
    wire = await startWireServer()
    const columns = [
      { name: 'Color', type: 'string', jsonPath: '.spec.color' },
      { name: 'Size', type: 'integer', jsonPath: '.spec.size', priority: 1 },
    ]
    await define(
      definition({
        versions: [
          version('v1', {
            additionalPrinterColumns: columns,
            selectableFields: [{ jsonPath: '.spec.color' }],
            subresources: {
              status: {},
              scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' },
            },
          }),
        ],
      }),
    )
    const plain = version('v1', { subresources: undefined })
    await define(
      definition({ plural: 'plains', kind: 'Plain', scope: 'Cluster', versions: [plain] }),
    )
  })

  after(async () => {
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  afterEach(() => wire.ask('DELETE', widgets))

  const create = async (name: string, spec: object = {}) =>
    (await wire.ask('POST', widgets, { body: widget(name, spec) })).json

  it('says what it is', async () => {
    const { kind: _, ...nameless } = widget('a')
    const { code, json } = await wire.ask('POST', widgets, { body: nameless })
    assert.equal(code, 400)
    assert.match(json.message, /Object 'Kind' is missing/)
    const body = { ...widget('a'), apiVersion: 'example.com/v3' }
    assert.equal((await wire.ask('POST', widgets, { body })).code, 400)
  })

  it('keeps what its schema knows, and the client hears of the rest', async () => {
    const body = widget('a', { color: 'green', shape: 'round' })
    const strict = await wire.ask('POST', `${widgets}?fieldValidation=Strict`, { body })
    assert.equal(strict.code, 400)
    assert.match(strict.json.message, /strict decoding error: unknown field "spec.shape"/)
    const warned = await wire.ask('POST', widgets, { body })
    assert.equal(warned.code, 201)
    assert.match(String(warned.headers.warning), /unknown field \\"spec.shape\\"/)
    assert.deepEqual(warned.json.spec, { color: 'green' })
  })

  it('is as its schema says', async () => {
    const { code, json } = await wire.ask('POST', widgets, {
      body: widget('a', { color: 'pink', size: 1.5 }),
    })
    assert.equal(code, 422)
    assert.deepEqual(
      json.details.causes.map(({ field }: { field: string }) => field),
      ['spec.color', 'spec.size', '.spec.size'],
    )
  })

  it('counts generations by all but metadata, and by no status where that stands apart', async () => {
    const { metadata } = await create('a')
    assert.equal(metadata.generation, 1)
    const patch = (path: string, body: object) => wire.ask('PATCH', path, { body })
    const labelled = await patch(`${widgets}/a`, { metadata: { labels: { a: 'b' } } })
    assert.equal(labelled.json.metadata.generation, 1)
    const sized = await patch(`${widgets}/a`, { spec: { size: 2 }, status: { ready: true } })
    assert.equal(sized.json.metadata.generation, 2)
    assert.equal(sized.json.status, undefined)
    const ready = await patch(`${widgets}/a/status`, {
      metadata: { labels: { a: 'c' }, annotations: { x: 'y' } },
      spec: { size: 3 },
      status: { ready: true },
    })
    assert.equal(ready.json.metadata.generation, 2)
    assert.deepEqual(ready.json.status, { ready: true })
    assert.deepEqual(ready.json.spec, { color: 'red', size: 2 })
    assert.deepEqual(ready.json.metadata.labels, { a: 'b' })
    assert.equal(ready.json.metadata.annotations, undefined)

    const plains = '/apis/example.com/v1/plains'
    const plain = { apiVersion: 'example.com/v1', kind: 'Plain', metadata: { name: 'a' } }
    await wire.ask('POST', plains, { body: { ...plain, status: { ready: false } } })
    const changed = await patch(`${plains}/a`, { status: { ready: true } })
    assert.equal(changed.json.metadata.generation, 2)
    assert.deepEqual(changed.json.status, { ready: true })
    assert.equal((await patch(`${plains}/a/status`, {})).code, 404)
  })

  it('keeps integers of 64 bits as they are, whatever is written', async () => {
    const body = JSON.stringify(widget('a', { size: 1, serial: 0 })).replace(
      '"serial":0',
      '"serial":9007199254740993',
    )
    const headers = { 'Content-Type': 'application/json' }
    assert.equal((await wire.ask('POST', widgets, { body, headers })).code, 201)
    await wire.ask('PATCH', `${widgets}/a/status`, { body: { status: { ready: true } } })
    await wire.ask('PATCH', `${widgets}/a/scale`, { body: { spec: { replicas: 3 } } })
    await wire.ask('PATCH', `${widgets}/a`, { body: { spec: { color: 'blue' } } })
    for (const path of [`${widgets}/a`, widgets]) {
      const { text } = await wire.ask('GET', path)
      assert.match(text, /"serial":9007199254740993[,}]/)
      assert.match(text, /"color":"blue"/)
    }
  })

  it('is replaced by those only who know its version', async () => {
    await create('a')
    const { code, json } = await wire.ask('PUT', `${widgets}/a`, { body: widget('a') })
    assert.equal(code, 422)
    assert.match(
      json.message,
      /metadata.resourceVersion: Invalid value: 0: must be specified for an update/,
    )
    assert.equal((await wire.ask('PUT', `${widgets}/new`, { body: widget('new') })).code, 404)
  })

  it('is patched in all ways but the strategic one', async () => {
    await create('a')
    const type = 'application/strategic-merge-patch+json'
    const { code } = await wire.ask('PATCH', `${widgets}/a`, {
      headers: { 'Content-Type': type },
      body: { spec: { size: 1 } },
    })
    assert.equal(code, 415)
  })

  it('is scaled where its definition says', async () => {
    await create('a', { size: 2 })
    const scale = await wire.ask('GET', `${widgets}/a/scale`)
    assert.equal(scale.json.spec.replicas, 2)
    const body = { ...scale.json, spec: { replicas: 5 } }
    assert.equal((await wire.ask('PUT', `${widgets}/a/scale`, { body })).code, 200)
    assert.equal((await wire.ask('GET', `${widgets}/a`)).json.spec.size, 5)
  })

  it('is printed in the columns of its definition', async () => {
    await create('a', { color: 'blue', size: 4 })
    const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1'
    const { json } = await wire.ask('GET', widgets, { headers: { accept } })
    assert.deepEqual(
      json.columnDefinitions.map(({ name }: { name: string }) => name),
      ['Name', 'Color', 'Size'],
    )
    assert.deepEqual(json.rows[0].cells, ['a', 'blue', 4])
  })

  it('is selected by the fields of its definition, in lists, watches and deletions', async () => {
    await create('a', { color: 'blue' })
    await create('b', { color: 'green' })
    const selector = 'fieldSelector=spec.color%3Dblue'
    const { json } = await wire.ask('GET', `${widgets}?${selector}`)
    assert.deepEqual(
      json.items.map((item: { metadata: { name: string } }) => item.metadata.name),
      ['a'],
    )
    const other = await wire.ask('GET', `${widgets}?fieldSelector=spec.size%3D1`)
    assert.equal(other.code, 400)
    assert.match(other.json.message, /field label not supported: spec.size/)
    const stream = await wire.watch(
      `${widgets}?watch=true&${selector}&resourceVersion=${json.metadata.resourceVersion}`,
    )
    const paint = (name: string, color: string) =>
      wire.ask('PATCH', `${widgets}/${name}`, { body: { spec: { color } } })
    await paint('b', 'blue')
    await paint('b', 'red')
    await paint('a', 'green')
    const told = (await stream.take(3)).map(({ type, object }) => [
      type,
      object.metadata.name,
      object.spec.color,
    ])
    assert.deepEqual(told, [
      ['ADDED', 'b', 'blue'],
      ['DELETED', 'b', 'blue'],
      ['DELETED', 'a', 'blue'],
    ])
    stream.close()
    await wire.ask('DELETE', `${widgets}?fieldSelector=spec.color%3Dgreen`)
    const left = await wire.ask('GET', widgets)
    assert.deepEqual(
      left.json.items.map((item: { metadata: { name: string } }) => item.metadata.name),
      ['b'],
    )
  })

  it('is listed page by page by its fields', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      await create(name, { color: name === 'c' ? 'green' : 'blue' })
    const selector = 'limit=2&fieldSelector=spec.color%3Dblue'
    const names: string[] = []
    let token = ''
    for (;;) {
      const more = token ? `&continue=${token}` : ''
      const { json } = await wire.ask('GET', `${widgets}?${selector}${more}`)
      names.push(...json.items.map((item: { metadata: { name: string } }) => item.metadata.name))
      // A write in between makes the next page one of the past.
      await wire.ask('PATCH', `${widgets}/e`, {
        body: { metadata: { labels: { n: `${names.length}` } } },
      })
      token = json.metadata.continue ?? ''
      if (token === '') break
    }
    assert.deepEqual(names, ['a', 'b', 'd', 'e'])
  })
})
