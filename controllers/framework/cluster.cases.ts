/** What holds for every `Cluster`, whatever it is made of. */

import assert from 'node:assert/strict'
import type { Observable } from 'rxjs'
import type { ConfigMap as ConfigMapObject } from '../../api/types.ts'
import { ApiError, type Cluster, isExpired, type WatchEvent } from './cluster.ts'
import { ConfigMap, Namespace, Pod } from './kinds.ts'
import { compareResourceVersions } from './resource-version.ts'

export interface ClusterUnderTest {
  cluster: Cluster
  /** A namespace of this test alone, which exists. */
  namespace: string
  /** Forgets the history, so that watches from before are refused. */
  compact(): Promise<void>
  /** Makes watches tell how far they are. */
  bookmark(): Promise<void>
  /** Makes time pass. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

/** Collects events until the next one that is asked for. */
class Watching<T> {
  readonly events: WatchEvent<T>[] = []
  readonly #subscription
  #heard: (() => void) | undefined
  #end: { error?: unknown } | undefined

  constructor(events$: Observable<WatchEvent<T>>) {
    const wake = () => {
      this.#heard?.()
    }
    this.#subscription = events$.subscribe({
      next: (event) => {
        if (event.type === 'BOOKMARK' && this.#skipBookmarks) return
        this.events.push(event)
        wake()
      },
      error: (error: unknown) => {
        this.#end = { error }
        wake()
      },
      complete: () => {
        this.#end = {}
        wake()
      },
    })
  }
  #skipBookmarks = true

  withBookmarks(): this {
    this.#skipBookmarks = false
    return this
  }

