import assert from 'node:assert/strict'
import {
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  KubernetesObjectApi,
  ListWatch,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  Watch,
} from '@kubernetes/client-node'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { definition, established, version } from '../crds/examples.ts'
import { kubeconfigOf } from './kubectl.ts'
import { configMap, deployment, startWireServer, type WireServer } from './wire.ts'

const namespace = 'default'
const maps = '/api/v1/namespaces/default/configmaps'
const widgets = '/apis/example.com/v1/namespaces/default/widgets'
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

const settingsOf = (wire: WireServer) => {
  const config = new KubeConfig()
  config.loadFromString(JSON.stringify(kubeconfigOf(wire)))
  return config
}

/** The client's informer, and what it told; it reconnects without its pause. */
function follow<T extends KubernetesObject>(
  config: KubeConfig,
  path: string,
  list: () => Promise<KubernetesListObject<T>>,
  labelSelector?: string,
) {
  const delayFn = () => Promise.resolve()
  const watch = new Watch(config)
  const informer = new ListWatch<T>(path, watch, list, false, labelSelector, undefined, { delayFn })
  const seen: string[] = []
  const errors: unknown[] = []
  let connections = 0
  let heard = () => {}
  const until = async (condition: () => boolean) => {
    while (!condition())
      await new Promise<void>((wake) => {
        heard = wake
      })
  }
  for (const event of ['add', 'update', 'delete'] as const)
    informer.on(event, ({ metadata }) => {
      seen.push(`${event} ${metadata?.name}`)
      heard()
    })
  informer.on('connect', () => {
    connections++
    heard()
  })
  informer.on('error', (error) => errors.push(error))
  return {
    informer,
    seen,
    errors,
    /** All that was told since the last call, once it is as many. */
    async told(count: number): Promise<string[]> {
      await until(() => seen.length >= count)
      return seen.splice(0)
    },
    /** Resolves when it has connected so often. */
    connected: (count: number) => until(() => connections >= count),
    names: () => informer.list().map(({ metadata }) => metadata?.name),
  }
}

