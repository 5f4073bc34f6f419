import assert from 'node:assert/strict'
import { configMap, deployment, pod, startWireServer, type WireServer } from './wire.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const pods = '/api/v1/namespaces/default/pods'
const deployments = '/apis/apps/v1/namespaces/default/deployments'

const bindingOf = (name: string) => ({ metadata: { name }, target: { name: 'n' } })

describe('wire: objects', () => {
  let wire: WireServer
  before(async () => {
    wire = await startWireServer()
  })
  after(async () => {
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  const create = async (path: string, body: object) => {
    const answer = await wire.ask('POST', path, { body })
    assert.equal(answer.code, 201, answer.text)
    return answer.json
  }

  describe('POST', () => {
    it('answers 201 with identity, time and version', async () => {
      const body = configMap('created', { a: 'b' })
      const { code, headers, json } = await wire.ask('POST', maps, { body })
      assert.equal(code, 201)
      assert.equal(headers['content-type'], 'application/json')
      assert.equal(headers['cache-control'], 'no-cache, private')
      assert.match(String(headers['audit-id']), /^[0-9a-f-]{36}$/)
      assert.match(json.metadata.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
      assert.match(json.metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      assert.match(json.metadata.resourceVersion, /^[1-9]\d*$/)
      const {
        uid: _u,
        creationTimestamp: _c,
        resourceVersion: _r,
        managedFields: _m,
        ...rest
      } = json.metadata
      assert.deepEqual(
        { ...json, metadata: rest },
        {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: { name: 'created', namespace: 'default' },
          data: { a: 'b' },
        },
      )
    })

    it('ignores what only the server may say', async () => {
      const metadata = {
        uid: 'mine',
        generation: 7,
        creationTimestamp: '1999-01-01T00:00:00Z',
        deletionTimestamp: '1999-01-01T00:00:00Z',
        deletionGracePeriodSeconds: 5,
        selfLink: '/x',
      }
      const made = await create(deployments, {
        ...deployment('told'),
        metadata: { name: 'told', ...metadata },
        status: { replicas: 9 },
      })
      assert.notEqual(made.metadata.uid, 'mine')
      assert.equal(made.metadata.generation, 1)
      assert.notEqual(made.metadata.creationTimestamp, '1999-01-01T00:00:00Z')
      assert.equal(made.metadata.deletionTimestamp, undefined)
      assert.equal(made.metadata.selfLink, undefined)
      assert.deepEqual(made.status, {})
    })

    it('takes a body without kind and apiVersion, and refuses others', async () => {
      await create(maps, { metadata: { name: 'bare' } })
      const { code, json } = await wire.ask('POST', maps, {
        body: { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'x' } },
      })
      assert.equal(code, 400)
      assert.equal(
        json.message,
        'the API version in the data (v2) does not match the expected API version (v1)',
      )
    })

    it('takes YAML', async () => {
      const { code, json } = await wire.ask('POST', maps, {
        headers: { 'Content-Type': 'application/yaml' },
        body: 'metadata:\n  name: yaml\ndata:\n  a: "1"\n',
      })
      assert.equal(code, 201)
      assert.deepEqual(json.data, { a: '1' })
    })

    it('makes names from generateName', async () => {
      const one = await create(maps, { metadata: { generateName: 'gen-' } })
      const two = await create(maps, { metadata: { generateName: 'gen-' } })
      for (const { metadata } of [one, two])
        assert.match(metadata.name, /^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
      assert.notEqual(one.metadata.name, two.metadata.name)
      const long = await create(maps, { metadata: { generateName: 'a'.repeat(80) } })
      assert.equal(long.metadata.name.length, 63)
    })

    it('answers 409 to a second one, naming it', async () => {
      await create(deployments, deployment('twice'))
      const { code, json } = await wire.ask('POST', deployments, { body: deployment('twice') })
      assert.equal(code, 409)
      assert.deepEqual(json, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'deployments.apps "twice" already exists',
        reason: 'AlreadyExists',
        details: { name: 'twice', group: 'apps', kind: 'deployments' },
        code: 409,
      })
    })

    it('tells what is invalid by Kind, field and cause', async () => {
      const { code, json } = await wire.ask('POST', maps, { body: configMap('Bad') })
      assert.equal(code, 422)
      assert.equal(json.reason, 'Invalid')
      assert.equal(json.details.kind, 'ConfigMap')
      assert.equal(json.details.causes[0].reason, 'FieldValueInvalid')
      assert.equal(json.details.causes[0].field, 'metadata.name')
      assert.match(json.message, /^ConfigMap "Bad" is invalid: metadata.name: Invalid value: "Bad"/)
    })

    it('refuses a resourceVersion, another namespace, and a namespace that is not there', async () => {
      const body = configMap('x', {}, { resourceVersion: '1' })
      assert.equal(
        (await wire.ask('POST', maps, { body })).json.message,
        'resourceVersion should not be set on objects to be created',
      )
      const other = await wire.ask('POST', maps, { body: configMap('x', {}, { namespace: 'b' }) })
      assert.equal(other.code, 400)
      assert.equal(
        other.json.message,
        'the namespace of the provided object does not match the namespace sent on the request',
      )
      const gone = await wire.ask('POST', '/api/v1/namespaces/none/configmaps', {
        body: configMap('x'),
      })
      assert.equal(gone.code, 404)
      assert.equal(gone.json.message, 'namespaces "none" not found')
    })

    it('warns of unknown fields, refuses them when strict, and is silent when told to', async () => {
      const body = '{"metadata":{"name":"fields"},"foo":1,"data":{"a":"b","a":"c"}}'
      const ask = (query: string) => wire.ask('POST', `${maps}?dryRun=All&${query}`, { body })
      const strict = await ask('fieldValidation=Strict')
      assert.equal(strict.code, 400)
      assert.match(
        strict.json.message,
        /strict decoding error: unknown field "foo", duplicate field "data.a"$/,
      )
      const warned = await ask('')
      assert.equal(warned.code, 201)
      assert.equal(
        warned.headers.warning,
        '299 - "unknown field \\"foo\\"", 299 - "duplicate field \\"data.a\\""',
      )
      assert.equal((await ask('fieldValidation=Ignore')).headers.warning, undefined)
      assert.equal((await ask('fieldValidation=Maybe')).code, 422)
    })

    it('stores nothing in a dry run, nor takes addresses', async () => {
      const path = '/api/v1/namespaces/default/services'
      const service = { metadata: { name: 'dry' }, spec: { ports: [{ port: 80 }] } }
      const { code, json } = await wire.ask('POST', `${path}?dryRun=All`, { body: service })
      assert.equal(code, 201)
      assert.match(json.spec.clusterIP, /^10\.96\./)
      assert.equal((await wire.ask('GET', `${path}/dry`)).code, 404)
      const taken = await wire.storage.range('/allocations/')
      assert.deepEqual(taken.entries, [])
    })

    it('is not allowed on a name', async () => {
      const { code, json } = await wire.ask('POST', `${maps}/x`, { body: configMap('x') })
      assert.equal(code, 405)
      assert.equal(json.reason, 'MethodNotAllowed')
    })
  })

  describe('PUT', () => {
    it('replaces at the version that was read, and conflicts at another', async () => {
      const made = await create(maps, configMap('put', { a: '1' }))
      const next = { ...made, data: { a: '2' } }
      const { code, json } = await wire.ask('PUT', `${maps}/put`, { body: next })
      assert.equal(code, 200)
      assert.deepEqual(json.data, { a: '2' })
      assert.equal(json.metadata.uid, made.metadata.uid)
      const again = await wire.ask('PUT', `${maps}/put`, { body: { ...next, data: { a: '3' } } })
      assert.equal(again.code, 409)
      assert.deepEqual(again.json.details, { name: 'put', kind: 'configmaps' })
      assert.equal(
        again.json.message,
        'Operation cannot be fulfilled on configmaps "put": the object has been modified; please apply your changes to the latest version and try again',
      )
    })

    it('without a version replaces whatever is there, except where that is asking for trouble', async () => {
      await create(maps, configMap('blind', { a: '1' }))
      const body = configMap('blind', { a: '2' })
      assert.equal((await wire.ask('PUT', `${maps}/blind`, { body })).code, 200)
      const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
      await create(leases, { metadata: { name: 'lock' }, spec: { holderIdentity: 'a' } })
      const { code, json } = await wire.ask('PUT', `${leases}/lock`, {
        body: { metadata: { name: 'lock' }, spec: { holderIdentity: 'b' } },
      })
      assert.equal(code, 422)
      assert.equal(
        json.message,
        'Lease.coordination.k8s.io "lock" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      )
    })

    it('that changes nothing is not a write', async () => {
      const made = await create(deployments, deployment('same'))
      const { json } = await wire.ask('PUT', `${deployments}/same`, { body: made })
      assert.deepEqual(json, made)
    })

    it('counts generations by spec, not by metadata or status', async () => {
      const made = await create(deployments, deployment('counted'))
      const path = `${deployments}/counted`
      const status = await wire.ask('PATCH', `${path}/status`, {
        body: { status: { replicas: 3 }, spec: { replicas: 8 } },
      })
      assert.equal(status.json.metadata.generation, 1)
      assert.equal(status.json.status.replicas, 3)
      assert.equal(status.json.spec.replicas, 1)
      const labelled = await wire.ask('PATCH', path, { body: { metadata: { labels: { a: 'b' } } } })
      assert.equal(labelled.json.metadata.generation, 1)
      const scaled = await wire.ask('PATCH', path, {
        body: { spec: { replicas: 2 }, status: { replicas: 99 } },
      })
      assert.equal(scaled.json.metadata.generation, 2)
      assert.equal(scaled.json.status.replicas, 3)
      assert.equal(scaled.json.metadata.uid, made.metadata.uid)
    })

    it('checks name, namespace and uid', async () => {
      const made = await create(maps, configMap('known'))
      const put = (metadata: object) =>
        wire.ask('PUT', `${maps}/known`, { body: { ...made, metadata } })
      const named = await put({ name: 'other' })
      assert.equal(named.code, 400)
      assert.equal(
        named.json.message,
        'the name of the object (other) does not match the name on the URL (known)',
      )
      const other = await put({ name: 'known', uid: 'x' })
      assert.equal(other.code, 409)
      assert.match(other.json.message, /Precondition failed: UID in precondition: x, UID in object/)
    })

    it('cannot bring an object back to life, nor give a dying one new finalizers', async () => {
      const made = await create(maps, configMap('dying', {}, { finalizers: ['example.com/a'] }))
      const { json: dying } = await wire.ask('DELETE', `${maps}/dying`)
      assert.equal(dying.metadata.deletionGracePeriodSeconds, 0)
      const { json: kept } = await wire.ask('PUT', `${maps}/dying`, { body: made })
      assert.equal(kept.code, 409)
      const revived = await wire.ask('PATCH', `${maps}/dying`, {
        body: { metadata: { deletionTimestamp: null }, data: { a: 'b' } },
      })
      assert.equal(revived.json.metadata.deletionTimestamp, dying.metadata.deletionTimestamp)
      const { code, json } = await wire.ask('PATCH', `${maps}/dying`, {
        body: { metadata: { finalizers: ['example.com/a', 'example.com/b'] } },
      })
      assert.equal(code, 422)
      assert.match(
        json.message,
        /metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers \[\]string\{"example.com\/b"\}$/,
      )
      const last = await wire.ask('PATCH', `${maps}/dying`, {
        body: { metadata: { finalizers: null } },
      })
      assert.equal(last.code, 200)
      assert.equal(last.json.metadata.name, 'dying')
      assert.equal((await wire.ask('GET', `${maps}/dying`)).code, 404)
    })
  })

  describe('PATCH', () => {
    it('comes in three kinds', async () => {
      await create(deployments, deployment('patched'))
      const path = `${deployments}/patched`
      const patch = async (type: string, body: object) => {
        const headers = { 'Content-Type': `application/${type}; charset=utf-8` }
        const answer = await wire.ask('PATCH', path, { headers, body })
        assert.equal(answer.code, 200, answer.text)
        return answer.json
      }
      const strategic = await patch('strategic-merge-patch+json', {
        spec: { template: { spec: { containers: [{ name: 'd', image: 'two' }] } } },
      })
      const names = strategic.spec.template.spec.containers.map(
        ({ name }: { name: string }) => name,
      )
      assert.deepEqual(names.sort(), ['c', 'd'])
      const merged = await patch('merge-patch+json', {
        spec: { template: { spec: { containers: [{ name: 'd', image: 'two' }] } } },
      })
      assert.equal(merged.spec.template.spec.containers.length, 1)
      const json = await patch('json-patch+json', [
        { op: 'replace', path: '/spec/replicas', value: 4 },
      ])
      assert.equal(json.spec.replicas, 4)
    })

    it('answers 422 to a failed test, 400 to nonsense, 404 where nothing is, 415 to other types', async () => {
      await create(maps, configMap('tested'))
      const patch = (type: string, body: object | string, name = 'tested') =>
        wire.ask('PATCH', `${maps}/${name}`, { headers: { 'Content-Type': type }, body })
      const test = [{ op: 'test', path: '/metadata/resourceVersion', value: '1' }]
      const failed = await patch('application/json-patch+json', test)
      assert.equal(failed.code, 422)
      assert.equal(failed.json.reason, 'Invalid')
      assert.equal((await patch('application/json-patch+json', '{')).code, 400)
      assert.equal((await patch('application/merge-patch+json', {}, 'none')).code, 404)
      const other = await patch('application/json', {})
      assert.equal(other.code, 415)
      assert.match(
        other.json.message,
        /accepted media types include: application\/json-patch\+json/,
      )
    })

    it('insists on a version that stands in it', async () => {
      const made = await create(maps, configMap('pinned'))
      const patch = (resourceVersion: string, a: string) =>
        wire.ask('PATCH', `${maps}/pinned`, {
          body: { metadata: { resourceVersion }, data: { a } },
        })
      assert.equal((await patch(made.metadata.resourceVersion, '1')).code, 200)
      assert.equal((await patch(made.metadata.resourceVersion, '2')).code, 409)
    })

    it('is done again when somebody else was faster', async () => {
      await create(maps, configMap('busy'))
      const keys = Array.from({ length: 30 }, (_, index) => `k${index}`)
      const answers = await Promise.all(
        keys.map((key) => wire.ask('PATCH', `${maps}/busy`, { body: { data: { [key]: 'x' } } })),
      )
      assert.deepEqual([...new Set(answers.map(({ code }) => code))], [200])
      const { json } = await wire.ask('GET', `${maps}/busy`)
      assert.deepEqual(Object.keys(json.data).sort(), keys.sort())
    })

    it('refuses force where it means nothing', async () => {
      const { code, json } = await wire.ask('PATCH', `${maps}/x?force=true`, { body: {} })
      assert.equal(code, 422)
      assert.equal(json.details.causes[0].field, 'force')
    })
  })

  describe('DELETE', () => {
    it('answers a Status without a code when the object is gone at once', async () => {
      const made = await create(deployments, deployment('gone'))
      const { code, json } = await wire.ask('DELETE', `${deployments}/gone`)
      assert.equal(code, 200)
      assert.deepEqual(json, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name: 'gone', group: 'apps', kind: 'deployments', uid: made.metadata.uid },
      })
      assert.equal((await wire.ask('DELETE', `${deployments}/gone`)).code, 404)
    })

    it('lets a running pod end in its own time, which can only be made shorter', async () => {
      await create(pods, pod('graceful'))
      const bound = await wire.ask('POST', `${pods}/graceful/binding`, {
        body: { metadata: { name: 'graceful' }, target: { kind: 'Node', name: 'n' } },
      })
      assert.equal(bound.code, 201)
      assert.equal(bound.json.status, 'Success')
      const remove = (body?: object) => wire.ask('DELETE', `${pods}/graceful`, { body })
      const first = await remove()
      assert.equal(first.json.metadata.deletionGracePeriodSeconds, 30)
      assert.equal(first.json.metadata.generation, 2)
      const until = Date.parse(first.json.metadata.deletionTimestamp)
      const longer = await remove({ gracePeriodSeconds: 60 })
      assert.equal(longer.json.metadata.deletionGracePeriodSeconds, 30)
      const shorter = await remove({ gracePeriodSeconds: 10 })
      assert.equal(shorter.json.metadata.deletionGracePeriodSeconds, 10)
      assert.equal(Date.parse(shorter.json.metadata.deletionTimestamp), until - 20_000)
      const other = await remove({ gracePeriodSeconds: 0, preconditions: { uid: 'other' } })
      assert.equal(other.code, 409)
      const { uid } = first.json.metadata
      const last = await remove({ gracePeriodSeconds: 0, preconditions: { uid } })
      assert.equal(last.json.kind, 'Pod')
      assert.equal((await wire.ask('GET', `${pods}/graceful`)).code, 404)
    })

    it('takes its options from the query where there is no body', async () => {
      await create(pods, pod('query'))
      await wire.ask('POST', `${pods}/query/binding`, { body: bindingOf('query') })
      const { json } = await wire.ask('DELETE', `${pods}/query?gracePeriodSeconds=7`)
      assert.equal(json.metadata.deletionGracePeriodSeconds, 7)
      const dry = await wire.ask('DELETE', `${pods}/query?gracePeriodSeconds=0&dryRun=All`)
      assert.equal(dry.code, 200)
      assert.equal((await wire.ask('GET', `${pods}/query`)).code, 200)
    })

    it('says by finalizers what becomes of dependents', async () => {
      for (const [policy, finalizers] of [
        ['Foreground', ['foregroundDeletion']],
        ['Orphan', ['orphan']],
      ] as const) {
        const name = policy.toLowerCase()
        await create(deployments, deployment(name))
        const { json } = await wire.ask('DELETE', `${deployments}/${name}`, {
          body: { propagationPolicy: policy },
        })
        assert.deepEqual(json.metadata.finalizers, finalizers)
        assert.equal(json.metadata.generation, 2)
        const done = await wire.ask('PATCH', `${deployments}/${name}`, {
          body: { metadata: { finalizers: [] } },
        })
        assert.equal(done.code, 200)
        assert.equal((await wire.ask('GET', `${deployments}/${name}`)).code, 404)
      }
      const both = await wire.ask('DELETE', `${deployments}/x`, {
        body: { propagationPolicy: 'Orphan', orphanDependents: true },
      })
      assert.equal(both.code, 422)
    })

    it('takes a selection away, and answers what it was', async () => {
      for (const [name, app] of [
        ['one', 'x'],
        ['two', 'x'],
        ['three', 'y'],
      ] as const)
        await create(maps, configMap(name, {}, { labels: { app } }))
      const { json } = await wire.ask('DELETE', `${maps}?labelSelector=app%3Dx`)
      assert.equal(json.kind, 'ConfigMapList')
      assert.equal(json.items.length, 2)
      assert.equal((await wire.ask('GET', `${maps}/one`)).code, 404)
      assert.equal((await wire.ask('GET', `${maps}/three`)).code, 200)
      assert.equal((await wire.ask('DELETE', '/api/v1/configmaps')).code, 405)
    })

    it('takes a namespace away in the end, and lets nothing in before', async () => {
      await create('/api/v1/namespaces', { metadata: { name: 'leaving' } })
      const { json } = await wire.ask('DELETE', '/api/v1/namespaces/leaving')
      assert.equal(json.status.phase, 'Terminating')
      assert.ok(json.metadata.deletionTimestamp)
      const into = await wire.ask('POST', '/api/v1/namespaces/leaving/configmaps', {
        body: configMap('late'),
      })
      assert.equal(into.code, 403)
      assert.equal(into.json.details.causes[0].reason, 'NamespaceTerminating')
      const again = await wire.ask('DELETE', '/api/v1/namespaces/leaving')
      assert.equal(again.code, 409)
      assert.match(again.json.message, /The system is ensuring all content is removed/)
      const finalized = await wire.ask('PUT', '/api/v1/namespaces/leaving/finalize', {
        body: { ...json, spec: { finalizers: [] } },
      })
      assert.equal(finalized.code, 200)
      assert.equal((await wire.ask('GET', '/api/v1/namespaces/leaving')).code, 404)
    })
  })

  describe('subresources', () => {
    it('scale: reads and writes replicas of whatever has some', async () => {
      await create(deployments, deployment('scaled', 2))
      const path = `${deployments}/scaled/scale`
      const { json } = await wire.ask('GET', path)
      assert.equal(json.kind, 'Scale')
      assert.equal(json.apiVersion, 'autoscaling/v1')
      assert.deepEqual(json.spec, { replicas: 2 })
      assert.equal(json.status.selector, 'app=scaled')
      const put = await wire.ask('PUT', path, { body: { ...json, spec: { replicas: 3 } } })
      assert.equal(put.json.spec.replicas, 3)
      const stale = await wire.ask('PUT', path, { body: { ...json, spec: { replicas: 4 } } })
      assert.equal(stale.code, 409)
      await wire.ask('PATCH', path, { body: { spec: { replicas: 0 } } })
      const { json: parent } = await wire.ask('GET', `${deployments}/scaled`)
      assert.equal(parent.spec.replicas, 0)
      assert.equal(parent.metadata.generation, 3)
      assert.equal((await wire.ask('PATCH', path, { body: { spec: { replicas: -1 } } })).code, 422)
    })

    it('binding: once, and never of another pod', async () => {
      const made = await create(pods, pod('bound'))
      const bind = (metadata: object, name = 'n1') =>
        wire.ask('POST', `${pods}/bound/binding`, {
          body: { metadata: { name: 'bound', ...metadata }, target: { kind: 'Node', name } },
        })
      assert.equal((await bind({ uid: 'other' })).code, 409)
      assert.equal((await bind({}, '')).code, 422)
      const { code, json } = await bind({ uid: made.metadata.uid, annotations: { a: 'b' } })
      assert.equal(code, 201)
      assert.deepEqual(json, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        code: 201,
      })
      const { json: after } = await wire.ask('GET', `${pods}/bound`)
      assert.equal(after.spec.nodeName, 'n1')
      assert.equal(after.metadata.annotations.a, 'b')
      assert.equal(after.metadata.generation, 1)
      assert.partialDeepStrictEqual(after.status.conditions, [
        { type: 'PodScheduled', status: 'True' },
      ])
      assert.equal((await bind({}, 'n2')).code, 409)
    })

    it('eviction: deletes as DELETE would', async () => {
      await create(pods, pod('evicted'))
      await wire.ask('POST', `${pods}/evicted/binding`, { body: bindingOf('evicted') })
      const body = {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: 'evicted' },
        deleteOptions: { gracePeriodSeconds: 3 },
      }
      const { code, json } = await wire.ask('POST', `${pods}/evicted/eviction`, { body })
      assert.equal(code, 201)
      assert.equal(json.status, 'Success')
      const { json: after } = await wire.ask('GET', `${pods}/evicted`)
      assert.equal(after.metadata.deletionGracePeriodSeconds, 3)
      const reasons = after.status.conditions.map(({ reason }: { reason?: string }) => reason)
      assert.ok(reasons.includes('EvictionByEvictionAPI'))
      const none = { ...body, metadata: { name: 'none' } }
      assert.equal((await wire.ask('POST', `${pods}/none/eviction`, { body: none })).code, 404)
    })

    it('binding and eviction: of the pod that both URL and body name', async () => {
      await create(pods, pod('named'))
      for (const metadata of [{ name: 'other' }, {}])
        for (const [subresource, kind] of [
          ['binding', 'Binding'],
          ['eviction', 'Eviction'],
        ]) {
          const body = { metadata, target: { name: 'n' } }
          const { code, json } = await wire.ask('POST', `${pods}/named/${subresource}`, { body })
          const message = `name in URL does not match name in ${kind} object`
          assert.deepEqual([code, json.message], [400, message])
        }
    })

    it('eviction: by clients of the version before as well', async () => {
      await create(pods, pod('old'))
      const body = { apiVersion: 'policy/v1beta1', kind: 'Eviction', metadata: { name: 'old' } }
      assert.equal((await wire.ask('POST', `${pods}/old/eviction`, { body })).code, 201)
    })

    it('those that stream are not there without their handlers; unknown ones never', async () => {
      await create(pods, pod('silent'))
      const { code, json } = await wire.ask('GET', `${pods}/silent/log`)
      assert.equal(code, 501)
      assert.equal(json.kind, 'Status')
      assert.equal((await wire.ask('GET', `${pods}/silent/nope`)).code, 404)
    })
  })

  describe('services', () => {
    const services = '/api/v1/namespaces/default/services'
    const service = (name: string, spec: object) => ({
      metadata: { name },
      spec: { ports: [{ port: 80 }], ...spec },
    })

    it('hold addresses that nobody else gets, until they are gone', async () => {
      const made = await create(services, service('first', {}))
      const { clusterIP } = made.spec
      const taken = await wire.ask('POST', services, { body: service('second', { clusterIP }) })
      assert.equal(taken.code, 422)
      assert.match(
        taken.json.message,
        /spec.clusterIPs: Invalid value: \[".*"\]: failed to allocate IP .*: provided IP is already allocated$/,
      )
      const address = `/apis/networking.k8s.io/v1/ipaddresses/${clusterIP}`
      const said = (await wire.ask('GET', address)).json
      assert.deepEqual(said.spec.parentRef, {
        resource: 'services',
        namespace: 'default',
        name: 'first',
      })
      const outside = await wire.ask('POST', services, {
        body: service('third', { clusterIP: '10.97.0.5' }),
      })
      assert.equal(outside.code, 422)
      assert.match(
        outside.json.message,
        /failed to allocate IP 10.97.0.5: the provided network does not match the current range$/,
      )
      await wire.ask('DELETE', `${services}/first`)
      assert.equal((await wire.ask('GET', address)).code, 404)
      assert.equal(
        (await create(services, service('second', { clusterIP }))).spec.clusterIP,
        clusterIP,
      )
    })

    it('get addresses of every range that is ready, and of none that is going', async () => {
      const ranges = '/apis/networking.k8s.io/v1/servicecidrs'
      const { json } = await wire.ask('GET', `${ranges}/kubernetes`)
      assert.deepEqual(json.spec.cidrs, ['10.96.0.0/16'])
      const [{ type, status }] = json.status.conditions
      assert.deepEqual([type, status], ['Ready', 'True'])
      const metadata = { name: 'more', finalizers: ['example.com/held'] }
      await create(ranges, { metadata, spec: { cidrs: ['203.0.113.0/24'] } })
      const far = (name: string, clusterIP: string) =>
        wire.ask('POST', services, { body: service(name, { clusterIP }) })
      assert.equal((await far('far', '203.0.113.10')).code, 201)
      await wire.ask('DELETE', `${ranges}/more`)
      assert.equal((await far('farther', '203.0.113.11')).code, 422)
    })

    it('get node ports, and give them back when they change their type', async () => {
      const made = await create(services, service('ported', { type: 'NodePort' }))
      const [{ nodePort }] = made.spec.ports
      assert.ok(nodePort >= 30_000 && nodePort <= 32_767)
      const wish = service('wisher', { type: 'NodePort', ports: [{ port: 80, nodePort }] })
      const taken = await wire.ask('POST', services, { body: wish })
      assert.match(
        taken.json.message,
        /spec.ports\[0\].nodePort: Invalid value: \d+: provided port is already allocated$/,
      )
      const { ports } = made.spec
      const body = {
        spec: { type: 'ClusterIP', ports: [{ ...ports[0], nodePort: null }] },
      }
      const changed = await wire.ask('PATCH', `${services}/ported`, { body })
      assert.equal(changed.code, 200, changed.text)
      assert.equal((await create(services, wish)).spec.ports[0].nodePort, nodePort)
    })
  })
})