  async take(count: number): Promise<WatchEvent<T>[]> {
    while (this.events.length < count && !this.#end)
      await new Promise<void>((resolve) => {
        this.#heard = resolve
      })
    if (this.#end?.error) throw this.#end.error
    return this.events.splice(0, count)
  }

  async end(): Promise<unknown> {
    while (!this.#end)
      await new Promise<void>((resolve) => {
        this.#heard = resolve
      })
    return this.#end.error
  }

  stop(): void {
    this.#subscription.unsubscribe()
  }
}

type Objects<T> = { metadata: { name?: string } } & T
const told = <T>(events: WatchEvent<Objects<T>>[]): string[] =>
  events.map((event) =>
    event.type === 'BOOKMARK' ? 'BOOKMARK' : `${event.type} ${event.object.metadata.name}`,
  )

/** @param options.apply whether it can do server-side apply, which takes a real server (true) */
export function clusterCases(
  make: () => Promise<ClusterUnderTest>,
  options: { apply?: boolean } = {},
): void {
  let under: ClusterUnderTest
  let cluster: Cluster
  let namespace: string
  const watching: Watching<ConfigMapObject>[] = []

  beforeEach(async () => {
    under = await make()
    ;({ cluster, namespace } = under)
  })
  afterEach(async () => {
    for (const one of watching.splice(0)) one.stop()
    await under.close()
  })

  const configMap = (name: string, more: Partial<ConfigMapObject> = {}): ConfigMapObject => ({
    ...more,
    metadata: { namespace, name, ...more.metadata },
  })
  const watch = (options = {}) => {
    const one = new Watching(cluster.watch(ConfigMap, { namespace, ...options }))
    watching.push(one)
    return one
  }
  const refused = (promise: Promise<unknown>, code: number, reason: string) =>
    assert.rejects(promise, (error: unknown) => {
      assert.ok(error instanceof ApiError, `${error}`)
      assert.deepEqual([error.code, error.reason], [code, reason], error.message)
      return true
    })

  describe('objects', () => {
    it('need not say what their kind says', async () => {
      const { metadata } = await cluster.create(ConfigMap, { metadata: { namespace, name: 'a' } })
      const updated = await cluster.update(ConfigMap, { metadata, data: { x: '1' } })
      assert.deepEqual([updated.apiVersion, updated.kind], ['v1', 'ConfigMap'])
    })

    it('come back as created, with kind, uid, version and time', async () => {
      const created = await cluster.create(ConfigMap, configMap('a', { data: { x: '1' } }))
      assert.equal(created.apiVersion, 'v1')
      assert.equal(created.kind, 'ConfigMap')
      assert.deepEqual(created.data, { x: '1' })
      assert.ok(created.metadata.uid)
      assert.match(created.metadata.creationTimestamp ?? '', /^\d{4}-.*T.*Z$/)
      const read = await cluster.get(ConfigMap, { namespace, name: 'a' })
      assert.equal(read?.metadata.resourceVersion, created.metadata.resourceVersion)
      assert.equal(read?.kind, 'ConfigMap')
    })

    it('are undefined when absent, but NotFound when their kind is not served', async () => {
      assert.equal(await cluster.get(ConfigMap, { namespace, name: 'absent' }), undefined)
      const unknown = { ...ConfigMap, group: 'example.com', plural: 'nothings' }
      await refused(cluster.list(unknown), 404, 'NotFound')
      await refused(cluster.get(unknown, { namespace, name: 'x' }), 404, 'NotFound')
    })

    it('get a name from generateName', async () => {
      const named = { metadata: { namespace, generateName: 'gen-' } }
      const [a, b] = await Promise.all([
        cluster.create(ConfigMap, named),
        cluster.create(ConfigMap, named),
      ])
      assert.match(a.metadata.name ?? '', /^gen-[a-z0-9]{5}$/)
      assert.notEqual(a.metadata.name, b.metadata.name)
    })

    it('take fields that are undefined for absent ones', async () => {
      const labels = { a: 'b', c: undefined as unknown as string }
      const metadata = { labels, annotations: undefined } as never
      const created = await cluster.create(ConfigMap, configMap('a', { metadata }))
      assert.deepEqual(created.metadata.labels, { a: 'b' })
      const data = { x: undefined } as never
      const updated = await cluster.update(ConfigMap, { ...created, data })
      assert.equal(updated.metadata.name, 'a')
    })

    it('cannot be created twice', async () => {
      await cluster.create(ConfigMap, configMap('a'))
      await refused(cluster.create(ConfigMap, configMap('a')), 409, 'AlreadyExists')
    })

    it('are replaced at the version that was read, and refused at an older one', async () => {
      const first = await cluster.create(ConfigMap, configMap('a'))
      const second = await cluster.update(ConfigMap, { ...first, data: { x: '1' } })
      const order = compareResourceVersions(
        second.metadata.resourceVersion,
        first.metadata.resourceVersion,
      )
      assert.ok(order > 0)
      await refused(cluster.update(ConfigMap, { ...first, data: { x: '2' } }), 409, 'Conflict')
      await refused(cluster.update(ConfigMap, configMap('absent')), 404, 'NotFound')
    })

    it('keep their version when a write changes nothing', async () => {
      const first = await cluster.create(ConfigMap, configMap('a', { data: { x: '1' } }))
      const again = await cluster.update(ConfigMap, first)
      assert.equal(again.metadata.resourceVersion, first.metadata.resourceVersion)
    })

    it('are not stored by a dry run', async () => {
      const object = await cluster.create(ConfigMap, configMap('a'), { dryRun: true })
      assert.equal(object.metadata.name, 'a')
      assert.equal(await cluster.get(ConfigMap, { namespace, name: 'a' }), undefined)
    })
  })

  describe('patches', () => {
    const ref = () => ({ namespace, name: 'a' })
    beforeEach(() => cluster.create(ConfigMap, configMap('a', { data: { x: '1', y: '2' } })))

    it('merge', async () => {
      const body = { data: { x: null, z: '3' } }
      const patched = await cluster.patch(ConfigMap, ref(), { type: 'merge', body })
      assert.deepEqual(patched.data, { y: '2', z: '3' })
    })

    it('are done step by step as JSON patches, all or nothing', async () => {
      const patched = await cluster.patch(ConfigMap, ref(), {
        type: 'json',
        operations: [
          { op: 'test', path: '/data/x', value: '1' },
          { op: 'remove', path: '/data/x' },
          { op: 'add', path: '/data/w', value: '4' },
        ],
      })
      assert.deepEqual(patched.data, { y: '2', w: '4' })
      const failing = cluster.patch(ConfigMap, ref(), {
        type: 'json',
        operations: [
          { op: 'remove', path: '/data/y' },
          { op: 'test', path: '/data/w', value: 'something else' },
        ],
      })
      await refused(failing, 422, 'Invalid')
      const after = await cluster.get(ConfigMap, ref())
      assert.deepEqual(after?.data, { y: '2', w: '4' })
    })

    it('are refused where the object is another or of another version by now', async () => {
      const body = { metadata: { resourceVersion: '1' }, data: { x: '5' } }
      await refused(cluster.patch(ConfigMap, ref(), { type: 'merge', body }), 409, 'Conflict')
      const absent = cluster.patch(
        ConfigMap,
        { namespace, name: 'absent' },
        { type: 'merge', body: {} },
      )
      await refused(absent, 404, 'NotFound')
    })
  })

  if (options.apply !== false) appliedCases(() => ({ cluster, namespace, refused }))

  describe('removal', () => {
    it('takes the object away', async () => {
      await cluster.create(ConfigMap, configMap('a'))
      await cluster.remove(ConfigMap, { namespace, name: 'a' })
      assert.equal(await cluster.get(ConfigMap, { namespace, name: 'a' }), undefined)
      await refused(cluster.remove(ConfigMap, { namespace, name: 'a' }), 404, 'NotFound')
    })

    it('is refused for another uid or version', async () => {
      const { metadata } = await cluster.create(ConfigMap, configMap('a'))
      const ref = { namespace, name: 'a' }
      const another = '00000000-0000-4000-8000-000000000000'
      await refused(cluster.remove(ConfigMap, ref, { uid: another }), 409, 'Conflict')
      await refused(cluster.remove(ConfigMap, ref, { resourceVersion: '1' }), 409, 'Conflict')
      const { uid = '', resourceVersion = '' } = metadata
      await cluster.remove(ConfigMap, ref, { uid, resourceVersion })
    })

    it('waits for finalizers, and ends with the last of them', async () => {
      const finalizers = ['example.com/a']
      await cluster.create(ConfigMap, configMap('a', { metadata: { finalizers } }))
      const ref = { namespace, name: 'a' }
      await cluster.remove(ConfigMap, ref)
      assert.ok((await cluster.get(ConfigMap, ref))?.metadata.deletionTimestamp)
      const body = { metadata: { finalizers: null } }
      await cluster.patch(ConfigMap, ref, { type: 'merge', body })
      assert.equal(await cluster.get(ConfigMap, ref), undefined)
    })

    it('leaves it to the garbage collector where dependents come first or stay', async () => {
      const policies = [
        ['Foreground', 'foregroundDeletion'],
        ['Orphan', 'orphan'],
      ] as const
      for (const [propagationPolicy, finalizer] of policies) {
        const name = finalizer.toLowerCase()
        await cluster.create(ConfigMap, configMap(name))
        await cluster.remove(ConfigMap, { namespace, name }, { propagationPolicy })
        const left = await cluster.get(ConfigMap, { namespace, name })
        assert.deepEqual(left?.metadata.finalizers, [finalizer])
      }
    })
  })

  describe('lists', () => {
    beforeEach(async () => {
      for (const name of ['a', 'b', 'c', 'd', 'e'])
        await cluster.create(
          ConfigMap,
          configMap(name, { metadata: { labels: { name, even: String('bd'.includes(name)) } } }),
        )
    })
    const names = (items: ConfigMapObject[]) => items.map(({ metadata }) => metadata.name)

    it('have all objects of the namespace, with kind and version', async () => {
      const { items, resourceVersion } = await cluster.list(ConfigMap, { namespace })
      assert.deepEqual(names(items), ['a', 'b', 'c', 'd', 'e'])
      assert.ok(items.every(({ kind, apiVersion }) => kind === 'ConfigMap' && apiVersion === 'v1'))
      assert.ok(Number(resourceVersion) > 0)
    })

    it('come in pages that fit together', async () => {
      const all: string[] = []
      const versions = new Set<string>()
      let next: string | undefined
      do {
        const page = await cluster.list(ConfigMap, {
          namespace,
          limit: 2,
          ...(next === undefined ? {} : { continue: next }),
        })
        all.push(...(names(page.items) as string[]))
        versions.add(page.resourceVersion)
        next = page.continue
      } while (next !== undefined)
      assert.deepEqual(all, ['a', 'b', 'c', 'd', 'e'])
      assert.equal(versions.size, 1)
    })

    it('are narrowed by labels and fields', async () => {
      const select = async (options: object) =>
        names((await cluster.list(ConfigMap, { namespace, ...options })).items)
      assert.deepEqual(await select({ labelSelector: 'even=true' }), ['b', 'd'])
      assert.deepEqual(await select({ labelSelector: 'name in (a,e),even!=true' }), ['a', 'e'])
      assert.deepEqual(await select({ labelSelector: '!absent', limit: 1 }), ['a'])
      assert.deepEqual(await select({ fieldSelector: 'metadata.name=c' }), ['c'])
    })

    it('may be of metadata only', async () => {
      const { items } = await cluster.list(ConfigMap, { namespace, metadataOnly: true })
      assert.deepEqual(names(items), ['a', 'b', 'c', 'd', 'e'])
      assert.equal(items[0]?.kind, 'ConfigMap')
      assert.equal(items[0]?.metadata.labels?.name, 'a')
    })
  })

  describe('watches', () => {
    it('begin with what there is, then tell each change once and in order', async () => {
      const first = await cluster.create(ConfigMap, configMap('a'))
      const events = watch()
      assert.deepEqual(told(await events.take(1)), ['ADDED a'])
      await cluster.update(ConfigMap, { ...first, data: { x: '1' } })
      await cluster.create(ConfigMap, configMap('b'))
      await cluster.remove(ConfigMap, { namespace, name: 'a' })
      const next = await events.take(3)
      assert.deepEqual(told(next), ['MODIFIED a', 'ADDED b', 'DELETED a'])
      const versions = next.map((event) =>
        event.type === 'BOOKMARK' ? '' : event.object.metadata.resourceVersion,
      )
      assert.ok(versions.every((one, at) => compareResourceVersions(one, versions[at - 1]) > 0))
    })

    it('go on exactly after the version they are given', async () => {
      await cluster.create(ConfigMap, configMap('a'))
      const { resourceVersion } = await cluster.list(ConfigMap, { namespace })
      await cluster.create(ConfigMap, configMap('b'))
      const events = watch({ resourceVersion })
      assert.deepEqual(told(await events.take(1)), ['ADDED b'])
      await cluster.create(ConfigMap, configMap('c'))
      assert.deepEqual(told(await events.take(1)), ['ADDED c'])
    })

    it('say that they were accepted', async () => {
      await new Promise<void>((opened) => watch({ opened }))
    })

    it('show an object that begins or ceases to match as added or deleted', async () => {
      const created = await cluster.create(
        ConfigMap,
        configMap('a', { metadata: { labels: { on: 'no' } } }),
      )
      const { resourceVersion } = await cluster.list(ConfigMap, { namespace })
      const events = watch({ resourceVersion, labelSelector: 'on=yes' })
      const label = (on: string) =>
        cluster.patch(
          ConfigMap,
          { namespace, name: 'a' },
          { type: 'merge', body: { metadata: { labels: { on } } } },
        )
      await label('yes')
      const off = await label('no')
      const [added, deleted] = await events.take(2)
      assert.deepEqual(told([added!, deleted!]), ['ADDED a', 'DELETED a'])
      assert.ok(deleted?.type === 'DELETED')
      assert.equal(deleted.object.metadata.labels?.on, 'yes')
      assert.equal(deleted.object.metadata.resourceVersion, off.metadata.resourceVersion)
      assert.equal(deleted.object.metadata.uid, created.metadata.uid)
    })

    it('hear of one namespace only when asked so, and of one name', async () => {
      await cluster.create(ConfigMap, configMap('a'))
      const one = watch({ fieldSelector: 'metadata.name=b' })
      await cluster.create(ConfigMap, configMap('b'))
      assert.deepEqual(told(await one.take(1)), ['ADDED b'])
    })

    it('may be of metadata only', async () => {
      const { resourceVersion } = await cluster.list(ConfigMap, { namespace })
      const events = watch({ resourceVersion, metadataOnly: true })
      await cluster.create(ConfigMap, configMap('a', { metadata: { labels: { x: 'y' } } }))
      const [event] = await events.take(1)
      assert.ok(event?.type === 'ADDED')
      assert.equal(event.object.kind, 'ConfigMap')
      assert.equal(event.object.metadata.labels?.x, 'y')
    })

    it('complete after the time they were given', async () => {
      const { resourceVersion } = await cluster.list(ConfigMap, { namespace })
      let events: Watching<ConfigMapObject> | undefined
      await new Promise<void>((opened) => {
        events = watch({ resourceVersion, timeoutSeconds: 30, opened })
      })
      await under.pass(30_000)
      assert.equal(await events?.end(), undefined)
    })

    it('are refused with 410 when the history is gone', async () => {
      await cluster.create(ConfigMap, configMap('a'))
      const { resourceVersion } = await cluster.list(ConfigMap, { namespace })
      await cluster.create(ConfigMap, configMap('b'))
      await under.compact()
      const error = await watch({ resourceVersion }).end()
      assert.ok(isExpired(error), `${error}`)
      const { items, resourceVersion: now } = await cluster.list(ConfigMap, { namespace })
      assert.ok(items.some(({ metadata }) => metadata.name === 'b'))
      const events = watch({ resourceVersion: now })
      await cluster.create(ConfigMap, configMap('after'))
      assert.deepEqual(told(await events.take(1)), ['ADDED after'], 'a new list is a new beginning')
    })

    it('tell how far they are, where nothing changes', async () => {
      const { resourceVersion } = await cluster.list(ConfigMap, { namespace })
      const more = await cluster.create(Namespace, { metadata: { name: `${namespace}-more` } })
      let events: Watching<ConfigMapObject> | undefined
      await new Promise<void>((opened) => {
        events = watch({ resourceVersion, opened }).withBookmarks()
      })
      await under.bookmark()
      const [event = undefined] = (await events?.take(1)) ?? []
      assert.ok(event?.type === 'BOOKMARK')
      const { resourceVersion: written } = more.metadata
      assert.ok(compareResourceVersions(event.resourceVersion, written) >= 0)
    })
  })

  it('keeps status apart: each way of writing changes its own half', async () => {
    const containers = [{ name: 'c', image: 'example.com/c' }]
    const pod = await cluster.create(Pod, {
      metadata: { namespace, name: 'p' },
      spec: { containers },
    })
    const withStatus = { ...pod, status: { ...pod.status, phase: 'Running' } }
    const labelled = { ...withStatus.metadata, labels: { a: 'b' } }
    const running = await cluster.update(
      Pod,
      { ...withStatus, metadata: labelled },
      { subresource: 'status' },
    )
    assert.equal(running.status?.phase, 'Running')
    assert.equal(running.metadata.generation, pod.metadata.generation)
    const main = await cluster.update(Pod, {
      ...running,
      metadata: { ...running.metadata, labels: { c: 'd' } },
      status: { phase: 'Failed' },
    })
    assert.equal(main.status?.phase, 'Running')
    assert.equal(main.metadata.labels?.c, 'd')
  })

  it('discovers each kind once, with its verbs', async () => {
    const kinds = await cluster.discover()
    const found = kinds.filter(({ plural }) => plural === 'configmaps')
    assert.equal(found.length, 1)
    const { group, version, kind, namespaced, verbs } = found[0]!
    assert.deepEqual([group, version, kind, namespaced], ['', 'v1', 'ConfigMap', true])
    for (const verb of ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'])
      assert.ok(verbs.includes(verb), verb)
    assert.ok(!kinds.some(({ plural }) => plural.includes('/')))
  })
}

interface Applying {
  cluster: Cluster
  namespace: string
  refused(promise: Promise<unknown>, code: number, reason: string): Promise<unknown>
}

/** Server-side apply: each manager says all that it wants, and nothing more. */
function appliedCases(under: () => Applying): void {
  describe('apply', () => {
    const apply = (
      manager: string,
      data: Record<string, string>,
      { force, dryRun }: { force?: boolean; dryRun?: boolean } = {},
    ) => {
      const { cluster, namespace } = under()
      const metadata = { namespace, name: 'applied' }
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data }
      const patch = { type: 'apply' as const, body, ...(force && { force }) }
      const how = { fieldManager: manager, ...(dryRun && { dryRun }) }
      return cluster.patch(ConfigMap, metadata, patch, how)
    }
    const read = () => {
      const { cluster, namespace } = under()
      return cluster.get(ConfigMap, { namespace, name: 'applied' })
    }

    it('makes what is not there, and takes away what its manager no longer says', async () => {
      const made = await apply('me', { a: '1', b: '2' })
      assert.ok(made.metadata.uid)
      await apply('them', { c: '3' })
      assert.deepEqual((await apply('me', { a: '1' })).data, { a: '1', c: '3' })
    })

    it('changes no version where it changes nothing', async () => {
      const first = await apply('me', { a: '1' })
      const again = await apply('me', { a: '1' })
      assert.equal(again.metadata.resourceVersion, first.metadata.resourceVersion)
    })

    it('is refused where another owns another value, unless it is forced', async () => {
      await apply('me', { a: '1' })
      await under().refused(apply('them', { a: '2' }), 409, 'Conflict')
      assert.deepEqual((await read())?.data, { a: '1' })
      assert.deepEqual((await apply('them', { a: '2' }, { force: true })).data, { a: '2' })
      await under().refused(apply('me', { a: '1' }), 409, 'Conflict')
    })

    it('stores nothing as a dry run, and says what it would have stored', async () => {
      const dry = await apply('me', { a: '1' }, { dryRun: true })
      assert.deepEqual(dry.data, { a: '1' })
      assert.equal(await read(), undefined)
      await apply('me', { a: '1' })
      assert.deepEqual((await apply('me', { a: '2' }, { dryRun: true })).data, { a: '2' })
      assert.deepEqual((await read())?.data, { a: '1' })
    })

    it('of a status leaves the rest of the object alone, and the other way round', async () => {
      const { cluster, namespace } = under()
      const metadata = { namespace, name: 'p' }
      const containers = [{ name: 'c', image: 'example.com/c' }]
      const pod = await cluster.create(Pod, { metadata, spec: { containers } })
      const applied = (body: object, subresource?: string) =>
        cluster.patch(
          Pod,
          metadata,
          {
            type: 'apply',
            body: { apiVersion: 'v1', kind: 'Pod', metadata, ...body },
            force: true,
          },
          { fieldManager: 'me', ...(subresource && { subresource }) },
        )
      const running = await applied({ status: { phase: 'Running' } }, 'status')
      assert.equal(running.status?.phase, 'Running')
      assert.equal(running.metadata.generation, pod.metadata.generation)
      const labelled = { ...metadata, labels: { a: 'b' } }
      const after = await applied({ metadata: labelled, status: { phase: 'Failed' } })
      assert.equal(after.metadata.labels?.a, 'b')
      assert.equal(after.status?.phase, 'Running')
    })

    it('of a status does not make what is not there', async () => {
      const { cluster, namespace, refused } = under()
      const metadata = { namespace, name: 'absent' }
      const body = { apiVersion: 'v1', kind: 'Pod', metadata, status: { phase: 'Running' } }
      const how = { fieldManager: 'me', subresource: 'status' }
      await refused(cluster.patch(Pod, metadata, { type: 'apply', body }, how), 404, 'NotFound')
    })
  })
}
