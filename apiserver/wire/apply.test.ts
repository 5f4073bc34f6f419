import assert from 'node:assert/strict'
import type { ManagedFieldsEntry } from '../apply/managers.ts'
import { type Answer, startWireServer, type WireServer } from './wire.ts'

const deployments = '/apis/apps/v1/namespaces/default/deployments'
const maps = '/api/v1/namespaces/default/configmaps'

const deployment = (name: string, spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default', ...metadata },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'nginx' }] },
    },
    ...spec,
  },
})

const configMap = (name: string, data: Record<string, string> = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', ...metadata },
  data,
})

describe('wire: server-side apply', () => {
  let wire: WireServer

  before(async () => {
    wire = await startWireServer()
  })
  after(() => wire.close())

  const apply = (path: string, body: object | string, query = 'fieldManager=me') =>
    wire.ask('PATCH', `${path}?${query}`, {
      headers: { 'Content-Type': 'application/apply-patch+yaml' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  const good = async (answer: Promise<Answer>, code = 200) => {
    const { json, text, code: found } = await answer
    assert.equal(found, code, text)
    return json
  }

  const patch = (path: string, body: object, type = 'merge-patch', agent = 'them/1.0') =>
    wire.ask('PATCH', path, {
      headers: { 'Content-Type': `application/${type}+json`, 'User-Agent': agent },
      body,
    })

  const managers = ({ metadata }: { metadata: { managedFields?: ManagedFieldsEntry[] } }) =>
    (metadata.managedFields ?? []).map(
      ({ manager, operation, subresource }) =>
        `${manager} ${operation}${subresource ? ` ${subresource}` : ''}`,
    )

  const fieldsOf = (
    { metadata }: { metadata: { managedFields?: ManagedFieldsEntry[] } },
    manager: string,
  ) => metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1

  describe('of what is not there', () => {
    it('creates it, owned by who applied', async () => {
      const made = await good(apply(`${maps}/fresh`, configMap('fresh', { a: '1' })), 201)
      const [entry, ...others] = made.metadata.managedFields
      assert.deepEqual(others, [])
      assert.match(entry.time, /^\d{4}-.*Z$/)
      delete entry.time
      assert.deepEqual(entry, {
        manager: 'me',
        operation: 'Apply',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:a': {} } },
      })
    })

    it('refuses one that is meant to have a uid already', async () => {
      const body = configMap('lost', {}, { uid: 'b1a8f9b6-0a0d-4b0e-8b0e-000000000000' })
      const { code, json } = await apply(`${maps}/lost`, body)
      assert.equal(code, 409)
      assert.equal(
        json.message,
        'Operation cannot be fulfilled on configmaps "lost": uid mismatch: the provided object specified uid b1a8f9b6-0a0d-4b0e-8b0e-000000000000, and no existing object was found',
      )
    })

    it('creates nothing by a subresource', async () => {
      const answer = await apply(`${deployments}/none/status`, deployment('none'))
      assert.equal(answer.code, 404)
    })

    it('asks whether the user may create, which is not the same as patching', async () => {
      const asked: string[] = []
      const careful = await startWireServer({
        authorizer: ({ verb }) => {
          asked.push(verb)
          return verb === 'create' ? { allowed: false, reason: 'no' } : { allowed: true }
        },
      })
      try {
        const { code } = await careful.ask('PATCH', `${maps}/x?fieldManager=me`, {
          headers: { 'Content-Type': 'application/apply-patch+yaml' },
          body: JSON.stringify(configMap('x')),
        })
        assert.equal(code, 403)
        assert.deepEqual(asked, ['patch', 'create'])
      } finally {
        await careful.close()
      }
    })
  })

  it('writes nothing when nothing changes', async () => {
    const body = configMap('calm', { a: '1' })
    const first = await good(apply(`${maps}/calm`, body), 201)
    const second = await good(apply(`${maps}/calm`, body))
    assert.deepEqual(second, first)
  })

  it('removes what is no longer said, unless somebody else owns it', async () => {
    const path = `${maps}/shrinks`
    await good(apply(path, configMap('shrinks', { mine: '1', ours: '2', gone: '3' })), 201)
    await good(apply(path, configMap('shrinks', { ours: '2' }), 'fieldManager=them'))
    const { data } = await good(apply(path, configMap('shrinks', { mine: '1' })))
    assert.deepEqual(data, { mine: '1', ours: '2' })
  })

  describe('against others', () => {
    before(() => good(apply(`${deployments}/held`, deployment('held', { replicas: 2 })), 201))

    it('is refused field by field, with who owns them', async () => {
      const body = deployment('held', { replicas: 3 })
      const { code, json } = await apply(`${deployments}/held`, body, 'fieldManager=other')
      assert.equal(code, 409)
      assert.deepEqual(json, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'Apply failed with 1 conflict: conflict with "me": .spec.replicas',
        reason: 'Conflict',
        details: {
          causes: [
            {
              reason: 'FieldManagerConflict',
              message: 'conflict with "me"',
              field: '.spec.replicas',
            },
          ],
        },
        code: 409,
      })
    })

    it('names the version and subresource of those who did not apply', async () => {
      await good(apply(`${deployments}/scaled`, deployment('scaled', { replicas: 1 })), 201)
      await good(patch(`${deployments}/scaled/scale`, { spec: { replicas: 4 } }))
      const labels = { metadata: { labels: { a: 'b', c: 'd' } } }
      await good(patch(`${deployments}/scaled`, labels, 'merge-patch', 'them/1.0'))
      const body = deployment('scaled', { replicas: 1 }, { labels: { a: 'x', c: 'y' } })
      const { json } = await apply(`${deployments}/scaled`, body)
      assert.equal(
        json.message,
        [
          'Apply failed with 3 conflicts: conflicts with "them" with subresource "scale" using apps/v1:',
          '- .spec.replicas',
          'conflicts with "them" using apps/v1:',
          '- .metadata.labels.a',
          '- .metadata.labels.c',
        ].join('\n'),
      )
    })

    it('takes over by force', async () => {
      const body = deployment('held', { replicas: 3 })
      const query = 'fieldManager=other&force=true'
      const forced = await good(apply(`${deployments}/held`, body, query))
      assert.equal(forced.spec.replicas, 3)
      assert.equal('f:replicas' in (fieldsOf(forced, 'me') as never)['f:spec'], false)
      assert.equal('f:replicas' in (fieldsOf(forced, 'other') as never)['f:spec'], true)
    })

    it('shares what both say alike', async () => {
      await good(apply(`${maps}/shared`, configMap('shared', { a: '1' })), 201)
      const both = await good(
        apply(`${maps}/shared`, configMap('shared', { a: '1' }), 'fieldManager=they'),
      )
      assert.deepEqual(managers(both).toSorted(), ['me Apply', 'they Apply'])
    })
  })

  describe('refuses', () => {
    const causes: [string, string | object, string, number, string][] = [
      [
        'to be done by nobody',
        configMap('bad'),
        '',
        422,
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      ],
      [
        'managed fields in what is applied',
        configMap('bad', {}, { managedFields: [] }),
        'fieldManager=me',
        400,
        'metadata.managedFields must be nil',
      ],
      [
        'another name than that of the URL',
        configMap('other'),
        'fieldManager=me',
        400,
        'the name of the object (other) does not match the name on the URL (bad)',
      ],
      [
        'another kind',
        { ...configMap('bad'), kind: 'Secret' },
        'fieldManager=me',
        400,
        'invalid object type: /v1, Kind=Secret',
      ],
      [
        'a kind that is no text',
        '{"apiVersion":"v1","kind":9007199254740993,"metadata":{"name":"bad"}}',
        'fieldManager=me',
        400,
        'invalid object type: /v1, Kind=',
      ],
      [
        'a namespace that is no text',
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"bad","namespace":9007199254740993}}',
        'fieldManager=me',
        500,
        'failed to create typed patch object (/bad; /v1, Kind=ConfigMap): .metadata.namespace: expected string, got &value.valueUnstructured{Value:9007199254740993}',
      ],
      [
        'what is not declared',
        { ...configMap('bad'), colour: 'red' },
        'fieldManager=me&fieldValidation=Ignore',
        500,
        'failed to create typed patch object (default/bad; /v1, Kind=ConfigMap): .colour: field not declared in schema',
      ],
      [
        'values of the wrong type',
        { ...configMap('bad'), immutable: 'yes', data: [] },
        'fieldManager=me',
        500,
        'failed to create typed patch object (default/bad; /v1, Kind=ConfigMap): errors:\n  .data: expected map, got &{[]}\n  .immutable: expected boolean, got &{yes}',
      ],
      ['nothing', '', 'fieldManager=me', 400, 'invalid object type: /, Kind='],
      [
        'a list',
        '[]',
        'fieldManager=me',
        400,
        'error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
      ],
    ]
    for (const [what, body, query, expected, message] of causes)
      it(what, async () => {
        const { code, json } = await apply(`${maps}/bad`, body, query)
        assert.equal(json.message, message)
        assert.equal(code, expected)
      })

    it('items that stand twice', async () => {
      const container = { name: 'c', image: 'a', env: [{ name: 'A' }, { name: 'A' }] }
      const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [container] } }
      const { json } = await apply(`${deployments}/x`, deployment('x', { template }))
      assert.match(
        json.message,
        /: \.spec\.template\.spec\.containers\[name="c"\]\.env: duplicate entries for key \[name="A"\]$/,
      )
    })

    it('keys that stand twice when it is strict, and warns otherwise', async () => {
      const yaml =
        '\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\ndata:\n  a: b\n  a: c\n'
      const told =
        'error converting YAML to JSON: yaml: unmarshal errors:\n  line 8: key "a" already set in map'
      const strict = await apply(`${maps}/twice`, yaml, 'fieldManager=me&fieldValidation=Strict')
      assert.equal(strict.code, 400)
      assert.equal(strict.json.message, `error strict decoding YAML: ${told}`)
      const warned = await apply(`${maps}/twice`, yaml)
      assert.equal(warned.code, 201)
      assert.match(String(warned.headers.warning), /line 8: key \\"a\\" already set in map/)
    })
  })

  it('runs dry: the answer is as if, and nothing is there', async () => {
    const query = 'fieldManager=me&dryRun=All'
    const made = await good(apply(`${maps}/dry`, configMap('dry', { a: 'b' }), query), 201)
    assert.deepEqual(managers(made), ['me Apply'])
    assert.equal((await wire.ask('GET', `${maps}/dry`)).code, 404)
  })

  it('knows items by keys that have defaults', async () => {
    const container = { name: 'c', image: 'a', ports: [{ containerPort: 80 }] }
    const template = { metadata: { labels: { app: 'ports' } }, spec: { containers: [container] } }
    const path = `${deployments}/ports`
    await good(apply(path, deployment('ports', { template })), 201)
    const ports = [{ containerPort: 80, protocol: 'TCP', name: 'http' }]
    const named = { ...template, spec: { containers: [{ ...container, ports }] } }
    const { spec } = await good(apply(path, deployment('ports', { template: named })))
    assert.deepEqual(spec.template.spec.containers[0].ports, ports)
  })

  it('insists on a version that it names', async () => {
    await good(apply(`${maps}/versioned`, configMap('versioned')), 201)
    const body = configMap('versioned', { a: '1' }, { resourceVersion: '1' })
    assert.equal((await apply(`${maps}/versioned`, body)).code, 409)
  })

  it('of the status owns the status alone', async () => {
    await good(apply(`${deployments}/state`, deployment('state', { replicas: 1 })), 201)
    const status = { ...deployment('state', { replicas: 7 }), status: { observedGeneration: 1 } }
    const body = await good(apply(`${deployments}/state/status`, status, 'fieldManager=ctl'))
    assert.equal(body.spec.replicas, 1)
    assert.equal(body.status.observedGeneration, 1)
    assert.deepEqual(fieldsOf(body, 'ctl'), { 'f:status': { 'f:observedGeneration': {} } })
    assert.deepEqual(managers(body), ['ctl Apply status', 'me Apply'])
  })

  it('of a part of a pod owns that part, and takes nothing else from anybody', async () => {
    const pods = '/api/v1/namespaces/default/pods'
    const pod = (spec: object, metadata: object = {}) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', ...metadata },
      spec,
    })
    const container = { name: 'c', image: 'nginx', resources: { requests: { cpu: '1' } } }
    await good(apply(`${pods}/p`, pod({ containers: [container] }, { labels: { a: '1' } })), 201)
    const debugger_ = { name: 'e', image: 'busybox' }
    const other = { ...container, image: 'other' }
    const debugged = pod(
      { containers: [other], ephemeralContainers: [debugger_] },
      { labels: { a: '2' } },
    )
    const one = await good(
      apply(`${pods}/p/ephemeralcontainers`, debugged, 'fieldManager=debugger'),
    )
    assert.deepEqual(fieldsOf(one, 'debugger'), {
      'f:spec': {
        'f:ephemeralContainers': { 'k:{"name":"e"}': { '.': {}, 'f:image': {}, 'f:name': {} } },
      },
    })
    assert.deepEqual(one.metadata.labels, { a: '1' })
    const resources = { requests: { cpu: '2' } }
    const resize = pod({ containers: [{ ...other, resources }] })
    const refused = await apply(`${pods}/p/resize`, resize, 'fieldManager=sizer')
    assert.equal(
      refused.json.message,
      'Apply failed with 1 conflict: conflict with "me": .spec.containers[name="c"].resources.requests.cpu',
    )
    const two = await good(apply(`${pods}/p/resize`, resize, 'fieldManager=sizer&force=true'))
    assert.deepEqual(two.spec.containers[0].image, 'nginx')
    assert.deepEqual(two.spec.containers[0].resources, resources)
    assert.deepEqual(managers(two), [
      'debugger Apply ephemeralcontainers',
      'me Apply',
      'sizer Apply resize',
    ])
  })

  it('of the scale owns the replicas of the object', async () => {
    await good(apply(`${deployments}/big`, deployment('big', { replicas: 1 })), 201)
    const scale = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'big', namespace: 'default' },
      spec: { replicas: 3 },
    }
    const path = `${deployments}/big/scale`
    const refused = await apply(path, scale, 'fieldManager=hpa')
    assert.equal(refused.code, 409)
    assert.equal(
      refused.json.message,
      'Apply failed with 1 conflict: conflict with "me": .spec.replicas',
    )
    await good(apply(path, scale, 'fieldManager=hpa&force=true'))
    const { json } = await wire.ask('GET', `${deployments}/big`)
    assert.deepEqual(fieldsOf(json, 'hpa'), { 'f:spec': { 'f:replicas': {} } })
    assert.equal('f:replicas' in (fieldsOf(json, 'me') as never)['f:spec'], false)
  })

  describe('through another version', () => {
    const scalers = (version: string) =>
      `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`
    const scaler = (version: string, name: string, spec: object) => ({
      apiVersion: `autoscaling/${version}`,
      kind: 'HorizontalPodAutoscaler',
      metadata: { name, namespace: 'default' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
        maxReplicas: 5,
        ...spec,
      },
    })

    it('meets what others own as that version has it', async () => {
      const made = scaler('v2', 'seen', { minReplicas: 1 })
      await good(apply(`${scalers('v2')}/seen`, made), 201)
      const changed = scaler('v1', 'seen', { minReplicas: 2 })
      const refused = await apply(`${scalers('v1')}/seen`, changed, 'fieldManager=other')
      assert.equal(
        refused.json.message,
        'Apply failed with 1 conflict: conflict with "me": .spec.minReplicas',
      )
      const forced = 'fieldManager=other&force=true'
      const { metadata } = await good(apply(`${scalers('v1')}/seen`, changed, forced))
      assert.deepEqual(
        metadata.managedFields.map(({ manager, apiVersion }: ManagedFieldsEntry) => [
          manager,
          apiVersion,
        ]),
        [
          ['me', 'autoscaling/v2'],
          ['other', 'autoscaling/v1'],
        ],
      )
    })

    it('is still the same manager, whose fields of before it can remove', async () => {
      const made = scaler('v2', 'moved', { minReplicas: 3 })
      await good(apply(`${scalers('v2')}/moved`, made), 201)
      const { spec, metadata } = await good(
        apply(`${scalers('v1')}/moved`, scaler('v1', 'moved', {})),
      )
      assert.equal(spec.minReplicas, 1)
      assert.equal(metadata.managedFields.length, 1)
    })
  })

  describe('and other writes', () => {
    it('own what they change by the name of their program, once an object', async () => {
      const made = await good(
        wire.ask('POST', maps, {
          headers: { 'User-Agent': 'tool/1.2 (linux)' },
          body: configMap('tracked', { a: '1' }),
        }),
        201,
      )
      assert.deepEqual(fieldsOf(made, 'tool'), { 'f:data': { '.': {}, 'f:a': {} } })
      const changed = await good(patch(`${maps}/tracked`, { data: { a: '2', b: '3' } }))
      assert.deepEqual(managers(changed).toSorted(), ['them Update', 'tool Update'])
      assert.deepEqual(fieldsOf(changed, 'tool'), { 'f:data': {} })
      assert.deepEqual(fieldsOf(changed, 'them'), { 'f:data': { 'f:a': {}, 'f:b': {} } })
      const removed = await good(patch(`${maps}/tracked`, { data: { a: null } }))
      assert.deepEqual(fieldsOf(removed, 'them'), { 'f:data': { 'f:b': {} } })
    })

    it('are those of a manager that is named', async () => {
      const query = '?fieldManager=named'
      const made = await good(
        wire.ask('POST', maps + query, { body: configMap('n', { a: '' }) }),
        201,
      )
      assert.deepEqual(managers(made), ['named Update'])
    })

    it('are refused under names that are too long or cannot be printed', async () => {
      const ask = (manager: string) =>
        wire.ask('POST', `${maps}?fieldManager=${encodeURIComponent(manager)}`, {
          body: configMap('x'),
        })
      const long = await ask('m'.repeat(129))
      assert.equal(long.code, 422)
      assert.equal(long.json.details.causes[0].reason, 'FieldValueTooLong')
      const odd = await ask('a\u0007')
      assert.equal(
        odd.json.details.causes[0].message,
        'Invalid value: "a\\u0007": invalid character U+0007 (at position 1)',
      )
    })

    it('leave the fields as they are when they send them back, or leave them out', async () => {
      const path = `${maps}/kept`
      const made = await good(apply(path, configMap('kept', { a: '1' })), 201)
      const back = await good(wire.ask('PUT', path, { body: made }))
      assert.deepEqual(back, made)
      const { managedFields: _, ...metadata } = made.metadata
      assert.deepEqual(await good(wire.ask('PUT', path, { body: { ...made, metadata } })), made)
    })

    it('forget them all with one empty entry, and begin again with the first apply', async () => {
      const path = `${maps}/wiped`
      await good(apply(path, configMap('wiped', { a: '1' })), 201)
      const wiped = await good(patch(path, { metadata: { managedFields: [{}] } }))
      assert.equal(wiped.metadata.managedFields, undefined)
      const still = await good(patch(path, { data: { b: '2' } }))
      assert.equal(still.metadata.managedFields, undefined)
      const again = await good(apply(path, configMap('wiped', { c: '3' })))
      assert.deepEqual(managers(again), ['me Apply', 'before-first-apply Update'])
      assert.deepEqual(fieldsOf(again, 'before-first-apply'), {
        'f:data': { '.': {}, 'f:a': {}, 'f:b': {} },
      })
    })

    it('forget them with an empty list as well', async () => {
      const path = `${maps}/emptied`
      const made = await good(apply(path, configMap('emptied', { a: '1' })), 201)
      const metadata = { ...made.metadata, managedFields: [] }
      const { metadata: after } = await good(wire.ask('PUT', path, { body: { ...made, metadata } }))
      assert.equal(after.managedFields, undefined)
      const body = configMap('unmanaged', {}, { managedFields: [] })
      const fresh = await good(wire.ask('POST', maps, { body: { ...body, data: { a: '1' } } }), 201)
      assert.equal(managers(fresh).length, 1)
    })

    it('edit managers, and are ignored in that where they make no sense', async () => {
      const path = `${maps}/edited`
      const made = await good(apply(path, configMap('edited', { a: '1' })), 201)
      const [entry] = made.metadata.managedFields
      const renamed = [{ ...entry, manager: 'renamed' }]
      const edited = await good(patch(path, { metadata: { managedFields: renamed } }))
      assert.deepEqual(managers(edited), ['renamed Apply'])
      const nonsense = [{ ...entry, operation: 'Guess' }]
      const kept = await good(patch(path, { metadata: { managedFields: nonsense } }))
      assert.deepEqual(managers(kept), ['renamed Apply'])
    })

    it('are told apart up to ten, the oldest of more are put together', async () => {
      const path = `${maps}/many`
      await good(apply(path, configMap('many')), 201)
      for (let index = 0; index < 13; index++)
        await good(patch(path, { data: { [`k${index}`]: 'x' } }, 'merge-patch', `m${index}/1`))
      const { json } = await wire.ask('GET', path)
      const updaters = managers(json).filter((name) => name.endsWith('Update'))
      assert.equal(updaters.length, 10)
      assert.ok(updaters.includes('ancient-changes Update'))
    })

    it('of the status own nothing else, and those of the object no status', async () => {
      const path = `${deployments}/apart`
      const body = { ...deployment('apart'), status: { replicas: 9 } }
      const agent = { 'User-Agent': 'creator/1' }
      const made = await good(wire.ask('POST', deployments, { headers: agent, body }), 201)
      assert.equal('f:status' in (fieldsOf(made, 'creator') as object), false)
      const state = await good(
        patch(`${path}/status`, { spec: { replicas: 5 }, status: { replicas: 1 } }),
      )
      assert.deepEqual(fieldsOf(state, 'them'), { 'f:status': { 'f:replicas': {} } })
    })

    it('of the status may change metadata as well, and then own that', async () => {
      const path = `${deployments}/marked`
      await good(apply(path, deployment('marked')), 201)
      const labels = { more: 'labels' }
      const metadata = { finalizers: ['example.com/marked'], annotations: { a: 'b' }, labels }
      const held = await good(patch(`${path}/status`, { metadata }))
      assert.deepEqual(held.metadata.finalizers, ['example.com/marked'])
      assert.deepEqual(held.metadata.labels, undefined)
      assert.deepEqual(fieldsOf(held, 'them'), {
        'f:metadata': {
          'f:annotations': { '.': {}, 'f:a': {} },
          'f:finalizers': { '.': {}, 'v:"example.com/marked"': {} },
        },
      })
      const flows = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/exempt'
      const flow = await good(patch(`${flows}/status`, { metadata: { annotations: { a: 'b' } } }))
      assert.equal(flow.metadata.annotations?.a, undefined)
    })

    it('by the scale own the replicas, without a time', async () => {
      const path = `${deployments}/counted`
      await good(apply(path, deployment('counted', { replicas: 1 })), 201)
      await good(patch(`${path}/scale`, { spec: { replicas: 2 } }))
      const { json } = await wire.ask('GET', path)
      const entry = json.metadata.managedFields.find(
        ({ subresource }: ManagedFieldsEntry) => subresource === 'scale',
      )
      assert.deepEqual(entry, {
        manager: 'them',
        operation: 'Update',
        apiVersion: 'apps/v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
        subresource: 'scale',
      })
    })

    it('go without owners where an object is too large with them', async () => {
      const keys = Array.from({ length: 50_000 }, (_, index) => [`long-key-number-${index}`, ''])
      const body = configMap('huge', Object.fromEntries(keys))
      const { code, json } = await wire.ask('POST', maps, { body })
      assert.equal(code, 201)
      assert.ok(json.metadata.managedFields === undefined)
    })

    it('that delete, while finalizers hold the object, own nothing', async () => {
      const path = `${maps}/dying`
      const body = configMap('dying', {}, { finalizers: ['example.com/hold'] })
      const made = await good(apply(path, body), 201)
      const { json } = await wire.ask('DELETE', path)
      assert.deepEqual(json.metadata.managedFields, made.metadata.managedFields)
    })
  })

  describe('by kubectl, over what client-side apply left', () => {
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration'
    const clientSide = async (name: string, data: Record<string, string>) => {
      const applied = `${JSON.stringify(configMap(name, data, { annotations: {} }))}\n`
      const body = configMap(name, data, { annotations: { [annotation]: applied } })
      const query = '?fieldManager=kubectl-client-side-apply'
      await good(wire.ask('POST', maps + query, { body }), 201)
    }

    it('takes what that set without a conflict, and keeps the annotation in step', async () => {
      await clientSide('moved', { a: '1', b: '2' })
      const config = configMap('moved', { a: '9', b: '2' })
      const moved = await good(apply(`${maps}/moved`, config, 'fieldManager=kubectl'))
      assert.equal(moved.data.a, '9')
      const kept = JSON.parse(moved.metadata.annotations[annotation])
      assert.deepEqual(kept.data, { a: '9', b: '2' })
    })

    it('does so for no other manager', async () => {
      await clientSide('stays', { a: '1' })
      const { code, json } = await apply(`${maps}/stays`, configMap('stays', { a: '9' }))
      assert.equal(code, 409)
      assert.match(json.message, /conflict with "kubectl-client-side-apply" using v1: \.data\.a$/)
    })

    it('conflicts in what others changed since', async () => {
      await clientSide('since', { a: '1', b: '2' })
      await good(patch(`${maps}/since`, { data: { b: 'theirs' } }))
      const config = configMap('since', { a: '9', b: '9' })
      const { code, json } = await apply(`${maps}/since`, config, 'fieldManager=kubectl')
      assert.equal(code, 409)
      assert.deepEqual(
        json.details.causes.map(({ field }: { field: string }) => field),
        ['.data.b'],
      )
    })
  })
})
