import assert from 'node:assert/strict'
import { Observable, Subject, type Subscription } from 'rxjs'
import type { KubernetesObject } from '../../api/object.ts'
import { parseFieldSelector, parseLabelSelector } from '../../api/selector.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { openSqlite } from '../storage/sqlite.ts'
import {
  CompactedError,
  type Revision,
  type Storage,
  StorageUnavailableError,
  type WatchBatch,
} from '../storage/storage.ts'
import type { CacheEvent } from './cached-object.ts'
import { encodeObject } from './encode.ts'
import { TooOldError, type WatchCache, type WatchOptions } from './watch-cache.ts'
import { type HubOptions, WatchHub } from './watch-hub.ts'

const prefix = '/registry/pods/'
const spec = {
  fieldSelectors: {
    'spec.nodeName': (pod: { spec?: { nodeName?: string } }) => pod.spec?.nodeName ?? '',
    'status.phase': (pod: { status?: { phase?: string } }) => pod.status?.phase ?? '',
  },
  indexedFields: ['spec.nodeName'],
}

interface PodFields {
  labels?: Record<string, string>
  node?: string
  phase?: string
  owner?: string
  uid?: string
}

function pod(namespace: string, name: string, fields: PodFields = {}): KubernetesObject {
  const { labels, node, phase, owner, uid = `${namespace}-${name}` } = fields
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name,
      namespace,
      uid,
      labels,
      ownerReferences: owner
        ? [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'owner', uid: owner }]
        : undefined,
    },
    spec: { nodeName: node },
    status: { phase },
  }
}

/** A storage whose watch can be held up, cut and failed. */
class Faulty implements Storage {
  readonly inner: Storage
  watches = 0
  /** Fails the next calls of `watch`. */
  watchErrors: Error[] = []
  #holding = false
  #held: (() => void)[] = []
  #cuts = new Set<Subject<never>>()

  constructor(inner: Storage) {
    this.inner = inner
  }

  get = (key: string) => this.inner.get(key)
  range: Storage['range'] = (under, options) => this.inner.range(under, options)
  write: Storage['write'] = (write) => this.inner.write(write)
  revision = () => this.inner.revision()
  compact = (revision: Revision) => this.inner.compact(revision)
  note: Storage['note'] = (key, revision) => this.inner.note(key, revision)
  oldest = () => this.inner.oldest()
  close = () => this.inner.close()

  hold(): void {
    this.#holding = true
  }

