/** Two API servers on one etcd are one API: what either has answered holds at the other. */

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { openEtcd } from '../storage/etcd.ts'
import { type EtcdProcess, etcdMissing, startEtcd } from '../storage/etcd-process.ts'
import type { Storage } from '../storage/storage.ts'
import { configMap, type Stream, startWireServer, type WireServer } from './wire.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
const services = '/api/v1/namespaces/default/services'

describe('wire: several servers of one etcd', function () {
  const missing = etcdMissing()
  if (missing) {
    it(`are not tested here: ${missing}`)
    return
  }
  this.timeout(30_000)
  let etcd: EtcdProcess
  const stores: Storage[] = []
  let servers: [WireServer, WireServer]
  const streams: Stream[] = []

  const start = () => {
    const storage = openEtcd({ endpoints: [etcd.endpoint], timeoutMs: 5_000 })
    stores.push(storage)
    return startWireServer({ storage, serviceClusterIpRange: '10.96.0.0/26' })
  }
  before(async () => {
    etcd = await startEtcd()
    servers = [await start(), await start()]
  })
  afterEach(() => {
    for (const stream of streams.splice(0)) stream.close()
  })
  after(async () => {
    for (const server of servers ?? []) {
      await server.close()
      assert.deepEqual(server.reported, [])
    }
    for (const store of stores) await store.close()
    await etcd?.stop()
  })

  const open = async (server: WireServer, path: string) => {
    const stream = await server.watch(path)
    streams.push(stream)
    return stream
  }

  it('read what was written at the other, by get, list and watch, at once', async () => {
    const step = fc.record({
      writer: fc.constantFrom(0, 1),
      name: fc.constantFrom('a', 'b', 'c'),
      remove: fc.boolean(),
    })
    let round = 0
    const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      for (const { writer, name, remove } of steps) {
        const at = servers[writer] as WireServer
        const other = servers[1 - writer] as WireServer
        const text = `${++round}`
        if (remove) {
          await at.ask('DELETE', `${maps}/${name}`)
          assert.equal((await other.ask('GET', `${maps}/${name}`)).code, 404)
          continue
        }
        const body = configMap(name, { text })
        const { code } = await at.ask('PUT', `${maps}/${name}`, { body })
        if (code === 404) assert.equal((await at.ask('POST', maps, { body })).code, 201)
        const [one, list, stream] = await Promise.all([
          other.ask('GET', `${maps}/${name}`),
          other.ask('GET', `${maps}?limit=9`),
          open(other, `${maps}?watch=true&fieldSelector=metadata.name%3D${name}`),
        ])
        assert.equal(one.json.data.text, text)
        const [listed] = list.json.items.filter(
          ({ metadata }: { metadata: { name: string } }) => metadata.name === name,
        )
        assert.equal(listed.data.text, text)
        const [event] = await stream.take(1)
        assert.equal(event.object.data.text, text)
        assert.equal(event.object.metadata.resourceVersion, one.json.metadata.resourceVersion)
        stream.close()
      }
    })
    await fc.assert(property, { numRuns: 20, interruptAfterTimeLimit: 8_000, seed: 1 })
    assert.ok(round > 20)
  })

  it('tell watchers the same in the same order, and go on for each other', async () => {
    const { resourceVersion } = (await servers[0].ask('GET', maps)).json.metadata
    const from = `${maps}?watch=true&resourceVersion=`
    const watching = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        open(servers[at % 2] as WireServer, `${from}${resourceVersion}`),
      ),
    )
    const writers = 6
    const each = 25
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        const server = servers[writer % 2] as WireServer
        for (let at = 0; at < each; at++) {
          const body = configMap(`w${writer}-${at}`)
          assert.equal((await server.ask('POST', maps, { body })).code, 201)
        }
      }),
    )
    const count = writers * each
    const told = await Promise.all(
      watching.map(async (stream) =>
        (await stream.take(count)).map(
          ({ type, object: { metadata } }) =>
            `${metadata.resourceVersion} ${type} ${metadata.name}`,
        ),
      ),
    )
    const [first = []] = told
    assert.equal(first.length, count)
    for (const other of told) assert.deepEqual(other, first)
    const versions = first.map((line) => Number.parseInt(line, 10))
    assert.deepEqual(
      versions,
      [...new Set(versions)].sort((a, b) => a - b),
    )
    // Somewhere in the middle the first server is left for the second.
    const stream = await open(servers[1], `${from}${versions[70]}`)
    const rest = await stream.take(count - 71)
    assert.deepEqual(
      rest.map(({ object }) => Number(object.metadata.resourceVersion)),
      versions.slice(71),
    )
  })

  it('give a lease to one holder, whoever is asked', async () => {
    const body = (holderIdentity: string, metadata = {}) => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'leader', ...metadata },
      spec: { holderIdentity, leaseDurationSeconds: 15 },
    })
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        (servers[at % 2] as WireServer).ask('POST', leases, { body: body(`${at}`) }),
      ),
    )
    assert.deepEqual(made.map(({ code }) => code).sort(), [201, ...Array(9).fill(409)])
    for (let term = 0; term < 5; term++) {
      const { metadata, spec } = (await servers[0].ask('GET', `${leases}/leader`)).json
      const tries = await Promise.all(
        Array.from({ length: 10 }, (_, at) =>
          (servers[at % 2] as WireServer).ask('PUT', `${leases}/leader`, {
            body: body(`${term}-${at}`, { resourceVersion: metadata.resourceVersion }),
          }),
        ),
      )
      const won = tries.filter(({ code }) => code === 200)
      assert.equal(won.length, 1, `${tries.map(({ code }) => code)}`)
      const holder = (await servers[1].ask('GET', `${leases}/leader`)).json.spec.holderIdentity
      assert.equal(holder, won[0]?.json.spec.holderIdentity)
      assert.notEqual(holder, spec.holderIdentity)
    }
  })

  it('never give one address or port twice, and all there are', async () => {
    const service = (name: string) => ({
      metadata: { name },
      spec: { type: 'NodePort', ports: [{ port: 80 }] },
    })
    // Of 62 addresses one is the API's own.
    const answers = await Promise.all(
      Array.from({ length: 70 }, (_, at) =>
        (servers[at % 2] as WireServer).ask('POST', services, { body: service(`s${at}`) }),
      ),
    )
    const made = answers.filter(({ code }) => code === 201).map(({ json }) => json)
    const addresses = made.map(({ spec }) => spec.clusterIP)
    const ports = made.map(({ spec }) => spec.ports[0].nodePort)
    assert.equal(new Set(addresses).size, made.length)
    assert.equal(new Set(ports).size, made.length)
    assert.equal(made.length, 61)
    for (const { code } of answers)
      assert.ok(code === 201 || code === 422 || code === 500, `${code}`)
    // What one gives back the other gives out.
    const [{ metadata, spec }] = made
    await servers[0].ask('DELETE', `${services}/${metadata.name}`)
    const again = await servers[1].ask('POST', services, { body: service('again') })
    assert.equal(again.code, 201, again.text)
    assert.equal(again.json.spec.clusterIP, spec.clusterIP)
  })

  it('let users do at once at both what a role allows them, and no longer than it does', async () => {
    const { authority } = servers[0]
    const user = await authority.issue({ commonName: 'jane', client: true })
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default'
    const role = {
      metadata: { name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }],
    }
    const binding = {
      metadata: { name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' }],
    }
    assert.equal((await servers[0].ask('POST', `${rbac}/roles`, { body: role })).code, 201)
    for (let round = 0; round < 5; round++) {
      const [at, other] = round % 2 ? servers : [...servers].reverse()
      const made = await at?.ask('POST', `${rbac}/rolebindings`, { body: binding })
      assert.equal(made?.code, 201)
      const code = async () => (await other?.ask('GET', maps, { as: user }))?.code
      await soon(async () => (await code()) === 200)
      await at?.ask('DELETE', `${rbac}/rolebindings/reader`)
      await soon(async () => (await code()) === 403)
    }
  })
})

/** Decisions are made by what a server follows: it is behind by one message, not by a time. */
async function soon(is: () => Promise<boolean>): Promise<void> {
  const tries = 50
  for (let at = 0; at < tries; at++) if (await is()) return
  assert.fail(`not after ${tries} requests`)
}
