import assert from 'node:assert/strict'
import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node'
import { configMap, startWireServer, type WireServer } from './wire.ts'

const maps = '/api/v1/namespaces/default/configmaps'

describe("wire: the published client's informer", () => {
  let wire: WireServer
  let config: KubeConfig

  before(async () => {
    wire = await startWireServer()
    config = new KubeConfig()
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    config.loadFromClusterAndUser(
      {
        name: 'wire',
        server: wire.server.url,
        caData: base64(wire.authority.certificate),
        skipTLSVerify: false,
      },
      {
        name: 'wire',
        certData: base64(wire.admin.certificate),
        keyData: base64(wire.admin.key),
      },
    )
  })
  after(() => wire.close())

  it('sees what there is and what changes', async () => {
    const api = config.makeApiClient(CoreV1Api)
    await wire.ask('POST', maps, { body: configMap('a') })
    const informer = makeInformer(config, maps, () =>
      api.listNamespacedConfigMap({ namespace: 'default' }),
    )
    const seen: string[] = []
    let heard = () => {}
    for (const event of ['add', 'update', 'delete'] as const)
      informer.on(event, ({ metadata }: V1ConfigMap) => {
        seen.push(`${event} ${metadata?.name}`)
        heard()
      })
    const until = async (count: number) => {
      while (seen.length < count)
        await new Promise<void>((wake) => {
          heard = wake
        })
    }
    const connected = new Promise<void>((resolve) => informer.on('connect', () => resolve()))
    await informer.start()
    await connected
    await wire.ask('POST', maps, { body: configMap('b') })
    await wire.ask('PATCH', `${maps}/b`, { body: { data: { x: 'y' } } })
    await wire.ask('DELETE', `${maps}/a`)
    await until(4)
    assert.deepEqual(seen, ['add a', 'add b', 'update b', 'delete a'])
    await informer.stop()
  })

  it('reads, writes and is refused through the typed interface', async () => {
    const api = config.makeApiClient(CoreV1Api)
    const namespace = 'default'
    const made = await api.createNamespacedConfigMap({ namespace, body: configMap('typed') })
    assert.ok(made.metadata?.creationTimestamp instanceof Date)
    const read = await api.readNamespacedConfigMap({ name: 'typed', namespace })
    assert.equal(read.metadata?.uid, made.metadata?.uid)
    await assert.rejects(api.readNamespacedConfigMap({ name: 'none', namespace }), { code: 404 })
  })
})
