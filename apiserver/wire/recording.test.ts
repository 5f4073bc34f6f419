import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../api/object.ts'
import { seededRandom } from '../../ports/random.ts'
import { lineText, parseLine } from '../../recordings/line.ts'
import type { Keyframe, Line, Put } from '../../recordings/recording.ts'
import type { KeyPair } from '../auth/certificates.ts'
import { openEtcd } from '../storage/etcd.ts'
import { etcdMissing, startEtcd } from '../storage/etcd-process.ts'
import { openSqlite } from '../storage/sqlite.ts'
import type { Storage } from '../storage/storage.ts'
import { configMap, deployment, startWireServer, type WireServer } from './wire.ts'

const core = (namespace: string) => `/api/v1/namespaces/${namespace}`
const recording = (query: string) => `/tiphys/v1/recording?${query}`
const ofMaps = 'namespace=here&resources=configmaps'

interface Store {
  storage: Storage
  stop(): Promise<void>
}

async function sqliteStore(): Promise<Store> {
  return { storage: await openSqlite({ file: ':memory:' }), stop: async () => {} }
}

async function etcdStore(): Promise<Store> {
  const etcd = await startEtcd()
  const storage = openEtcd({ endpoints: [etcd.endpoint], prefix: '/recordings' })
  return { storage, stop: () => etcd.stop() }
}

const stores: [string, () => Promise<Store>, string | undefined][] = [
  ['SQLite', sqliteStore, undefined],
  ['etcd', etcdStore, etcdMissing()],
]

