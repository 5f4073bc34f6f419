import assert from 'node:assert/strict'
import { causeHeader, type WriteRecord } from '../../api/write-record.ts'
import { readNote } from '../registry/write-note.ts'
import { openSqlite } from '../storage/sqlite.ts'
import type { Storage } from '../storage/storage.ts'
import { configMap, deployment, pod, startWireServer, type WireServer } from './wire.ts'

const configMaps = '/api/v1/namespaces/default/configmaps'
const pods = '/api/v1/namespaces/default/pods'
const deployments = '/apis/apps/v1/namespaces/default/deployments'

interface Written {
  key: string
  deletes: boolean
  record: WriteRecord | undefined
}

/** What is written from now on. */
function tapped(storage: Storage): Written[] {
  const all: Written[] = []
  const write = storage.write.bind(storage)
  storage.write = async (wish) => {
    const result = await write(wish)
    const { key, value, note } = wish
    if (result.ok && key.startsWith('/registry/'))
      all.push({ key, deletes: value === undefined, record: readNote(note) })
    return result
  }
  return all
}

describe('the records of writes', () => {
  let storage: Storage
  let wire: WireServer
  let written: Written[]

  before(async () => {
    storage = await openSqlite({ file: ':memory:' })
    written = tapped(storage)
    wire = await startWireServer({ storage })
  })
  after(async () => {
    await wire.close()
    await storage.close()
  })

  /** The records of what one request wrote to a key. */
  async function recordsOf(
    key: string,
    ...[method, path, more = {}]: Parameters<WireServer['ask']>
  ): Promise<(WriteRecord & { deletes: boolean })[]> {
    const before = written.length
    const answer = await wire.ask(method, path, more)
    assert.ok(answer.code < 300, answer.text)
    return written
      .slice(before)
      .filter((one) => one.key === key)
      .map(({ record, deletes }) => {
        assert.ok(record)
        const known = record.requestId === answer.headers['audit-id']
        assert.ok(known, 'the request can be told by its Audit-Id')
        return { ...record, deletes }
      })
  }

  const brief = ({
    verb,
    subresource,
    fieldManager,
    deletes,
  }: WriteRecord & { deletes: boolean }) =>
    [verb, subresource, fieldManager, deletes && 'gone'].filter(Boolean).join(' ')

  it('there is one of each of them, the server’s own included', () => {
    assert.ok(written.length > 10)
    assert.deepEqual(
      written.filter(({ record }) => !record),
      [],
    )
  })

  it('tell who it was, and with what', async () => {
    const headers = { 'User-Agent': 'kubectl/v1.36.0 (linux/amd64)' }
    const [record] = await recordsOf('/registry/core/configmaps/default/who', 'POST', configMaps, {
      body: configMap('who'),
      headers,
    })
    assert.equal(record?.user, 'admin')
    assert.equal(record.userAgent, 'kubectl/v1.36.0 (linux/amd64)')
    assert.match(record.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.equal(record.cause, undefined)
  })

  it('tell who acted as somebody else', async () => {
    const [record] = await recordsOf('/registry/core/configmaps/default/as', 'POST', configMaps, {
      body: configMap('as'),
      headers: { 'Impersonate-User': 'carol', 'Impersonate-Group': 'system:masters' },
    })
    assert.deepEqual([record?.user, record?.impersonatedBy], ['carol', 'admin'])
  })

  it('tell the verb of each request about the object', async () => {
    const key = '/registry/core/configmaps/default/verbs'
    const path = `${configMaps}/verbs`
    const steps: Parameters<WireServer['ask']>[] = [
      ['POST', `${configMaps}?fieldManager=me`, { body: configMap('verbs') }],
      ['PUT', path, { body: configMap('verbs', { a: '1' }) }],
      ['PATCH', path, { body: { data: { a: '2' } } }],
      [
        'PATCH',
        `${path}?fieldManager=applier&force=true`,
        {
          body: configMap('verbs', { a: '3' }),
          headers: { 'Content-Type': 'application/apply-patch+yaml' },
        },
      ],
      ['DELETE', path],
    ]
    const told: string[] = []
    for (const step of steps) told.push(...(await recordsOf(key, ...step)).map(brief))
    assert.deepEqual(told, ['create me', 'update', 'patch', 'apply applier', 'delete gone'])
  })

  it('tell apply from creation where apply creates', async () => {
    const [record] = await recordsOf(
      '/registry/core/configmaps/default/applied',
      'PATCH',
      `${configMaps}/applied?fieldManager=me`,
      { body: configMap('applied'), headers: { 'Content-Type': 'application/apply-patch+yaml' } },
    )
    assert.equal(brief(record!), 'apply me')
  })

  it('tell the subresource', async () => {
    await wire.ask('POST', deployments, { body: deployment('web') })
    const key = '/registry/apps/deployments/default/web'
    const path = `${deployments}/web`
    const scaled = await recordsOf(key, 'PATCH', `${path}/scale`, {
      body: { spec: { replicas: 3 } },
    })
    const told = await recordsOf(key, 'PATCH', `${path}/status`, {
      body: { status: { replicas: 1 } },
    })
    assert.deepEqual([...scaled, ...told].map(brief), ['patch scale', 'patch status'])
  })

  it('tell what a pod was bound, evicted and deleted by', async () => {
    await wire.ask('POST', '/api/v1/namespaces/default/serviceaccounts', {
      body: { metadata: { name: 'default' } },
    })
    const made = await wire.ask('POST', pods, { body: pod('p') })
    assert.equal(made.code, 201, made.text)
    const key = '/registry/core/pods/default/p'
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'p' },
      target: { name: 'n' },
    }
    const bound = await recordsOf(key, 'POST', `${pods}/p/binding`, { body: binding })
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } }
    const evicted = await recordsOf(key, 'POST', `${pods}/p/eviction`, { body: eviction })
    const gone = await recordsOf(key, 'DELETE', `${pods}/p?gracePeriodSeconds=0`)
    assert.deepEqual([...bound, ...evicted, ...gone].map(brief), [
      'create binding',
      'create eviction',
      'create eviction',
      'delete gone',
    ])
  })

  it('tell of an object that lingers, and of the last finalizer that lets it go', async () => {
    const key = '/registry/core/configmaps/default/held'
    const path = `${configMaps}/held`
    await wire.ask('POST', configMaps, { body: configMap('held', {}, { finalizers: ['a.b/c'] }) })
    const lingers = await recordsOf(key, 'DELETE', path)
    const goes = await recordsOf(key, 'PATCH', path, { body: { metadata: { finalizers: null } } })
    assert.deepEqual([...lingers, ...goes].map(brief), ['delete', 'patch gone'])
  })

  it('tell a whole collection’s deletion of each', async () => {
    for (const name of ['m1', 'm2'])
      await wire.ask('POST', configMaps, { body: configMap(name, {}, { labels: { many: 'yes' } }) })
    const before = written.length
    await wire.ask('DELETE', `${configMaps}?labelSelector=many%3Dyes`)
    const told = written.slice(before).map(({ key, record }) => `${record?.verb} ${key}`)
    assert.deepEqual(told.sort(), [
      'deletecollection /registry/core/configmaps/default/m1',
      'deletecollection /registry/core/configmaps/default/m2',
    ])
  })

  it('keep what the client says of causes, and nothing of what nobody understands', async () => {
    const key = '/registry/core/configmaps/default/caused'
    const headers = { [causeHeader]: 'deployments.apps/default/web@12, pods/default/web-1@34, +3' }
    const body = configMap('caused')
    const [told] = await recordsOf(key, 'POST', configMaps, { body, headers })
    assert.deepEqual(told?.cause, {
      for: {
        resource: 'deployments',
        group: 'apps',
        namespace: 'default',
        name: 'web',
        resourceVersion: '12',
      },
      because: [
        { resource: 'pods', group: '', namespace: 'default', name: 'web-1', resourceVersion: '34' },
      ],
      more: 3,
    })
    const nonsense = { [causeHeader]: 'because I say so' }
    const patch = { body: { data: { a: '1' } }, headers: nonsense }
    const [ignored] = await recordsOf(key, 'PATCH', `${configMaps}/caused`, patch)
    assert.equal(ignored?.cause, undefined)
  })

  it('are none where nothing is written', async () => {
    const before = written.length
    await wire.ask('POST', `${configMaps}?dryRun=All`, { body: configMap('dry') })
    await wire.ask('DELETE', `${configMaps}/who?dryRun=All`)
    assert.equal(written.length, before)
  })
})
