import assert from 'node:assert/strict'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { shouldCompress } from '../http/list-answer.ts'
import { configMap, pod, startWireServer, type WireServer } from './wire.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const names = (list: { items: { metadata: { name: string } }[] }) =>
  list.items.map(({ metadata }) => metadata.name)

describe('wire: lists', () => {
  let wire: WireServer
  // Certificates are good by the machine's clock.
  const clock = new VirtualClock(Date.now())
  before(async () => {
    wire = await startWireServer({ clock })
    await wire.ask('POST', '/api/v1/namespaces', { body: { metadata: { name: 'a-b' } } })
    await wire.ask('POST', '/api/v1/namespaces', { body: { metadata: { name: 'a' } } })
    for (const name of ['e', 'a', 'd', 'b', 'c'])
      await wire.ask('POST', maps, {
        body: configMap(name, {}, { labels: { parity: name < 'c' ? 'low' : 'high' } }),
      })
    await wire.ask('POST', '/api/v1/namespaces/a/configmaps', { body: configMap('z') })
    await wire.ask('POST', '/api/v1/namespaces/a-b/configmaps', { body: configMap('y') })
  })
  after(async () => {
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await wire.ask('GET', path, { headers })
    assert.equal(answer.code, 200, answer.text)
    return answer.json
  }

  it('are sorted by namespace and name, items without kind, with the version of the whole', async () => {
    // The server has one of its own.
    const list = await get('/api/v1/configmaps?fieldSelector=metadata.namespace!%3Dkube-system')
    assert.equal(list.kind, 'ConfigMapList')
    assert.equal(list.apiVersion, 'v1')
    assert.match(list.metadata.resourceVersion, /^\d+$/)
    assert.deepEqual(names(list), ['y', 'z', 'a', 'b', 'c', 'd', 'e'])
    for (const item of list.items) {
      assert.equal(item.kind, undefined)
      assert.equal(item.apiVersion, undefined)
      assert.ok(Number(item.metadata.resourceVersion) <= Number(list.metadata.resourceVersion))
    }
  })

  it('have items even when there are none', async () => {
    const list = await get('/api/v1/namespaces/none/pods')
    assert.deepEqual(list.items, [])
    assert.ok(list.metadata.resourceVersion)
  })

  it('come in pages of one revision, with the exact number that remains', async () => {
    const one = await get(`${maps}?limit=2`)
    assert.deepEqual(names(one), ['a', 'b'])
    assert.equal(one.metadata.remainingItemCount, 3)
    await wire.ask('POST', maps, { body: configMap('bb') })
    await wire.ask('DELETE', `${maps}/e`)
    const two = await get(`${maps}?limit=2&continue=${one.metadata.continue}`)
    assert.deepEqual(names(two), ['c', 'd'])
    assert.equal(two.metadata.remainingItemCount, 1)
    const three = await get(`${maps}?limit=10&continue=${two.metadata.continue}`)
    assert.deepEqual(names(three), ['e'])
    assert.equal(three.metadata.continue, undefined)
    assert.equal(three.metadata.remainingItemCount, undefined)
    for (const page of [two, three])
      assert.equal(page.metadata.resourceVersion, one.metadata.resourceVersion)
    assert.deepEqual(names(await get(maps)), ['a', 'b', 'bb', 'c', 'd'])
    await wire.ask('POST', maps, { body: configMap('e', {}, { labels: { parity: 'high' } }) })
    await wire.ask('DELETE', `${maps}/bb`)
  })

  it('select by labels and fields, page by page, without saying how many remain', async () => {
    const one = await get(`${maps}?labelSelector=parity+in+(high)&limit=2`)
    assert.deepEqual(names(one), ['c', 'd'])
    assert.equal(one.metadata.remainingItemCount, undefined)
    const two = await get(
      `${maps}?labelSelector=parity+in+(high)&limit=2&continue=${one.metadata.continue}`,
    )
    assert.deepEqual(names(two), ['e'])
    assert.deepEqual(names(await get(`${maps}?labelSelector=parity!=high,parity`)), ['a', 'b'])
    assert.deepEqual(
      names(await get('/api/v1/configmaps?fieldSelector=metadata.namespace%3Da-b')),
      ['y'],
    )
    assert.deepEqual(names(await get(`${maps}?fieldSelector=metadata.name%3Dd`)), ['d'])
  })

  it('are refused where the selector is not understood', async () => {
    for (const [query, message] of [
      ['fieldSelector=foo%3Dbar', 'field label not supported: foo'],
      ['fieldSelector=foo', "invalid selector: 'foo'; can't understand 'foo'"],
    ]) {
      const { code, json } = await wire.ask('GET', `${maps}?${query}`)
      assert.equal(code, 400)
      assert.equal(json.message, message)
    }
    for (const query of ['labelSelector=a%20b%20c', 'limit=x', 'resourceVersion=abc'])
      assert.equal((await wire.ask('GET', `${maps}?${query}`)).code, 400)
  })

  it('can be of a version that is past, exactly', async () => {
    const { metadata } = await get(maps)
    await wire.ask('POST', maps, { body: configMap('later') })
    const past = `${maps}?resourceVersion=${metadata.resourceVersion}`
    assert.ok(!names(await get(`${past}&resourceVersionMatch=Exact`)).includes('later'))
    assert.ok(names(await get(`${past}&resourceVersionMatch=NotOlderThan`)).includes('later'))
    assert.ok(names(await get(past)).includes('later'))
    const limited = await get(`${past}&limit=50`)
    assert.ok(!names(limited).includes('later'))
    assert.equal(limited.metadata.resourceVersion, metadata.resourceVersion)
    assert.ok(names(await get(`${maps}?resourceVersion=0&limit=500`)).includes('later'))
    await wire.ask('DELETE', `${maps}/later`)
  })

  it('wait for a version that is to come, and give up telling so', async () => {
    const asked = wire.ask('GET', `${maps}?resourceVersion=99999999`)
    let answered = false
    void asked.then(() => {
      answered = true
    })
    while (!answered) await clock.advance(1_000)
    const { code, headers, json } = await asked
    assert.equal(code, 504)
    assert.equal(headers['retry-after'], '1')
    assert.match(json.message, /^Timeout: Too large resource version: 99999999, current: \d+$/)
    assert.equal(json.details.causes[0].reason, 'ResourceVersionTooLarge')
    assert.equal(json.details.retryAfterSeconds, 1)
  })

  it('refuse options that exclude each other', async () => {
    for (const query of [
      'resourceVersionMatch=Exact',
      'resourceVersionMatch=Exact&resourceVersion=0',
      'resourceVersionMatch=Sometimes&resourceVersion=5',
      'sendInitialEvents=true',
    ]) {
      const { code, json } = await wire.ask('GET', `${maps}?${query}`)
      assert.equal(code, 422, query)
      assert.equal(json.details.kind, 'ListOptions')
      assert.equal(json.details.group, 'meta.k8s.io')
    }
    const one = await get(`${maps}?limit=1`)
    const token = one.metadata.continue
    assert.equal((await wire.ask('GET', `${maps}?continue=${token}&resourceVersion=5`)).code, 400)
    const match = `continue=${token}&resourceVersion=5&resourceVersionMatch=Exact`
    assert.equal((await wire.ask('GET', `${maps}?${match}`)).code, 422)
  })

  it('take no token but their own', async () => {
    const forged = (body: object) => Buffer.from(JSON.stringify(body)).toString('base64url')
    for (const token of [
      'zzz',
      forged({}),
      forged({ v: 'meta.k8s.io/v1', rv: 1, start: '../secrets/a\0' }),
      forged({ v: 'meta.k8s.io/v1', rv: -7, start: 'default/a\0' }),
      forged({ v: 'meta.k8s.io/v2', rv: 1, start: 'default/a\0' }),
    ]) {
      const { code, json } = await wire.ask('GET', `${maps}?continue=${token}`)
      assert.equal(code, 400)
      assert.match(json.message, /^invalid continue token: continue key is not valid: /)
    }
  })

  it('tell how to go on when their history is gone', async () => {
    const one = await get(`${maps}?limit=2`)
    await wire.ask('PATCH', `${maps}/d`, { body: { data: { x: 'y' } } })
    await wire.storage.compact(await wire.storage.revision())
    const late = await wire.ask('GET', `${maps}?limit=2&continue=${one.metadata.continue}`)
    assert.equal(late.code, 410)
    assert.equal(late.json.reason, 'Expired')
    assert.match(late.json.message, /^The provided continue parameter is too old/)
    const two = await get(`${maps}?limit=2&continue=${late.json.metadata.continue}`)
    assert.deepEqual(names(two), ['c', 'd'])
    assert.ok(Number(two.metadata.resourceVersion) > Number(one.metadata.resourceVersion))
    const three = await get(`${maps}?limit=2&continue=${two.metadata.continue}`)
    assert.equal(three.metadata.resourceVersion, two.metadata.resourceVersion)
    const exact = await wire.ask(
      'GET',
      `${maps}?resourceVersion=${one.metadata.resourceVersion}&resourceVersionMatch=Exact`,
    )
    assert.equal(exact.code, 410)
    assert.equal(exact.json.message, 'The resourceVersion for the provided list is too old.')
  })

  it('may be read page by page for five minutes, though their history is there', async () => {
    const one = await get(`${maps}?limit=2`)
    await clock.advance(4 * 60_000)
    const two = await get(`${maps}?limit=2&continue=${one.metadata.continue}`)
    assert.equal(two.metadata.resourceVersion, one.metadata.resourceVersion)
    await clock.advance(61_000)
    const late = await wire.ask('GET', `${maps}?limit=2&continue=${two.metadata.continue}`)
    assert.equal(late.code, 410)
    const three = await get(`${maps}?limit=2&continue=${late.json.metadata.continue}`)
    assert.deepEqual(names(three), ['e'])
  })

  describe('as tables', () => {
    const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'

    it('have a cell for every column and the metadata of every object', async () => {
      await wire.ask('POST', '/api/v1/namespaces/default/pods', { body: pod('tabled') })
      const list = await get('/api/v1/pods?limit=500', { accept: table })
      assert.equal(list.kind, 'Table')
      assert.equal(list.apiVersion, 'meta.k8s.io/v1')
      const columns = list.columnDefinitions.map(({ name }: { name: string }) => name)
      assert.deepEqual(columns.slice(0, 5), ['Name', 'Ready', 'Status', 'Restarts', 'Age'])
      assert.equal(list.columnDefinitions[0].format, 'name')
      const [row] = list.rows
      assert.equal(row.cells.length, columns.length)
      assert.deepEqual(row.cells.slice(0, 4), ['tabled', '0/1', 'Pending', '0'])
      assert.equal(row.object.kind, 'PartialObjectMetadata')
      assert.equal(row.object.metadata.name, 'tabled')
      assert.equal(row.object.spec, undefined)
      assert.match(list.metadata.resourceVersion, /^\d+$/)
    })

    it('bear the whole object, or none, where that is wished', async () => {
      const of = (include: string) =>
        get(`/api/v1/namespaces/default/pods/tabled?includeObject=${include}`, { accept: table })
      assert.equal((await of('Object')).rows[0].object.kind, 'Pod')
      assert.equal((await of('None')).rows[0].object, undefined)
      const path = '/api/v1/pods?includeObject=Some'
      assert.equal((await wire.ask('GET', path, { headers: { accept: table } })).code, 400)
    })

    it('are also of what was written', async () => {
      const { code, json } = await wire.ask('PATCH', `${maps}/a`, {
        headers: { accept: table },
        body: { data: { t: 'u' } },
      })
      assert.equal(code, 200)
      assert.equal(json.kind, 'Table')
      assert.equal(json.rows[0].cells[0], 'a')
    })
  })

  it('as metadata have no more than metadata', async () => {
    const accept =
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json'
    const list = await get(maps, { accept })
    assert.equal(list.kind, 'PartialObjectMetadataList')
    assert.equal(list.items[0].kind, 'PartialObjectMetadata')
    assert.equal(list.items[0].data, undefined)
    assert.ok(list.items[0].metadata.uid)
    const single = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
    assert.equal((await get(`${maps}/a`, { accept: single })).kind, 'PartialObjectMetadata')
    assert.equal((await wire.ask('GET', maps, { headers: { accept: single } })).code, 406)
  })

  it('are laid out for those who ask for it, as objects, tables and refusals are', async () => {
    const table = 'application/json;as=Table;g=meta.k8s.io;v=v1'
    for (const [path, accept] of [
      [maps, '*/*'],
      [`${maps}/a`, '*/*'],
      [`${maps}/none`, '*/*'],
      [maps, table],
      ['/apis/apps/v1', '*/*'],
    ] as const) {
      const { text, json } = await wire.ask('GET', `${path}?pretty=true`, { headers: { accept } })
      assert.equal(text, JSON.stringify(json, null, 2), path)
    }
    const stream = await wire.watch(
      `${maps}?watch=true&pretty=true&fieldSelector=metadata.name%3Da`,
    )
    assert.equal((await stream.take(1))[0].object.metadata.name, 'a')
    stream.close()
  })

  it('are compressed for those who can, are far, and gain by it', async () => {
    assert.equal(shouldCompress('gzip, deflate', 200_000, '10.0.0.1'), true)
    assert.equal(shouldCompress('gzip', 100_000, '10.0.0.1'), false)
    assert.equal(shouldCompress('br', 200_000, '10.0.0.1'), false)
    assert.equal(shouldCompress('gzip', 200_000, '127.0.0.1'), false)
    assert.equal(shouldCompress('gzip', 200_000, '::ffff:127.0.0.1'), false)
    assert.equal(shouldCompress(undefined, 200_000, '10.0.0.1'), false)
  })

  it('larger than any buffer come whole', async () => {
    const data = { blob: 'x'.repeat(100_000) }
    for (let index = 0; index < 12; index++)
      await wire.ask('POST', '/api/v1/namespaces/a/configmaps', {
        body: configMap(`large-${index}`, data),
      })
    const { headers, text, json } = await wire.ask('GET', '/api/v1/namespaces/a/configmaps')
    assert.equal(Number(headers['content-length']), Buffer.byteLength(text))
    assert.equal(json.items.length, 13)
  })
})