for (const [name, open, missing] of stores)
  describe(`wire: recordings, on ${name}`, function () {
    if (missing) {
      it(`is not tested here: ${missing}`)
      return
    }
    this.timeout(60_000)
    let store: Store
    let wire: WireServer
    let ann: KeyPair

    before(async () => {
      store = await open()
      wire = await startWireServer({ storage: store.storage })
      ann = await wire.authority.issue({ commonName: 'ann', client: true })
      for (const namespace of ['here', 'elsewhere'])
        await must('POST', '/api/v1/namespaces', { metadata: { name: namespace } })
    })
    after(async () => {
      await wire.close()
      await store.storage.close()
      await store.stop()
    })

    async function must(method: string, path: string, body?: object): Promise<KubernetesObject> {
      const { code, json, text } = await wire.ask(method, path, body ? { body } : {})
      assert.ok(code < 300, text)
      return json
    }
    const make = (name: string, data: Record<string, string> = {}, namespace = 'here') =>
      must('POST', `${core(namespace)}/configmaps`, configMap(name, data))
    const change = (name: string, data: Record<string, string>) =>
      must('PATCH', `${core('here')}/configmaps/${name}`, { data })
    const revisionOf = ({ metadata }: KubernetesObject) => Number(metadata.resourceVersion)

    /** All of one that ends; each line is as readers want it. */
    async function recorded(query: string): Promise<Line[]> {
      const { code, text, headers } = await wire.ask('GET', recording(query))
      assert.equal(code, 200, text)
      assert.equal(headers['content-type'], 'application/jsonl')
      const lines = text.trimEnd().split('\n')
      return lines.map((line, at) => parseLine(line, at + 1))
    }

    const brief = (lines: readonly Line[]) =>
      lines.map((line) => {
        switch (line.type) {
          case 'HEADER':
            return `HEADER ${line.namespace} ${line.resources}`
          case 'KEYFRAME':
            return `KEYFRAME ${line.objects.map(({ metadata }) => metadata.name)}`
          case 'PUT':
          case 'DELETE':
            return `${line.type} ${line.object.metadata.name} by ${line.by?.user} ${line.by?.verb}`
          case 'MARK':
          case 'END':
          case 'LOG':
            return line.type
          default:
            return line satisfies never
        }
      })

    it('tell what there was, every change with who made it, and the end', async () => {
      const first = await make('a')
      const from = revisionOf(first)
      await make('b')
      await make('b', {}, 'elsewhere')
      const changed = await change('a', { x: '1' })
      await must('DELETE', `${core('here')}/configmaps/b`)
      const lines = await recorded(`${ofMaps}&from=${from}`)
      assert.deepEqual(brief(lines), [
        'HEADER here configmaps',
        'KEYFRAME a',
        'PUT b by admin create',
        'PUT a by admin patch',
        'DELETE b by admin delete',
        'END',
      ])
      const [, keyframe, , put, , end] = lines as [Line, Keyframe, Line, Put, Line, Put]
      assert.deepEqual(keyframe.objects, [first])
      assert.deepEqual(put.object, changed)
      assert.equal(put.revision, revisionOf(changed))
      assert.equal(put.at, put.by?.at)
      assert.ok(keyframe.at <= put.at && put.at <= end.at)
    })

    it('begin at the edge of history unless told', async () => {
      const [header, keyframe] = await recorded(ofMaps)
      const edge = await store.storage.oldest()
      assert.ok(header?.type === 'HEADER' && keyframe?.type === 'KEYFRAME')
      assert.equal(header.edge.revision, edge)
      assert.match(header.edge.at, /^\d{4}-/)
      assert.equal(keyframe.revision, edge)
    })

    it('end where they are told to', async () => {
      const from = await store.storage.revision()
      const until = revisionOf(await make('until-1'))
      await make('until-2')
      const lines = await recorded(`${ofMaps}&from=${from}&until=${until}&keyframe=false`)
      assert.deepEqual(brief(lines).slice(1), ['PUT until-1 by admin create', 'END'])
      assert.equal((lines.at(-1) as Put).revision, until)
    })

    it('are of rollouts unless told', async () => {
      const path = '/apis/apps/v1/namespaces/here/deployments'
      const { metadata } = await must('POST', path, deployment('web'))
      const lines = await recorded(`namespace=here&from=${metadata.resourceVersion}`)
      assert.deepEqual(brief(lines), [
        'HEADER here deployments.apps,replicasets.apps,pods,events',
        'KEYFRAME web',
        'END',
      ])
    })

    it('go on with what happens, and are taken up where they stopped', async () => {
      const from = await store.storage.revision()
      const stream = await wire.watch(
        recording(`${ofMaps}&from=${from}&keyframe=false&follow=true`),
      )
      assert.equal(stream.code, 200)
      const [header, mark] = await stream.take(2)
      assert.deepEqual([header.type, mark.type, mark.revision], ['HEADER', 'MARK', from])
      await make('f1')
      const [seen] = await stream.take(1)
      assert.equal(seen.object.metadata.name, 'f1')
      stream.close()
      await make('f2')
      const again = `${ofMaps}&from=${seen.revision}&keyframe=false`
      assert.deepEqual(brief(await recorded(again)), [
        'HEADER here configmaps',
        'PUT f2 by admin create',
        'END',
      ])
    })

    it('wait for a reader who is slow, and lose nothing', async () => {
      const from = await store.storage.revision()
      const stream = await wire.watch(
        recording(`${ofMaps}&from=${from}&keyframe=false&follow=true`),
      )
      await stream.take(2)
      stream.pause()
      await make('slow')
      const large = 'x'.repeat(200_000)
      const count = 60
      for (let at = 0; at < count; at++) await change('slow', { large, at: String(at) })
      stream.resume()
      const told: string[] = []
      while (told.length <= count) {
        const [line] = await stream.take(1)
        // Marks come in between, by the clock.
        if (line.type === 'PUT') told.push(line.object.data?.at ?? 'made')
      }
      assert.deepEqual(told, ['made', ...Array.from({ length: count }, (_, at) => String(at))])
      stream.close()
    })

    it('are what there was at any revision, however they are cut and taken up again', async () => {
      const random = seededRandom(7)
      const pick = (count: number) => Math.floor(random.next() * count)
      const from = await store.storage.revision()
      let enough = false
      const worker = async () => {
        for (let at = 0; !enough; at++) {
          const name = `r${pick(6)}`
          const path = `${core('here')}/configmaps`
          const [method, where, body] = [
            ['POST', path, configMap(name, { at: String(at) })],
            ['PATCH', `${path}/${name}`, { data: { at: String(at) } }],
            ['DELETE', `${path}/${name}`],
          ][pick(3)] as [string, string, object?]
          const { code } = await wire.ask(method, where, body ? { body } : {})
          assert.ok([200, 201, 404, 409].includes(code))
        }
      }
      const writing = Promise.all([worker(), worker(), worker()])
      const lines: Line[] = []
      for (let position = from, cuts = 0; cuts < 8; cuts++) {
        const query = `${ofMaps}&from=${position}&follow=true${cuts > 0 ? '&keyframe=false' : ''}`
        const stream = await wire.watch(recording(query))
        await stream.take(1)
        for (const line of (await stream.take(1 + pick(12))) as (Keyframe | Put)[]) {
          lines.push(line)
          position = line.revision
        }
        stream.close()
        if (cuts === 7) {
          enough = true
          await writing
          lines.push(...(await recorded(`${ofMaps}&from=${position}&keyframe=false`)).slice(1))
        }
      }
      const state = new Map<string | undefined, KubernetesObject>()
      for (const line of lines) {
        if (line.type === 'KEYFRAME')
          for (const object of line.objects) state.set(object.metadata.name, object)
        else if (line.type === 'PUT') state.set(line.object.metadata.name, line.object)
        else if (line.type === 'DELETE') state.delete(line.object.metadata.name)
        if (line.type !== 'PUT' && line.type !== 'DELETE') continue
        const exact = `resourceVersion=${line.revision}&resourceVersionMatch=Exact`
        const { items } = await must('GET', `${core('here')}/configmaps?${exact}`)
        const there = [...state.values()].map(({ kind, apiVersion, ...rest }) => rest)
        const byName = (a: KubernetesObject, b: KubernetesObject) =>
          String(a.metadata.name) < String(b.metadata.name) ? -1 : 1
        assert.deepEqual(there.sort(byName), (items as KubernetesObject[]).sort(byName))
      }
    })

    it('hold a keyframe of many objects, read page by page', async () => {
      await Promise.all(Array.from({ length: 250 }, (_, at) => make(`many-${at}`)))
      const revision = await store.storage.revision()
      const [, keyframe] = await recorded(`${ofMaps}&from=${revision}`)
      const list = await must('GET', `${core('here')}/configmaps`)
      const items = list.items as KubernetesObject[]
      assert.ok(keyframe?.type === 'KEYFRAME')
      assert.deepEqual(keyframe.objects.map(revisionOf).sort(), items.map(revisionOf).sort())
      assert.ok(lineText(keyframe).includes('"kind":"ConfigMap"'))
    })

    it('are for those who may list and watch all of it', async () => {
      const { code, json } = await wire.ask('GET', recording('namespace=here'), { as: ann })
      assert.equal(code, 403)
      assert.equal(json.reason, 'Forbidden')
      for (const right of ['list deployments.apps', 'watch pods', 'list events'])
        assert.ok(json.message.includes(right), json.message)
    })

    const refusals: [string, number, string, RegExp][] = [
      ['Secrets', 403, 'namespace=here&resources=pods,secrets', /secrets are never recorded/],
      ['no namespace', 400, 'resources=pods', /namespace must be told/],
      ['several namespaces', 400, 'namespace=a%2Fb', /namespace must be told/],
      ['what is not served', 400, 'namespace=here&resources=ships', /"ships" is not served/],
      ['what has no namespace', 400, 'namespace=here&resources=nodes', /in a namespace/],
      [
        'what is shown otherwise than it is stored',
        400,
        'namespace=here&resources=events.events.k8s.io',
        /in another form/,
      ],
      ['what is to come', 400, `${ofMaps}&from=99999999`, /is in the future/],
      ['an end before the beginning', 400, `${ofMaps}&from=2&until=1`, /cannot end before/],
      ['no revision', 400, `${ofMaps}&from=-1`, /from must be a revision/],
    ]
    for (const [what, expected, query, message] of refusals)
      it(`are not made of ${what}`, async () => {
        const { code, json, text } = await wire.ask('GET', recording(query))
        assert.equal(code, expected, text)
        assert.match(json.message, message)
      })

    it('have no room in the flow of requests: however many are open, others are answered', async () => {
      const from = await store.storage.revision()
      const open = await Promise.all(
        Array.from({ length: 32 }, () =>
          wire.watch(recording(`${ofMaps}&from=${from}&follow=true`)),
        ),
      )
      const { code, json } = await wire.ask('GET', recording(`${ofMaps}&from=${from}`))
      assert.equal(code, 429)
      assert.equal(json.details.retryAfterSeconds, 5)
      assert.equal((await wire.ask('GET', '/tiphys/v1/edge')).code, 200)
      for (const stream of open) stream.close()
    })

    it('go back as far as history does', async () => {
      const from = revisionOf(await make('old'))
      await change('old', { x: '1' })
      const edge = await store.storage.revision()
      await store.storage.compact(edge)
      const { code, json } = await wire.ask('GET', recording(`${ofMaps}&from=${from}`))
      assert.equal(code, 410)
      assert.equal(json.reason, 'Expired')
      assert.ok(json.message.includes(`history begins at ${edge}`), json.message)
      const lines = await recorded(`namespace=here&resources=configmaps&from=${edge}`)
      assert.equal((lines[1] as Keyframe).revision, edge)
    })

    it('end cleanly, without an END, when the server stops', async () => {
      const stream = await wire.watch(recording(`${ofMaps}&follow=true&keyframe=false`))
      await stream.take(1)
      await wire.server.close(1_000)
      await stream.ended
      assert.ok((await stream.take(10)).every(({ type }) => type !== 'END'))
      assert.deepEqual(wire.reported, [])
    })
  })
