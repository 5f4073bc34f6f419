import assert from 'node:assert/strict'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { startWireServer, type WireServer } from '../wire/wire.ts'
import {
  definition,
  definitions,
  established,
  gone,
  namespace,
  until,
  version,
  widget,
} from './examples.ts'

const widgets = `/apis/example.com/v1/namespaces/${namespace}/widgets`
const named = `${definitions}/widgets.example.com`

describe('custom resources', () => {
  let wire: WireServer

  beforeEach(async () => {
    wire = await startWireServer()
  })

  afterEach(async () => {
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  const define = async (body: object = definition()) => {
    const { code, text, json } = await wire.ask('POST', definitions, { body })
    assert.equal(code, 201, text)
    return established(wire, json.metadata.name)
  }
  const create = async (name: string, spec: object = {}, more: object = {}) => {
    const { code, text, json } = await wire.ask('POST', widgets, {
      body: { ...widget(name, spec), ...more },
    })
    assert.equal(code, 201, text)
    return json
  }
  const redefine = async (change: (object: ReturnType<typeof definition>) => void) => {
    const { json } = await wire.ask('GET', named)
    change(json)
    const answer = await wire.ask('PUT', named, { body: json })
    assert.equal(answer.code, 200, answer.text)
  }

  it('are served as soon as their definition is established, and not before', async () => {
    assert.equal((await wire.ask('GET', widgets)).code, 404)
    const { status } = await define()
    const told = status.conditions.map((one: Record<string, string>) => [
      one.type,
      one.status,
      one.reason,
      one.message,
    ])
    assert.deepEqual(told, [
      ['NamesAccepted', 'True', 'NoConflicts', 'no conflicts found'],
      ['Established', 'True', 'InitialNamesAccepted', 'the initial names have been accepted'],
    ])
    assert.deepEqual(status.storedVersions, ['v1'])
    assert.equal(status.acceptedNames.listKind, 'WidgetList')
    const { metadata, spec } = await create('a')
    assert.equal(metadata.generation, 1)
    assert.equal(spec.color, 'red')
    const { json } = await wire.ask('GET', widgets)
    assert.equal(json.kind, 'WidgetList')
    assert.equal(json.items[0].kind, 'Widget')
    assert.equal(json.items[0].apiVersion, 'example.com/v1')
  })

  it('appear in discovery and OpenAPI, and vanish from them', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    const aggregated = () => wire.ask('GET', '/apis', { headers: { accept } })
    const before = await aggregated()
    const indexBefore = (await wire.ask('GET', '/openapi/v3')).text
    await define(definition({ names: { shortNames: ['wd'], categories: ['all'] } }))
    const after = await aggregated()
    assert.notEqual(after.headers.etag, before.headers.etag)
    const group = after.json.items.at(-1)
    assert.equal(group.metadata.name, 'example.com')
    const [resource] = group.versions[0].resources
    assert.deepEqual(resource.shortNames, ['wd'])
    assert.deepEqual(resource.categories, ['all'])
    assert.deepEqual(resource.subresources[0].subresource, 'status')
    const legacy = await wire.ask('GET', '/apis/example.com/v1')
    assert.deepEqual(
      legacy.json.resources.map(({ name }: { name: string }) => name),
      ['widgets', 'widgets/status'],
    )
    const index = await wire.ask('GET', '/openapi/v3')
    assert.notEqual(index.text, indexBefore)
    const url = index.json.paths['apis/example.com/v1'].serverRelativeURL
    const document = (await wire.ask('GET', url)).json
    const schema = document.components.schemas['com.example.v1.Widget']
    assert.equal(schema.properties.spec.properties.color.default, 'red')
    const one = '/apis/example.com/v1/namespaces/{namespace}/widgets/{name}'
    const patches = Object.keys(document.paths[one].patch.requestBody.content)
    assert.ok(patches.includes('application/merge-patch+json'))
    assert.ok(!patches.includes('application/strategic-merge-patch+json'))
    const v2 = (await wire.ask('GET', '/openapi/v2')).json
    assert.ok(v2.definitions['com.example.v1.WidgetList'])

    await wire.ask('DELETE', named)
    await gone(wire, 'widgets.example.com')
    assert.equal((await aggregated()).headers.etag, before.headers.etag)
    assert.equal((await wire.ask('GET', '/openapi/v3')).text, indexBefore)
    assert.equal((await wire.ask('GET', widgets)).code, 404)
  })

  it('cannot have names that others of their group have, until these are free', async () => {
    await define(definition({ names: { shortNames: ['wd'] } }))
    const body = definition({
      plural: 'wedges',
      kind: 'Wedge',
      names: { shortNames: ['wd'], kind: 'Widget' },
    })
    assert.equal((await wire.ask('POST', definitions, { body })).code, 201)
    const accepted = ({ status }: { status?: { conditions?: { type: string }[] } }) =>
      status?.conditions?.find(({ type }) => type === 'NamesAccepted')
    const refused = await until(wire, 'wedges.example.com', (one) => accepted(one) !== undefined)
    const [names, established_] = refused.status.conditions
    assert.deepEqual(
      [names.status, names.reason, names.message],
      ['False', 'KindConflict', '"Widget" is already in use'],
    )
    assert.deepEqual(
      [established_.status, established_.reason, established_.message],
      ['False', 'NotAccepted', 'not all names are accepted'],
    )
    assert.equal(refused.status.acceptedNames.plural, 'wedges')
    assert.equal(refused.status.acceptedNames.shortNames, undefined)
    const wedges = `/apis/example.com/v1/namespaces/${namespace}/wedges`
    assert.equal((await wire.ask('GET', wedges)).code, 404)
    await wire.ask('DELETE', named)
    await established(wire, 'wedges.example.com')
    assert.equal((await wire.ask('GET', wedges)).code, 200)
  })

  it('follow their definition at once, stored objects too', async () => {
    await define()
    await create('a', { size: 1 })
    await redefine(({ spec }) => {
      spec.versions = [
        version('v1', {
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  properties: {
                    color: { type: 'string' },
                    weight: { type: 'integer', default: 7 },
                  },
                },
              },
            },
          },
        }),
      ]
    })
    const { json } = await wire.ask('GET', `${widgets}/a`)
    assert.deepEqual(json.spec, { color: 'red', weight: 7 })
    const list = await wire.ask('GET', widgets)
    assert.deepEqual(list.json.items[0].spec, { color: 'red', weight: 7 })
    // A write that changes nothing writes what is shown.
    const { resourceVersion } = json.metadata
    const written = await wire.ask('PUT', `${widgets}/a`, { body: json })
    assert.notEqual(written.json.metadata.resourceVersion, resourceVersion)
    assert.equal(written.json.metadata.generation, 1)
    const again = await wire.ask('PUT', `${widgets}/a`, { body: written.json })
    assert.equal(again.json.metadata.resourceVersion, written.json.metadata.resourceVersion)
  })

  it('keep what a new rule would not let pass, with a warning, until it is changed', async () => {
    await define()
    await create('a', { size: 1 })
    await redefine(({ spec }) => {
      const size = { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 5' }] }
      const properties = { spec: { type: 'object', properties: { size } } }
      spec.versions = [
        version('v1', { schema: { openAPIV3Schema: { type: 'object', properties } } }),
      ]
    })
    const patch = (body: object) => wire.ask('PATCH', `${widgets}/a`, { body })
    const labelled = await patch({ metadata: { labels: { a: 'b' } } })
    assert.equal(labelled.code, 200, labelled.text)
    assert.match(
      String(labelled.headers.warning),
      /spec\.size: Invalid value: \\"integer\\": failed rule: self > 5/,
    )
    assert.equal((await patch({ spec: { size: 2 } })).code, 422)
    assert.equal((await patch({ spec: { size: 6 } })).headers.warning, undefined)
  })

  it('end the watches of a version whose looks change', async () => {
    await define()
    const stream = await wire.watch(`${widgets}?watch=true`)
    await redefine(({ spec }) => {
      spec.versions = [
        version('v1', { additionalPrinterColumns: [] }),
        version('v2', { storage: false }),
      ]
    })
    await stream.ended
    assert.deepEqual(await stream.take(1), [])
  })

  it('do without versions that are not served any more', async () => {
    await define(definition({ versions: [version('v1'), version('v2', { storage: false })] }))
    assert.equal((await wire.ask('GET', '/apis/example.com/v2/widgets')).code, 200)
    await redefine(({ spec }) => {
      spec.versions = [version('v1'), version('v2', { storage: false, served: false })]
    })
    assert.equal((await wire.ask('GET', '/apis/example.com/v2/widgets')).code, 404)
    assert.equal((await wire.ask('GET', '/apis/example.com/v2')).code, 404)
    assert.equal((await wire.ask('GET', widgets)).code, 200)
  })

  it('go before their definition does, and those that are held hold it', async () => {
    await define()
    await create('free')
    await create('held', {}, { metadata: { name: 'held', finalizers: ['example.com/hold'] } })
    const stream = await wire.watch(`${widgets}?watch=true`)
    await stream.take(2)
    const deleted = await wire.ask('DELETE', named)
    assert.equal(deleted.json.kind, 'CustomResourceDefinition')
    assert.deepEqual(deleted.json.metadata.finalizers, [
      'customresourcecleanup.apiextensions.k8s.io',
    ])
    const going = ({ status }: { status: { conditions: Record<string, string>[] } }) =>
      status.conditions.find(
        ({ type, reason }) => type === 'Terminating' && reason === 'InstanceDeletionInProgress',
      )
    const terminating = await until(wire, 'widgets.example.com', (one) => one && going(one))
    assert.equal(going(terminating)?.message, 'CustomResource deletion is in progress')
    const refused = await wire.ask('POST', widgets, { body: widget('late') })
    assert.equal(refused.code, 405)
    assert.equal(
      refused.json.message,
      'create not allowed while custom resource definition is terminating',
    )
    const { json } = await wire.ask('GET', '/apis/example.com/v1')
    assert.deepEqual(json.resources[0].verbs, [
      'delete',
      'deletecollection',
      'get',
      'list',
      'watch',
    ])
    const patched = await wire.ask('PATCH', `${widgets}/held`, {
      body: { metadata: { finalizers: null } },
    })
    assert.equal(patched.code, 200, patched.text)
    await gone(wire, 'widgets.example.com')
    await stream.ended
    const told = (await stream.take(10)).map(({ type, object }) => [type, object.metadata.name])
    assert.deepEqual(
      told.filter(([type]) => type === 'DELETED'),
      [
        ['DELETED', 'free'],
        ['DELETED', 'held'],
      ],
    )
  })

  it('may be defined anew, and are then empty', async () => {
    await define()
    await create('a')
    await wire.ask('DELETE', named)
    await gone(wire, 'widgets.example.com')
    await define()
    assert.deepEqual((await wire.ask('GET', widgets)).json.items, [])
    await create('a')
  })

  it('go by the thousand', async () => {
    await define()
    const body = (at: number) => ({ body: widget(`w-${at}`) })
    for (let at = 0; at < 1000; at += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, more) => wire.ask('POST', widgets, body(at + more))),
      )
    assert.equal((await wire.ask('GET', widgets)).json.items.length, 1000)
    await wire.ask('DELETE', named)
    await gone(wire, 'widgets.example.com')
    const { entries } = await wire.storage.range('/registry/example.com/')
    assert.deepEqual(entries, [])
  }).timeout(60_000)

  it('do not touch built-in kinds of the same name', async () => {
    const ingresses = '/apis/networking.k8s.io/v1/namespaces/default/ingresses'
    const backend = { service: { name: 'web', port: { number: 80 } } }
    const ingress = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'a' },
      spec: { defaultBackend: backend },
    }
    assert.equal((await wire.ask('POST', ingresses, { body: ingress })).code, 201)
    const body = definition({ plural: 'ingresses', kind: 'Ingress', group: 'networking.k8s.io' })
    const annotations = { 'api-approved.kubernetes.io': 'unapproved, an experiment' }
    await define({ ...body, metadata: { ...body.metadata, annotations } })
    assert.deepEqual((await wire.ask('GET', `${ingresses}/a`)).json.spec.defaultBackend, backend)
    await wire.ask('DELETE', `${definitions}/ingresses.networking.k8s.io`)
    await gone(wire, 'ingresses.networking.k8s.io')
    assert.equal((await wire.ask('GET', `${ingresses}/a`)).code, 200)
  })

  it('say after a minute that some are left', async () => {
    const clock = new VirtualClock()
    const other = await startWireServer({ clock })
    try {
      await other.ask('POST', definitions, { body: definition() })
      await established(other, 'widgets.example.com')
      const held = {
        ...widget('held'),
        metadata: { name: 'held', finalizers: ['example.com/hold'] },
      }
      await other.ask('POST', widgets, { body: held })
      await other.ask('DELETE', named)
      const reason = (wanted: string) =>
        until(other, 'widgets.example.com', ({ status }) =>
          status.conditions.some((one: { reason: string }) => one.reason === wanted),
        )
      await reason('InstanceDeletionInProgress')
      await clock.advance(61_000)
      await reason('InstanceDeletionCheck')
      await other.ask('PATCH', `${widgets}/held`, { body: { metadata: { finalizers: null } } })
      await gone(other, 'widgets.example.com')
    } finally {
      await other.close()
    }
  })

  it('in groups of the Kubernetes project say whether they were approved', async () => {
    const body = definition({ group: 'things.k8s.io' })
    const annotations = { 'api-approved.kubernetes.io': 'unapproved, an experiment' }
    const { status } = await define({ ...body, metadata: { ...body.metadata, annotations } })
    const { status: is, reason, message } = status.conditions[2]
    assert.deepEqual(
      [is, reason, message],
      ['False', 'UnapprovedAnnotation', 'not approved: "unapproved, an experiment"'],
    )
  })
})