describe("wire: the published client's informer", () => {
  let wire: WireServer
  let config: KubeConfig
  let clock: VirtualClock

  beforeEach(async () => {
    // Certificates are good by the machine's clock.
    clock = new VirtualClock(Date.now())
    wire = await startWireServer({ clock, hub: { limits: { events: 20 } } })
    config = settingsOf(wire)
  })
  afterEach(async () => {
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  const make = (name: string, labels = {}) =>
    wire.ask('POST', maps, { body: configMap(name, {}, { labels }) })
  const remove = (name: string) => wire.ask('DELETE', `${maps}/${name}`)
  const followMaps = (labelSelector?: string) => {
    const api = config.makeApiClient(CoreV1Api)
    const list = () => api.listNamespacedConfigMap({ namespace, labelSelector })
    return follow<V1ConfigMap>(config, maps, list, labelSelector)
  }

  it('sees what there is and what changes', async () => {
    await make('a')
    const { informer, told } = followMaps()
    await informer.start()
    await make('b')
    await wire.ask('PATCH', `${maps}/b`, { body: { data: { x: 'y' } } })
    await remove('a')
    assert.deepEqual(await told(4), ['add a', 'add b', 'update b', 'delete a'])
    await informer.stop()
  })

  it('goes on where it was when the server ends its watch: nothing twice, nothing lost', async () => {
    const { informer, told, connected, errors } = followMaps()
    await make('a')
    await informer.start()
    assert.deepEqual(await told(1), ['add a'])
    for (const [index, name] of ['b', 'c', 'd'].entries()) {
      // Watches without a time of their own end after an hour at the latest.
      await clock.advance(3_600_000)
      await make(name)
      await connected(index + 2)
      assert.deepEqual(await told(1), [`add ${name}`])
    }
    assert.deepEqual(errors, [])
    await informer.stop()
  })

  it('lists again when its version is too old, and tells what has gone meanwhile', async () => {
    const { informer, told, names } = followMaps()
    for (const name of ['stays', 'goes']) await make(name)
    await informer.start()
    await told(2)
    await informer.stop()
    await remove('goes')
    for (let index = 0; index < 30; index++) {
      await make('passing')
      await remove('passing')
    }
    await make('comes')
    await informer.start()
    assert.deepEqual((await told(2)).toSorted(), ['add comes', 'delete goes'])
    assert.deepEqual(names().toSorted(), ['comes', 'stays'])
    await informer.stop()
  })

  it('sees what begins and ceases to match its selector come and go', async () => {
    await make('a', { tier: 'web' })
    await make('b')
    const { informer, told } = followMaps('tier=web')
    await informer.start()
    assert.deepEqual(await told(1), ['add a'])
    await wire.ask('PATCH', `${maps}/b`, { body: { metadata: { labels: { tier: 'web' } } } })
    await wire.ask('PATCH', `${maps}/a`, { body: { metadata: { labels: { tier: null } } } })
    assert.deepEqual(await told(2), ['add b', 'delete a'])
    await informer.stop()
  })

  it('of custom resources goes on when their definition changes, with its new fields', async () => {
    await wire.ask('POST', definitions, { body: definition() })
    await established(wire, 'widgets.example.com')
    const api = config.makeApiClient(CustomObjectsApi)
    const place = { group: 'example.com', version: 'v1', namespace, plural: 'widgets' }
    const list = async () =>
      (await api.listNamespacedCustomObject(place)) as KubernetesListObject<KubernetesObject>
    const { informer, told } = follow(config, widgets, list)
    await informer.start()
    const body = (name: string, spec = {}) => ({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name },
      spec,
    })
    await wire.ask('POST', widgets, { body: body('a') })
    assert.deepEqual(await told(1), ['add a'])
    const path = `${definitions}/widgets.example.com`
    const tone = { schema: { openAPIV3Schema: openSchema } }
    await wire.ask('PATCH', path, { body: { spec: { versions: [version('v1', tone)] } } })
    await wire.ask('POST', widgets, { body: body('b', { tone: 440 }) })
    assert.deepEqual(await told(1), ['add b'])
    const spec = (informer.get('b', namespace) as { spec?: object } | undefined)?.spec
    assert.deepEqual(spec, { tone: 440 })
    await informer.stop()
  })
})

const openSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

describe("wire: the published client's typed interface", () => {
  let wire: WireServer
  let config: KubeConfig

  before(async () => {
    wire = await startWireServer()
    config = settingsOf(wire)
  })
  after(async () => {
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  it('reads, writes and is refused', async () => {
    const api = config.makeApiClient(CoreV1Api)
    const made = await api.createNamespacedConfigMap({ namespace, body: configMap('typed') })
    assert.ok(made.metadata?.creationTimestamp instanceof Date)
    const read = await api.readNamespacedConfigMap({ name: 'typed', namespace })
    assert.equal(read.metadata?.uid, made.metadata?.uid)
    await assert.rejects(api.readNamespacedConfigMap({ name: 'none', namespace }), { code: 404 })
  })

  it('applies: creates, owns, conflicts by name, and takes over by force', async () => {
    const api = config.makeApiClient(CoreV1Api)
    const asApply = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply)
    const apply = (fieldManager: string, data: Record<string, string>, force = false) =>
      api.patchNamespacedConfigMap(
        { name: 'applied', namespace, body: configMap('applied', data), fieldManager, force },
        asApply,
      )
    const made = await apply('one', { a: '1', b: '1' })
    assert.deepEqual(
      made.metadata?.managedFields?.map(({ manager, operation }) => [manager, operation]),
      [['one', 'Apply']],
    )
    const again = await apply('one', { a: '1', b: '1' })
    assert.equal(again.metadata?.resourceVersion, made.metadata?.resourceVersion)
    await assert.rejects(
      apply('two', { b: '2' }),
      (error: { code: number; body: string }) =>
        error.code === 409 && /conflict with \\"one\\": .data.b/.test(error.body),
    )
    assert.deepEqual((await apply('two', { b: '2' }, true)).data, { a: '1', b: '2' })
    assert.deepEqual((await apply('one', {})).data, { b: '2' })
  })

  it('works on objects of any kind by what discovery says of them', async () => {
    const api = KubernetesObjectApi.makeApiClient(config)
    const wanted = { ...deployment('any'), metadata: { name: 'any', namespace } }
    await api.create(wanted)
    const scale = { ...wanted, spec: { replicas: 4 } }
    await api.patch(scale, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch)
    const read = await api.read(wanted)
    assert.equal((read as typeof wanted).spec.replicas, 4)
    const { items } = await api.list('apps/v1', 'Deployment', namespace)
    assert.deepEqual(
      items.map(({ metadata }) => metadata?.name),
      ['any'],
    )
    await api.delete(wanted)
    await assert.rejects(api.read(wanted), { code: 404 })
  })
})