  release(): void {
    this.#holding = false
    for (const deliver of this.#held.splice(0)) deliver()
  }

  cut(error: Error): void {
    for (const subject of [...this.#cuts]) subject.error(error)
  }

  watch(under: string, after: Revision): Observable<WatchBatch> {
    return new Observable((subscriber) => {
      this.watches++
      const error = this.watchErrors.shift()
      if (error) {
        subscriber.error(error)
        return
      }
      const cut = new Subject<never>()
      this.#cuts.add(cut)
      const subscription: Subscription = this.inner.watch(under, after).subscribe({
        next: (batch) => {
          if (this.#holding) this.#held.push(() => subscriber.next(batch))
          else subscriber.next(batch)
        },
        error: (reason) => subscriber.error(reason),
      })
      subscription.add(cut.subscribe({ error: (reason) => subscriber.error(reason) }))
      subscription.add(() => this.#cuts.delete(cut))
      return subscription
    })
  }
}

describe('the watch hub', () => {
  let storage: Faulty
  let clock: VirtualClock
  let hub: WatchHub
  let pods: WatchCache
  let reports: Error[]

  const start = async (options: Partial<HubOptions> = {}) => {
    hub = new WatchHub(storage, {
      clock,
      report: (error) => reports.push(error),
      freeze: true,
      ...options,
    })
    pods = hub.cache(prefix, spec)
    await hub.start()
  }

  beforeEach(async () => {
    storage = new Faulty(await openSqlite({ file: ':memory:' }))
    clock = new VirtualClock()
    reports = []
  })
  afterEach(async () => {
    hub.stop()
    await storage.close()
  })

  const expected = async (object: KubernetesObject): Promise<[key: string, expect: Revision]> => {
    const { namespace, name } = object.metadata
    const key = `${prefix}${namespace}/${name}`
    return [key, (await storage.get(key)).entry?.modified ?? 0]
  }
  const put = async (object: KubernetesObject): Promise<Revision> => {
    const [key, expect] = await expected(object)
    const result = await storage.write({ key, value: encodeObject(object), expect })
    assert.ok(result.ok)
    return result.revision
  }
  const remove = async (object: KubernetesObject): Promise<Revision> => {
    const [key, expect] = await expected(object)
    const result = await storage.write({ key, value: undefined, expect })
    assert.ok(result.ok)
    return result.revision
  }

  it('knows how much it has seen written, of any key, and up to where', async () => {
    await start()
    const { bytes } = hub.written
    const value = Buffer.alloc(1_000)
    const { revision } = await storage.write({ key: '/elsewhere', value, expect: 0 })
    await storage.write({ key: '/elsewhere', value: undefined, expect: revision })
    assert.equal(await hub.waitFor(revision + 1, 1_000), true)
    assert.deepEqual(hub.written, { revision: revision + 1, bytes: bytes + 1_000 + 2 * 10 })
    storage.cut(new CompactedError(revision, revision + 1))
    assert.equal(hub.written.revision, 0)
  })

  /** What a watch told so far, as `ADDED d/a@5`. */
  const told = (options: WatchOptions, cache = pods) => {
    const lines: string[] = []
    const errors: Error[] = []
    const watching = cache.watch(options).subscribe({
      next: (event) => lines.push(inShort(event)),
      error: (error: Error) => errors.push(error),
      complete: () => lines.push('END'),
    })
    return { lines, errors, watching }
  }

  const inShort = (event: CacheEvent) =>
    event.type === 'BOOKMARK'
      ? `BOOKMARK@${event.revision}${event.initialEventsEnd ? ' initial' : ''}`
      : `${event.type} ${event.object.namespace}/${event.object.name}@${event.object.revision}`

  describe('reading', () => {
    it('shows every acknowledged write at once where the store is in process', async () => {
      await start()
      const revision = await put(pod('d', 'a'))
      await hub.fresh()
      assert.equal(pods.get('d', 'a')?.revision, revision)
      assert.equal(pods.list().revision, revision)
      await remove(pod('d', 'a'))
      await hub.fresh()
      assert.equal(pods.get('d', 'a'), undefined)
    })

    it('loads what was there before it started, and caches added later', async () => {
      await put(pod('d', 'a'))
      await storage.write({
        key: '/registry/nodes/n1',
        value: encodeObject({ kind: 'Node', apiVersion: 'v1', metadata: { name: 'n1', uid: 'u' } }),
        expect: 0,
      })
      await start()
      assert.equal(pods.get('d', 'a')?.uid, 'd-a')
      const nodes = hub.cache('/registry/nodes/')
      await nodes.loaded
      assert.equal(nodes.get('', 'n1')?.name, 'n1')
      assert.equal(nodes.list().items.length, 1)
    })

    it('serves the same bytes in every form', async () => {
      await start()
      const revision = await put(pod('d', 'a', { labels: { app: 'x' } }))
      const object = pods.get('d', 'a')
      assert.ok(object)
      const { bytes, itemBytes, itemTail } = object
      const begin = '{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"2",'
      assert.equal(bytes.toString().slice(0, begin.length), begin)
      const parsed = JSON.parse(bytes.toString())
      assert.equal(parsed.metadata.resourceVersion, String(revision))
      assert.deepEqual(object.object, parsed)
      const { kind: _, apiVersion: __, ...item } = parsed
      assert.deepEqual(JSON.parse(itemBytes.toString()), item)
      assert.equal(`{${itemTail}`, itemBytes.toString())
      assert.equal(itemTail.buffer, bytes.buffer)
      for (const type of ['ADDED', 'MODIFIED', 'DELETED'] as const) {
        assert.equal(object.frame(type).toString(), `{"type":"${type}","object":${bytes}}\n`)
        assert.equal(object.frame(type), object.frame(type))
      }
      assert.deepEqual([...object.labels], [['app', 'x']])
      assert.equal(object.fields.get('metadata.namespace'), 'd')
    })

    it('pages in byte order with exact counts, over all and within a namespace', async () => {
      await start()
      for (const at of [3, 1, 2, 0])
        for (const space of ['a', 'a-b', 'b']) await put(pod(space, `p${at}`))
      const names = (items: { namespace: string; name: string }[]) =>
        items.map(({ namespace, name }) => `${namespace}/${name}`)
      const first = pods.list({ limit: 5 })
      // '-' comes before '/', as in the store.
      assert.deepEqual(names(first.items), ['a-b/p0', 'a-b/p1', 'a-b/p2', 'a-b/p3', 'a/p0'])
      assert.equal(first.remaining, 7)
      assert.equal(first.more, true)
      const rest = pods.list({ after: first.items.at(-1)?.key })
      assert.equal(rest.items.length, 7)
      assert.deepEqual([rest.more, rest.remaining], [false, 0])
      const space = pods.list({ namespace: 'a', limit: 3 })
      assert.deepEqual(names(space.items), ['a/p0', 'a/p1', 'a/p2'])
      assert.equal(space.remaining, 1)
      const exact = pods.list({ namespace: 'a', limit: 4 })
      assert.deepEqual([exact.more, exact.remaining], [false, 0])
    })

    it('selects by labels, fields, names and owners', async () => {
      await start()
      await put(pod('d', 'a', { labels: { app: 'x' }, node: 'n1', owner: 'o1' }))
      await put(pod('d', 'b', { labels: { app: 'y' }, node: 'n2' }))
      await put(pod('e', 'a', { labels: { app: 'x' }, node: 'n2', phase: 'Running' }))
      const found = (options: Parameters<WatchCache['list']>[0]) =>
        pods.list(options).items.map(({ key }) => key.slice(prefix.length))
      assert.deepEqual(found({ labels: parseLabelSelector('app=x') }), ['d/a', 'e/a'])
      assert.deepEqual(found({ fields: parseFieldSelector('spec.nodeName=n2') }), ['d/b', 'e/a'])
      assert.deepEqual(found({ fields: parseFieldSelector('spec.nodeName!=n2') }), ['d/a'])
      assert.deepEqual(found({ fields: parseFieldSelector('metadata.name=a') }), ['d/a', 'e/a'])
      const both = parseFieldSelector('spec.nodeName=n2,status.phase=Running')
      assert.deepEqual(found({ fields: both }), ['e/a'])
      assert.deepEqual(found({ namespace: 'd', fields: both }), [])
      assert.deepEqual(
        pods.ownedBy('o1').map(({ name }) => name),
        ['a'],
      )
      await put(pod('d', 'a', { node: 'n2' }))
      assert.deepEqual(found({ fields: parseFieldSelector('spec.nodeName=n1') }), [])
      assert.equal(pods.ownedBy('o1').length, 0)
      const page = pods.list({ fields: parseFieldSelector('spec.nodeName=n2'), limit: 2 })
      assert.deepEqual([page.items.length, page.more, page.remaining], [2, true, undefined])
    })

    it('lists ten thousand objects without parsing one', async () => {
      await start()
      await Promise.all(
        Array.from({ length: 10_000 }, (_, at) =>
          storage.write({
            key: `${prefix}d/p${at}`,
            value: encodeObject(pod('d', `p${at}`, { labels: { odd: String(at % 2) } })),
            expect: 0,
          }),
        ),
      )
      const before = hub.parsed.parses
      let bytes = 0
      for (const { itemTail } of pods.list().items) bytes += itemTail.length
      assert.ok(bytes > 1_000_000)
      assert.equal(pods.list({ labels: parseLabelSelector('odd=1') }).items.length, 5_000)
      assert.equal(hub.parsed.parses, before)
    })

    it('lists the past from the history of the store', async () => {
      await start()
      for (const name of ['a', 'b', 'c']) await put(pod('d', name, { labels: { is: name } }))
      const then = await put(pod('e', 'd'))
      await remove(pod('d', 'b'))
      await put(pod('d', 'a', { node: 'n1' }))
      const page = await pods.at(then, { namespace: 'd', limit: 2 })
      assert.deepEqual(
        page.items.map(({ name, object }) => [
          name,
          (object.spec as { nodeName?: string }).nodeName,
        ]),
        [
          ['a', undefined],
          ['b', undefined],
        ],
      )
      assert.deepEqual([page.remaining, page.more, page.revision], [1, true, then])
      const selected = await pods.at(then, { labels: parseLabelSelector('is in (b,c)'), limit: 1 })
      assert.deepEqual(
        [selected.items[0]?.name, selected.more, selected.remaining],
        ['b', true, undefined],
      )
      const last = await pods.at(then, { after: page.items[1]?.key })
      assert.deepEqual(
        last.items.map(({ name }) => name),
        ['c', 'd'],
      )
      await storage.compact(then + 1)
      await assert.rejects(pods.at(then), CompactedError)
    })

    it('reports what is no object and serves the others', async () => {
      await storage.write({ key: `${prefix}d/bad`, value: Buffer.from('{"x":'), expect: 0 })
      await put(pod('d', 'good'))
      await start()
      assert.equal(pods.list().items.length, 1)
      assert.match(reports[0]?.message ?? '', /d\/bad in the store is no object/)
    })
  })

  describe('watching', () => {
    it('tells each write once, in order, from any revision, while many write', async () => {
      await start()
      const from: { after: Revision; events: Revision[] }[] = []
      const writers = Array.from({ length: 5 }, async (_, writer) => {
        for (let count = 0; count < 60; count++) {
          await put(pod('d', `p${writer}`, { labels: { count: String(count) } }))
          if (count % 7 !== 0) continue
          const events: Revision[] = []
          const after = pods.revision - (count % 3)
          from.push({ after, events })
          pods.watch({ after }).subscribe((event) => {
            if (event.type !== 'BOOKMARK') events.push(event.object.revision)
          })
        }
      })
      await Promise.all(writers)
      const last = await storage.revision()
      assert.ok(from.length > 20)
      for (const { after, events } of from)
        assert.deepEqual(
          events,
          Array.from({ length: last - after }, (_, at) => after + 1 + at),
        )
    })

    it('tells a watcher that begins while others are being told nothing twice', async () => {
      await start()
      const late: string[] = []
      pods.watch().subscribe(() => {
        if (late.length > 0) return
        late.push('begins')
        pods.watch({ after: 1 }).subscribe((event) => late.push(inShort(event)))
        pods.watch({ initial: true }).subscribe((event) => late.push(inShort(event)))
      })
      await put(pod('d', 'a'))
      assert.deepEqual(late, ['begins', 'ADDED d/a@2', 'ADDED d/a@2'])
    })

    it('shows entering and leaving a selector, with the content before and the revision of leaving', async () => {
      await start()
      const selected = told({ labels: parseLabelSelector('app=x') })
      const frames: string[] = []
      pods.watch({ labels: parseLabelSelector('app=x') }).subscribe((event) => {
        if (event.type !== 'BOOKMARK') frames.push(event.object.frame(event.type).toString())
      })
      await put(pod('d', 'a', { labels: { app: 'y' } })) // 2
      await put(pod('d', 'a', { labels: { app: 'x' }, phase: 'before' })) // 3
      await put(pod('d', 'a', { labels: { app: 'x' }, phase: 'last seen' })) // 4
      await put(pod('d', 'a', { labels: { app: 'y' }, phase: 'unseen' })) // 5
      await put(pod('d', 'a', { labels: { app: 'x' } })) // 6
      await remove(pod('d', 'a')) // 7
      assert.deepEqual(selected.lines, [
        'ADDED d/a@3',
        'MODIFIED d/a@4',
        'DELETED d/a@5',
        'ADDED d/a@6',
        'DELETED d/a@7',
      ])
      const left = JSON.parse(frames[2] ?? '')
      assert.equal(left.type, 'DELETED')
      assert.equal(left.object.status.phase, 'last seen')
      assert.equal(left.object.metadata.resourceVersion, '5')
      assert.equal(left.object.kind, 'Pod')
    })

    it('makes an event and its bytes once for all watchers', async () => {
      await start()
      const events: CacheEvent[][] = [[], [], []]
      for (const seen of events)
        pods.watch({ namespace: 'd' }).subscribe((event) => seen.push(event))
      await put(pod('d', 'a'))
      await remove(pod('d', 'a'))
      const frames = events.map((seen) =>
        seen.map((event) =>
          event.type === 'BOOKMARK' ? undefined : event.object.frame(event.type),
        ),
      )
      assert.equal(frames[0]?.length, 2)
      assert.ok(
        frames[0]?.every((frame, at) => frame === frames[1]?.[at] && frame === frames[2]?.[at]),
      )
    })

    it('visits by node, by name and by namespace only those who may care', async () => {
      await start()
      const onNode = told({ fields: parseFieldSelector('spec.nodeName=n1') })
      const named = told({ namespace: 'd', fields: parseFieldSelector('metadata.name=a') })
      const spaced = told({ namespace: 'e' })
      await put(pod('d', 'a'))
      await put(pod('d', 'a', { node: 'n1' }))
      await put(pod('e', 'a', { node: 'n1' }))
      await put(pod('e', 'a', { node: 'n2' }))
      assert.deepEqual(onNode.lines, ['ADDED d/a@3', 'ADDED e/a@4', 'DELETED e/a@5'])
      assert.deepEqual(named.lines, ['ADDED d/a@2', 'MODIFIED d/a@3'])
      assert.deepEqual(spaced.lines, ['ADDED e/a@4', 'MODIFIED e/a@5'])
      assert.equal(pods.watchers, 3)
      for (const { watching } of [onNode, named, spaced]) watching.unsubscribe()
      assert.equal(pods.watchers, 0)
      await put(pod('e', 'a', { node: 'n1' }))
      assert.equal(onNode.lines.length, 3)
    })

    it('begins with what there is, marks its end, and goes on without a gap', async () => {
      await start()
      await put(pod('d', 'b'))
      await put(pod('d', 'a'))
      const { lines } = told({ initial: true, initialEventsEnd: true, bookmarks: true })
      await put(pod('d', 'c'))
      assert.deepEqual(lines, ['ADDED d/a@3', 'ADDED d/b@2', 'BOOKMARK@3 initial', 'ADDED d/c@4'])
    })

    it('tells a long beginning in slices, as the reader has room, and then what happened meanwhile', async () => {
      await start()
      for (let at = 100; at < 700; at++) await put(pod('d', `p${at}`))
      const room: (() => void)[] = []
      let asked = 0
      const { lines } = told({
        initial: true,
        initialEventsEnd: true,
        drained: () => (++asked % 100 ? undefined : new Promise((resolve) => room.push(resolve))),
      })
      assert.equal(lines.length, 100)
      const deleted = await remove(pod('d', 'p699'))
      while (lines.length < 602) {
        assert.ok(room.length <= 1)
        room.shift()?.()
        await new Promise((resolve) => setImmediate(resolve))
      }
      assert.equal(lines[599], 'ADDED d/p699@601')
      assert.deepEqual(lines.slice(600), ['BOOKMARK@601 initial', `DELETED d/p699@${deleted}`])
    })

    it('tells bookmarks once a minute and at the end, never ahead of an event', async () => {
      await start()
      const abort = new AbortController()
      const { lines } = told({ bookmarks: true, namespace: 'd', signal: abort.signal })
      const silent = told({ namespace: 'd' })
      await put(pod('e', 'elsewhere')) // 2
      await clock.advance(60_000)
      await clock.advance(60_000)
      storage.hold()
      await put(pod('d', 'a')) // 3
      await clock.advance(60_000)
      assert.deepEqual(lines, ['BOOKMARK@2'])
      storage.release()
      await put(pod('e', 'elsewhere')) // 4
      abort.abort()
      assert.deepEqual(lines, ['BOOKMARK@2', 'ADDED d/a@3', 'BOOKMARK@4', 'END'])
      assert.deepEqual(silent.lines, ['ADDED d/a@3'])
    })

    it('tells a watcher that ends while others are being told only what it was told', async () => {
      await start()
      const abort = new AbortController()
      pods.watch().subscribe(() => abort.abort())
      const { lines } = told({ bookmarks: true, signal: abort.signal })
      await put(pod('d', 'a'))
      assert.deepEqual(lines, ['END'])
    })

    it('refuses revisions that it no longer remembers, by count, bytes and age', async () => {
      await start({ limits: { events: 3 } })
      for (let count = 0; count < 5; count++) await put(pod('d', 'a', { phase: String(count) }))
      assert.throws(
        () => pods.watch({ after: 2 }),
        (error) => {
          assert.ok(error instanceof TooOldError)
          assert.equal(error.oldest, 3)
          assert.equal(error.message, 'too old resource version: 2 (3)')
          return true
        },
      )
      assert.deepEqual(told({ after: 3 }).lines, [
        'MODIFIED d/a@4',
        'MODIFIED d/a@5',
        'MODIFIED d/a@6',
      ])
      hub.stop()
      await start({ limits: { ageMs: 60_000 } })
      const here = pods.revision
      await put(pod('d', 'b'))
      await clock.advance(180_000)
      assert.throws(() => pods.watch({ after: here }), TooOldError)
      hub.stop()
      await start({ limits: { bytes: 1_000 } })
      for (let count = 0; count < 30; count++) await put(pod('d', 'a', { phase: String(count) }))
      assert.ok(pods.remembered.bytes <= 1_000)
      assert.ok(pods.remembered.events > 0)
    })

    it('bounds what all caches remember together, the largest forgetting first', async () => {
      await start({ totalBytes: 2_000 })
      const others = hub.cache('/registry/others/')
      await others.loaded
      await storage.write({
        key: '/registry/others/d/x',
        value: encodeObject(pod('d', 'x')),
        expect: 0,
      })
      for (let count = 0; count < 30; count++) await put(pod('d', 'a', { phase: String(count) }))
      assert.equal(others.remembered.events, 1)
      assert.ok(pods.remembered.bytes + others.remembered.bytes <= 2_000)
    })

    it('ends the watches of a resource that is removed', async () => {
      await start()
      const { lines } = told({})
      hub.remove(pods)
      assert.deepEqual(lines, ['END'])
      assert.throws(() => pods.list(), StorageUnavailableError)
    })
  })

  describe('waiting until it is fresh', () => {
    it('waits for writes that were acknowledged before', async () => {
      await start()
      storage.hold()
      const revision = await put(pod('d', 'a'))
      let fresh = false
      const waiting = hub.fresh().then(() => {
        fresh = true
      })
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(fresh, false)
      storage.release()
      await waiting
      assert.equal(pods.list().revision, revision)
    })

    it('gives up after three seconds and looks for a new connection', async () => {
      await start()
      storage.hold()
      await put(pod('d', 'a'))
      const failing = assert.rejects(hub.fresh(), /is at revision 1 and does not reach 2/)
      await clock.advance(3_000)
      await failing
      assert.equal(storage.watches, 2)
    })

    it('waits for a given revision so long and no longer', async () => {
      await start()
      const early = hub.waitFor(2, 1_000)
      const never = hub.waitFor(100, 1_000)
      await put(pod('d', 'a'))
      assert.equal(await early, true)
      await clock.advance(1_000)
      assert.equal(await never, false)
    })

    it('is not held up by what others write beside it', async () => {
      // A store that moves its revision without an event, as a shared etcd does.
      await start()
      const quiet = hub.revision
      storage.revision = async () => quiet + 1
      const fresh = hub.fresh()
      await clock.advance(100)
      await fresh
      assert.equal((await storage.get('/progress')).entry?.modified, quiet + 1)
    })
  })

  describe('breaking and coming back', () => {
    it('resumes where it was, without gap or duplicate', async () => {
      await start()
      const { lines } = told({})
      await put(pod('d', 'a'))
      storage.watchErrors.push(new StorageUnavailableError('still away'))
      storage.cut(new StorageUnavailableError('away'))
      await put(pod('d', 'b'))
      assert.equal(hub.state.state, 'waiting')
      assert.equal(lines.length, 1)
      await clock.advance(50)
      assert.equal(lines.length, 1)
      await clock.advance(100)
      assert.deepEqual(lines, ['ADDED d/a@2', 'ADDED d/b@3'])
      assert.equal(hub.state.state, 'following')
    })

    it('lists anew after compaction and tells what was missed, deletes included, each at its own revision', async () => {
      await start()
      for (const name of ['kept', 'changed', 'gone', 'gone-too', 'again']) await put(pod('d', name))
      const { lines, errors } = told({ after: pods.revision })
      storage.cut(new StorageUnavailableError('away'))
      const away = pods.revision // 6
      await remove(pod('d', 'again')) // 7
      await put(pod('d', 'changed', { phase: 'x' })) // 8
      await remove(pod('d', 'gone')) // 9
      await put(pod('d', 'again', { uid: 'another' })) // 10
      await put(pod('d', 'changed', { phase: 'y' })) // 11
      await put(pod('d', 'new')) // 12
      const last = await remove(pod('d', 'gone-too')) // 13
      await storage.compact(last)
      assert.equal(pods.revision, away)
      await clock.advance(50)
      const { range } = storage
      let list = () => {}
      storage.range = async (under, options) => {
        await new Promise<void>((resolve) => {
          list = resolve
        })
        return range(under, options)
      }
      await clock.advance(100)
      let fresh = false
      const waiting = hub.fresh().then(() => {
        fresh = true
      })
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(fresh, false)
      assert.equal(pods.list().revision, away)
      storage.range = range
      list()
      await waiting
      assert.deepEqual(errors, [])
      assert.deepEqual(lines, [
        'DELETED d/again@7',
        'DELETED d/gone@8',
        'DELETED d/gone-too@9',
        'ADDED d/again@10',
        'MODIFIED d/changed@11',
        'ADDED d/new@12',
      ])
      assert.equal(pods.get('d', 'again')?.uid, 'another')
      assert.equal(pods.list().revision, last)
      // Whoever broke off among the deletes still gets the rest.
      assert.equal(told({ after: 8 }).lines.length, 4)
      await put(pod('d', 'kept', { phase: 'z' }))
      assert.equal(lines.at(-1), 'MODIFIED d/kept@14')
    })

    it('keeps trying to start until the store answers', async () => {
      hub = new WatchHub(storage, { clock, report: (error) => reports.push(error) })
      pods = hub.cache(prefix, spec)
      const { revision } = storage
      storage.revision = async () => {
        throw new StorageUnavailableError('not yet')
      }
      await put(pod('d', 'a'))
      const starting = hub.start()
      await clock.advance(1_000)
      assert.equal(hub.state.state, 'waiting')
      assert.throws(() => pods.list(), StorageUnavailableError)
      storage.revision = revision
      await clock.advance(5_000)
      await starting
      assert.equal(pods.list().items.length, 1)
    })

    it('loads a cache again when its list fails or is overtaken', async () => {
      await put(pod('d', 'a'))
      const { range } = storage
      let calls = 0
      storage.range = async (under, options) => {
        if (++calls === 1) throw new StorageUnavailableError('no')
        return range(under, options)
      }
      hub = new WatchHub(storage, { clock, report: (error) => reports.push(error) })
      pods = hub.cache(prefix, spec)
      const starting = hub.start()
      await clock.advance(50)
      await starting
      assert.equal(pods.list().items.length, 1)
      assert.equal(reports.length, 1)
    })

    it('joins a list to the changes that came while it was read', async () => {
      for (let at = 0; at < 1_450; at++) await put(pod('d', `p${at}`))
      const { range } = storage
      storage.range = async (under, options) => {
        // Before reading: a change that is both watched and listed.
        if (options?.after === undefined) await put(pod('d', 'p2', { phase: 'changed' }))
        const page = await range(under, options)
        // Between reading and handing over: a change, a delete, a new one.
        if (options?.after === undefined) {
          await put(pod('d', 'p0', { phase: 'changed' }))
          await remove(pod('d', 'p1'))
          await put(pod('d', 'new'))
        }
        return page
      }
      await start()
      const { items, revision } = pods.list()
      assert.equal(items.length, 1_450)
      assert.equal(pods.remembered.events, 3)
      assert.equal(revision, await storage.revision())
      assert.equal(pods.get('d', 'p0')?.fields.get('status.phase'), 'changed')
      assert.equal(pods.get('d', 'p1'), undefined)
      assert.ok(pods.get('d', 'new'))
    })
  })
})
