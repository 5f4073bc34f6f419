import assert from 'node:assert/strict'
import { type RunningManager, startManager } from '../../controllers/framework/index.ts'
import { garbageCollector } from '../../controllers/garbagecollector/index.ts'
import { namespaceController } from '../../controllers/namespace/index.ts'
import { seededRandom } from '../../ports/random.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { configMap, startWireServer, type WireServer } from '../wire/wire.ts'
import { definition, definitions, established, namespace, widget } from './examples.ts'

const maps = `/api/v1/namespaces/${namespace}/configmaps`
const widgets = (of = namespace) => `/apis/example.com/v1/namespaces/${of}/widgets`

describe('custom resources that are defined while the controllers run', () => {
  let wire: WireServer
  let manager: RunningManager

  before(async () => {
    wire = await startWireServer()
    const cluster = wire.server.cluster()
    manager = startManager({
      cluster,
      clock: systemClock,
      random: seededRandom(1),
      component: 'test',
      controllers: [namespaceController(cluster)],
      whileLeading: [garbageCollector({ discoveryPeriod: 50, ownerPatience: 50 })],
    })
    await manager.ready
    await wire.ask('POST', definitions, { body: definition() })
    await established(wire, 'widgets.example.com')
  })

  after(async () => {
    await manager.stop()
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  /** Resolves when nothing of the collection is left. */
  const emptied = async (collection: string, count: number) => {
    const { json } = await wire.ask('GET', collection)
    const { resourceVersion } = json.metadata
    const stream = await wire.watch(`${collection}?watch=true&resourceVersion=${resourceVersion}`)
    for (let left = Math.min(count, json.items.length); left > 0; ) {
      const [event] = await stream.take(1)
      if (event.type === 'DELETED') left--
    }
    stream.close()
  }

  it('own, and are owned', async () => {
    const owner = (await wire.ask('POST', widgets(), { body: widget('owner') })).json
    const reference = (
      kind: string,
      of: { apiVersion: string; metadata: { name: string; uid: string } },
    ) => ({
      ownerReferences: [
        { apiVersion: of.apiVersion, kind, name: of.metadata.name, uid: of.metadata.uid },
      ],
    })
    const map = configMap('owned', {}, reference('Widget', owner))
    const owned = (await wire.ask('POST', maps, { body: map })).json
    const metadata = { name: 'last', ...reference('ConfigMap', owned) }
    await wire.ask('POST', widgets(), { body: { ...widget('last'), metadata } })
    await wire.ask('DELETE', `${widgets()}/owner`)
    await emptied(maps, 1)
    await emptied(widgets(), 1)
  }).timeout(20_000)

  it('go with their namespace', async () => {
    await wire.ask('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'short' } },
    })
    await wire.ask('POST', widgets('short'), { body: widget('a') })
    await wire.ask('DELETE', '/api/v1/namespaces/short')
    await emptied('/apis/example.com/v1/widgets', 1)
  }).timeout(20_000)
})
